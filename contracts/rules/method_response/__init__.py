"""MS: what the client gets against what the contract declares."""
