"""IQ: what is sent to the endpoint."""
