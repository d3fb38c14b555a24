"""CO: what browsers are allowed."""
