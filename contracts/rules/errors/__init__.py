"""ER: one shape and the right class for every error."""
