"""The command line, `dunwell`: thin commands over the hub."""

from hub.cli.main import main

__all__ = ["main"]
