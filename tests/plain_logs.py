"""What the code under test logs, in plain text: to draw a trace in frames, with the values of variables, takes longer than most tests."""

from collections.abc import Generator
from contextlib import contextmanager

import structlog


@contextmanager
def plain_logs() -> Generator[None]:
    """Let structlog write traces as Python does, as long as nobody sets it up otherwise."""
    known = structlog.get_config()
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*known["processors"][:-1], renderer])
    try:
        yield
    finally:
        structlog.configure(**known)
