"""GR: the answers of the gateway itself."""
