"""BN: binary payloads."""
