"""DP: what is deployed against what was meant."""
