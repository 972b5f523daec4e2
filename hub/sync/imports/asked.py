"""Imports as rows and as jobs: handed in within the transaction of the request, and ended within that of their last effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.jobs import NewJob, connection_lock, submit
from hub.model import FileImport, table_of
from hub.sync.imports.folder import UploadFolder
from hub.vocabulary import FileImportKind, FileImportState

IMPORT_JOB = "import"
PREVIEW_JOB = "preview"

_IMPORTS = table_of(FileImport)
_KINDS = {FileImportKind.APPLY: IMPORT_JOB, FileImportKind.PREVIEW: PREVIEW_JOB}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedImport:
    """What a caller wants of a file: under which mapping, into which connection, and how. The fields are those of `FileImport`."""

    kind: FileImportKind
    upload_id: int
    mapping: str | None
    mapping_upload_id: int | None
    connection_name: str
    connection_id: int | None = None
    preview_id: int | None = None
    since: date | None = None
    sequence: str | None = None
    list_date: date | None = None
    close_absent: int | None = None
    is_brake_released: bool = False


@dataclass(frozen=True, slots=True)
class AskedBy:
    """Who asks, in which request, and when: for the audit log, which tells of the end, too."""

    caller: Principal
    request_id: str
    now: datetime


def hand_in(connection: sa.Connection, asked: AskedImport, by: AskedBy) -> tuple[int, int]:
    """Hand in an import; returns its key and that of its job."""
    values: dict[str, Any] = {name: getattr(asked, name) for name in AskedImport.__dataclass_fields__}
    insert = sa.insert(_IMPORTS).values(**values, created_by=by.caller.name, created_at=by.now)
    key = int(connection.execute(insert.returning(_IMPORTS.c.id)).scalar_one())
    lock = f"import:{asked.connection_name}" if asked.connection_id is None else connection_lock(asked.connection_id)
    payload = {"import": key, "by": by.caller.name, "role": by.caller.role.stored, "token": by.caller.token_id, "request": by.request_id}
    kind = _KINDS[asked.kind]
    job_id = submit(connection, NewJob(kind, f"{kind}:{key}", lock=lock, payload=payload, connection_id=asked.connection_id), now=by.now)
    if job_id is None:
        raise RuntimeError(f"the import {key} has a job already")
    connection.execute(sa.update(_IMPORTS).where(_IMPORTS.c.id == key).values(job_run_id=job_id))
    return key, job_id


def find_import(connection: sa.Connection, key: int) -> Any:  # noqa: ANN401 - a row of the table
    """An import; None when there is none with this key."""
    return connection.execute(sa.select(_IMPORTS).where(_IMPORTS.c.id == key)).first()


def end_import(connection: sa.Connection, key: int, outcome: FileImportState, *, error: str | None, result: Mapping[str, Any] | None, now: datetime) -> None:
    """Say how an import has ended."""
    ended = {"outcome": outcome, "error": error, "result": result, "ended_at": now}
    connection.execute(sa.update(_IMPORTS).where(_IMPORTS.c.id == key).values(**ended))


def file_options(folder: UploadFolder, asked: Any, upload: Any, *, mapping: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - rows, or the like
    """What the connector for files is asked to read. The caller's file name is there as a name only; the path is the hub's own."""
    given = {"sequence": asked.sequence, "list_date": None if asked.list_date is None else asked.list_date.isoformat()}
    return {"path": str(folder.of(upload.id).absolute()), "name": upload.file_name, **mapping} | {key: value for key, value in given.items() if value}


def mapping_options(folder: UploadFolder, name: str | None, upload: Any) -> dict[str, Any]:  # noqa: ANN401 - a row
    """The mapping, as the connector takes it: one that ships with the hub by `name`, else the text of an upload.

    Raises OSError and UnicodeDecodeError where that is no text that can be read.
    """
    if name is not None:
        return {"shipped_mapping": name}
    return {"mapping_text": folder.of(upload.id).read_text(encoding="utf-8"), "mapping_name": upload.file_name}
