"""The commands, one module each; they only connect rooms."""
