"""The command line and the settings: thin, it only connects rooms."""

__version__ = "0.1.0"
