"""The embedded default: a local stage with its observability plane."""
