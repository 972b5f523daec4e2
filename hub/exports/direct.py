"""An export by a command: in this process, as the local administrator, to a place that the command names."""

import os
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

from hub.access.principal import Principal
from hub.errors import ConflictError
from hub.exports import operations
from hub.exports.jobs import open_query
from hub.exports.operations import Asked, Written
from hub.exports.writing import drafted, form_of, sync_folder
from hub.plugins.services import HubServices
from hub.vocabulary import ExportFormat, Role

LOCAL_ADMINISTRATOR = Principal("local administrator", Role.ADMIN, 0)
"""Whoever may run commands with the hub's settings: no token, and every right."""


def export_to(
    services: HubServices, path: Path, *, query: str, kind: ExportFormat, overwrites: bool, on_progress: Callable[[int], None] = lambda _count: None
) -> Written:
    """Write the whole list of a query, as one state of the database. Either the file is there whole, or `path` is as it was.

    `on_progress` is told how many objects are written. Raises ConflictError when there is something at `path` already and `overwrites` is
    false, RequestError for a query that is not good, OSError when the file cannot be written.
    """
    _refuse_taken(path, overwrites=overwrites)
    asked = Asked(LOCAL_ADMINISTRATOR, query, kind, None, f"command-{token_hex(8)}")
    opened = open_query(services, asked)
    form = form_of(kind, opened)
    with drafted(path.with_name(f".{path.name}.{token_hex(8)}"), form) as draft:
        with services.store.read() as connection:
            for page in opened.pages(connection):
                draft.add(page)
                on_progress(draft.object_count)
        draft.settle()
        written = Written(draft.object_count, draft.byte_size, draft.digest)
        with services.store.write() as connection:  # before the file is there: none leaves without an entry in the audit log
            operations.record_written(connection, asked, written, now=services.clock.now())
        _give_name(draft.path, path, overwrites=overwrites)
    return written


def _give_name(draft: Path, path: Path, *, overwrites: bool) -> None:
    """Let the file appear at its place; what came to be there meanwhile stays, unless it may be replaced."""
    if overwrites:
        draft.replace(path)
    else:
        try:
            os.link(draft, path)  # unlike a rename, it replaces nothing
        except FileExistsError as error:
            raise _taken(path) from error
        except OSError:  # a file system without links
            draft.replace(path)
    sync_folder(path.absolute().parent)


def _refuse_taken(path: Path, *, overwrites: bool) -> None:
    if os.path.lexists(path) and not (overwrites and path.is_file()):
        raise _taken(path)


def _taken(path: Path) -> ConflictError:
    return ConflictError(f"there is something at {path} already" + ("; `--force` replaces it" if path.is_file() else ": it is no file"))
