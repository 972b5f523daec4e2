"""Opening the hub for a command, and what its errors mean to the shell."""

import logging
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import exc

from hub.app import Hub, configure_logging, open_hub
from hub.cli.output import say
from hub.config import Settings, load_settings
from hub.errors import ConfigurationError, HubError, RequestError
from hub.jobs.local_engine import WorkedElsewhereError
from hub.store.engine import DatabaseBusyError

SETTINGS_FILE = "plugins.toml"
FLAG = ""
"""What help texts show as the value of a switch: nothing, where typer would show a type."""


class ExitCode(IntEnum):
    """What the shell gets."""

    DONE = 0
    FAILED = 1
    BAD_REQUEST = 2
    BAD_SETTINGS = 3
    HELD = 4
    REJECTED = 5


MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "a source, the database or a check failed; nothing is half done",
    ExitCode.BAD_REQUEST: "the command was called wrongly, or asks for what is not there",
    ExitCode.BAD_SETTINGS: "plugins.toml, the environment or a plugin must be mended first",
    ExitCode.HELD: "something waits for a person's decision; the text says which",
    ExitCode.REJECTED: "done, but some records were refused (`dunwell rejected list`)",
}

SettingsPath = Annotated[Path, typer.Option("--settings", metavar="PATH", envvar="DUNWELL_SETTINGS", help="The settings file.", show_default=True)]
AsJson = Annotated[bool, typer.Option("--json", metavar=FLAG, help="Print JSON for machines instead of a table.")]


@contextmanager
def settings_of(path: Path, *, log_level: int = logging.WARNING) -> Generator[Settings]:
    """The settings of a command; errors within become a line of text and an exit code. What is logged goes to standard error."""
    configure_logging(level=log_level, stream=sys.stderr)
    with told():
        yield load_settings(path.absolute(), os.environ)


@contextmanager
def hub_of(path: Path, *, upgrade: bool = True, log_level: int = logging.WARNING) -> Generator[Hub]:
    """The hub of a command, closed afterwards. `upgrade`: a database that does not exist yet is made, an older one brought up."""
    with settings_of(path, log_level=log_level) as settings, open_hub(settings, upgrade=upgrade) as hub:
        yield hub


@contextmanager
def told() -> Generator[None]:
    """Tell errors that were raised on purpose, or that the machine is to blame for, in words; everything else is a bug and shows where it happened."""
    try:
        yield
    except (HubError, exc.DBAPIError, OSError) as error:
        text = in_words(error)
        if text is None:
            raise
        say(text)
        raise typer.Exit(_code_of(error)) from error


def in_words(error: Exception) -> str | None:
    """An error that was raised on purpose, or that the machine is to blame for, for people; None for one that is a bug."""
    match error:
        case HubError():
            return str(error)
        case DatabaseBusyError():
            return f"another process is writing to {error.path}: try again when it is done"
        case exc.DBAPIError() if is_outage(error):
            return f"the database cannot be used: {error.orig}; its place is hub.database_url or DUNWELL_DATABASE_URL"
        case OSError() if not isinstance(error, BrokenPipeError):
            return f"{error.filename}: {error.strerror}" if error.filename else str(error)
        case _:
            return None


def is_outage(error: exc.DBAPIError) -> bool:
    """Whether the database itself is at fault (away, locked, full, no database at all), and not what was asked of it."""
    return isinstance(error, exc.OperationalError) or type(error) is exc.DatabaseError


def _code_of(error: Exception) -> ExitCode:
    match error:
        case ConfigurationError():
            return ExitCode.BAD_SETTINGS
        case WorkedElsewhereError():
            return ExitCode.FAILED
        case RequestError():
            return ExitCode.BAD_REQUEST
        case _:
            return ExitCode.FAILED
