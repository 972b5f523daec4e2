"""The start of the command line: Ctrl-C while its modules are still being read ends it without a word."""

try:
    from hub.cli.main import main
except KeyboardInterrupt:
    raise SystemExit(130) from None

__all__ = ["main"]
