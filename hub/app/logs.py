"""Logging: one entry a line on standard error, for people at a terminal and as JSON elsewhere, redacted, from every library alike."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from hub.app.redaction import redact

_LONGEST_TEXT = 8_000


_QUIET = ("alembic", "httpcore", "httpx")
"""Libraries that tell what they do at every step; only their warnings are wanted."""


def configure_logging(*, level: int = logging.INFO, stream: TextIO = sys.stderr) -> None:
    """Set up logging for this process; what was set up before is replaced.

    Entries of the standard library's loggers (the server's, the database's) take the same way as our own.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_rendering(is_terminal=stream.isatty())))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _rendering(*, is_terminal: bool) -> list[Processor]:
    """The last steps: exceptions become text before redaction, so that theirs is redacted too."""
    render: Processor = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback) if is_terminal else structlog.processors.JSONRenderer()
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _shorten_entry,
        _redact_entry,
        render,
    ]


def _shorten_entry(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """Keep both ends of a long text: an exception can carry a statement of any length."""
    return {key: _shortened(value) for key, value in entry.items()}


def _shortened(value: object) -> object:
    if not isinstance(value, str) or len(value) <= _LONGEST_TEXT:
        return value
    half = _LONGEST_TEXT // 2
    return f"{value[:half]} … {len(value) - 2 * half} characters … {value[-half:]}"


def _redact_entry(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    redacted: EventDict = redact(entry)
    return redacted
