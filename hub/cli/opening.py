"""Opening the hub for a command, and what its errors mean to the shell."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.app import Hub, open_hub
from hub.cli.output import say
from hub.config import Settings, load_settings
from hub.errors import ConfigurationError, HubError, RequestError

SETTINGS_FILE = "plugins.toml"


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

SettingsPath = Annotated[Path, typer.Option("--settings", envvar="DUNWELL_SETTINGS", help="The settings file.", show_default=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]


@contextmanager
def settings_of(path: Path) -> Generator[Settings]:
    """The settings of a command; errors within become a line of text and an exit code."""
    with told():
        yield load_settings(path.absolute(), os.environ)


@contextmanager
def hub_of(path: Path, *, upgrade: bool = True) -> Generator[Hub]:
    """The hub of a command, closed afterwards. A database that does not exist yet is made."""
    with settings_of(path) as settings, open_hub(settings, upgrade=upgrade) as hub:
        yield hub


@contextmanager
def told() -> Generator[None]:
    """Tell errors that were raised on purpose in their own words; everything else is a bug and shows where it happened."""
    try:
        yield
    except ConfigurationError as error:
        say(str(error))
        raise typer.Exit(ExitCode.BAD_SETTINGS) from error
    except RequestError as error:
        say(str(error))
        raise typer.Exit(ExitCode.BAD_REQUEST) from error
    except HubError as error:
        say(str(error))
        raise typer.Exit(ExitCode.FAILED) from error
