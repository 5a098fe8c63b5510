"""The real-time classroom server."""

__version__ = "0.1.0"
