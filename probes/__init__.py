"""What is observed: traffic and collectors, written to a recording."""
