"""OB: whether the night can be explained in the morning."""
