"""What API Gateway writes about a stage's traffic: logs, traces and metrics, off the request path."""
