"""LM: timeouts and throttles."""
