"""The connection that a file is imported into: a declared one, or one that the import makes."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from hub.config import ConnectionOrigin, ConnectionSettings, Settings, objection_to_name
from hub.errors import RequestError
from hub.vocabulary import ConnectionKind

FILES = "files"
"""The connector that reads files."""

_LONGEST_NAME = 100


def name_after(mapping: str) -> str:
    """The name of a connection that nobody has named: that of its mapping, `Open items.toml` gives `open-items`."""
    return re.sub(r"[^a-z0-9]+", "-", PurePosixPath(mapping).stem.lower()).strip("-")[:_LONGEST_NAME] or FILES


def import_connection(settings: Settings, name: str, options: Mapping[str, Any]) -> ConnectionSettings:
    """The connection to import into: a declared one keeps its kind and streams, what is read and how are those of `options`.

    Raises RequestError for a name that no connection can have, or that belongs to another connector.
    """
    objection = objection_to_name(name)
    if objection is not None:
        raise RequestError(objection)
    for declared in settings.connections:
        if declared.name == name and declared.connector != FILES:
            raise RequestError(f"the connection {name!r} reads from {declared.connector!r}, not from files: name another one for the import")
        if declared.name == name:
            return ConnectionSettings(name, FILES, declared.kind, declared.streams, declared.sync_from_date, options, declared.secrets)
    return ConnectionSettings(name, FILES, ConnectionKind.FILES, options=options, origin=ConnectionOrigin.IMPORTED)
