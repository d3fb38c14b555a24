"""SE: what must not leak."""
