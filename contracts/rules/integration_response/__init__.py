"""IS: how the endpoint answer becomes a method response."""
