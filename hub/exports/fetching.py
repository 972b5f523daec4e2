"""Finished files for whoever asked for them, and for nobody else."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.exports.folder import ExportFolder
from hub.model import BulkOperation, table_of
from hub.vocabulary import BulkOperationStatus, ExportFormat

_OPERATIONS = table_of(BulkOperation)


@dataclass(frozen=True, slots=True)
class FinishedExport:
    """A file that can be fetched. `digest` is the SHA-256 of what is in it, as text."""

    operation_id: int
    path: Path
    format: ExportFormat
    digest: str
    byte_size: int


def find_finished(connection: sa.Connection, folder: ExportFolder, operation_id: int, *, caller: Principal, now: datetime) -> FinishedExport | None:
    """The file of an operation; None: there is none that this caller may have now.

    Its rows were selected by the rights of the token that asked, so that token fetches it, with the role that it had, and no other one.
    """
    row = connection.execute(sa.select(_OPERATIONS).where(_OPERATIONS.c.id == operation_id)).first()
    if row is None or (row.token_id, row.role) != (caller.token_id, caller.role) or row.status is not BulkOperationStatus.COMPLETED:
        return None
    if row.file_name is None or row.expires_at is None or row.expires_at <= now:
        return None
    return FinishedExport(row.id, folder.finished(row.file_name), row.format, row.digest, row.byte_size)
