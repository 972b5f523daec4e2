"""The command line, `dunwell`: thin commands over the hub."""

from hub.cli.starting import main

__all__ = ["main"]
