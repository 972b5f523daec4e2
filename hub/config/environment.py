"""The environment: the variables that Dunwell knows, and the values of secrets that the settings name."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from hub.config.problems import Problems, nearest
from hub.errors import MissingSecretError

DATABASE_URL = "DUNWELL_DATABASE_URL"
VAR = "DUNWELL_VAR"
HOST = "DUNWELL_HOST"
SETTINGS = "DUNWELL_SETTINGS"
PORT = "PORT"
SECRET_KEY = "DUNWELL_SECRET_KEY"  # noqa: S105 - the name of a variable

ENVIRONMENT_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        SETTINGS: "the settings file, instead of plugins.toml in the working folder",
        DATABASE_URL: "the database, instead of hub.database_url",
        VAR: "the folder for data, instead of hub.var_directory",
        HOST: "the address that the server listens on, instead of hub.host",
        PORT: "the port that the server listens on, instead of hub.port",
        SECRET_KEY: "the key that secrets at rest are sealed with, instead of the key file in the folder for data",
    }
)
"""Every variable that changes a setting, and what it does. The environment wins over the file; an empty variable counts as not set."""

_OURS = "DUNWELL_"
_FOR_TESTS = re.compile(r"DUNWELL_TEST_.*|DUNWELL_SHARED_DATA")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_SECRET = re.compile(r"(?=.*\d)[A-Za-z0-9]{16,}")
DEFAULT_FILE = "plugins.toml"


def settings_path(environ: Mapping[str, str]) -> Path:
    """The settings file to read, relative to the working folder."""
    return Path(environ.get(SETTINGS) or DEFAULT_FILE)


def is_variable_name(text: str) -> bool:
    """Whether a text can be the name of an environment variable and does not look like a secret itself."""
    return _VARIABLE.fullmatch(text) is not None and _LIKE_A_SECRET.fullmatch(text) is None


def refuse_unknown_variables(environ: Mapping[str, str], problems: Problems, *, secrets: Collection[str]) -> None:
    """Note every DUNWELL_ variable that means nothing: most often a name with a slip in it. `secrets` are names that the file gives."""
    for name in sorted(environ):
        is_known = name in ENVIRONMENT_VARIABLES or name in secrets or _FOR_TESTS.fullmatch(name)
        if name.startswith(_OURS) and not is_known:
            problems.add_elsewhere(f"environment variable {name}", f"is not known; {nearest(name, ENVIRONMENT_VARIABLES)}")


def read_secrets(secrets: Mapping[str, str], environ: Mapping[str, str]) -> Mapping[str, str]:
    """The values of the secrets of one plugin or connection, by the secrets' names.

    Raises MissingSecretError when a variable is not set; load_settings has already told where it is asked for.
    """
    for name, variable in secrets.items():
        if not environ.get(variable):
            message = f"the secret {name!r} is not there: set the environment variable {variable}"
            raise MissingSecretError(message)
    return MappingProxyType({name: environ[variable] for name, variable in secrets.items()})
