"""What is no longer kept: files that have expired, and what starts that died have left behind."""

import sqlalchemy as sa

from hub.clock import Clock
from hub.exports import operations
from hub.exports.folder import ExportFolder
from hub.jobs import JobHandle, fence
from hub.store.engine import Store


def forget_exports(store: Store, folder: ExportFolder, clock: Clock, *, job: JobHandle) -> None:
    """End operations that were abandoned, let the old ones expire, then remove every file that no operation wants.

    Rows first: a file without a row is removed at the next look, and a row without its file would promise something.
    """
    with store.write() as connection:
        fence(connection, job)
        operations.settle_abandoned(connection, now=clock.now())
        operations.expire(connection, now=clock.now())
    present = list(folder.files())
    if not present:
        return
    with store.read() as connection:
        wanted = _wanted(connection)
    folder.remove(found.path for found in present if (found.operation_id, found.start) not in wanted)


def _wanted(connection: sa.Connection) -> set[tuple[int, int]]:
    return {(key, start) for key, starts in operations.kept_files(connection).items() for start in starts}
