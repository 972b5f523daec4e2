"""Loading: from `plugins.toml` and the environment to settings, or to one error that lists everything that is wrong."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.config.connections import read_connections, read_plugins
from hub.config.environment import refuse_unknown_variables
from hub.config.keys import TOP
from hub.config.places import SettingsPlaces, locate_keys
from hub.config.problems import Problems
from hub.config.settings import Settings
from hub.config.table import Table
from hub.config.workspace import read_place_of_work, read_workspace
from hub.errors import ConfigurationError

_POSITION = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in the file at `path`, with what the environment says instead.

    Raises ConfigurationError with every problem on a line of its own, each with file, line and key; MissingSecretError when
    all that is wrong are secrets that are not in the environment.
    """
    text = _read(path)
    document = _parse(text, path)
    problems = Problems(SettingsPlaces(path, locate_keys(text)))
    settings = _settings(Table(document, TOP, path=(), problems=problems), path.resolve().parent, environ)
    problems.raise_if_any()
    return settings


def _settings(top: Table, directory: Path, environ: Mapping[str, str]) -> Settings:
    plugins = read_plugins(top, environ)
    connections = read_connections(top, environ)
    workspace = read_workspace(top)
    place = read_place_of_work(top, directory, environ)
    named = {variable for found in (*plugins, *connections) for variable in found.secrets.values()} | place.making.secret_variables
    refuse_unknown_variables(environ, top.problems, secrets=named)
    return Settings(
        directory=directory,
        database_url=place.database_url,
        var_directory=place.var_directory,
        workspace=workspace,
        plugins=plugins,
        connections=connections,
        server=place.server,
        making=place.making,
        places=top.problems.places,
    )


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        message = f"there is no settings file {path}: start in the folder that has it, or name it in DUNWELL_SETTINGS"
        raise ConfigurationError(message) from None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"{path.name} line {line}: the file must be UTF-8 text"
        raise ConfigurationError(message) from error


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
        found = _POSITION.search(reason)
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        message = f"{path.name} line {line}: this is not valid TOML: {_POSITION.sub('', reason)}"
        raise ConfigurationError(message) from error
    except RecursionError:
        message = f"{path.name}: its values are nested too deep"
        raise ConfigurationError(message) from None
