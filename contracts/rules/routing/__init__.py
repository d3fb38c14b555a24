"""RT: which requests reach which method."""
