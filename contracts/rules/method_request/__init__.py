"""MQ: what the method request promises to refuse."""
