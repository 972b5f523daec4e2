"""Rejected records again: those that were mapped are applied as they are; what cannot be applied stays open with its reason."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError, RequestError
from hub.model import Connection, RejectedRecord, table_of
from hub.plugins.connector import Feed, Page
from hub.plugins.records import Record
from hub.store.bulk import chunks
from hub.store.engine import opened_in_thread, run_in_thread
from hub.store.lock import reading
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.opening import SyncServices
from hub.sync.registry import authority_ids, require_running
from hub.sync.request import SyncReport, SyncRequest
from hub.sync.run import run_sync
from hub.sync.service import SyncOptions, follow_up
from hub.sync.writing import while_held
from hub.vocabulary import ConnectionStatus, RejectionStatus, Stream

_REJECTED = table_of(RejectedRecord)
_CONNECTIONS = table_of(Connection)
_PAGE_SIZE = 1_000


class NothingOpenError(RequestError):
    """A connection has no open rejected records: there is nothing to apply again. Seen by who asked for a replay; nothing is to be done."""


@dataclass(frozen=True, slots=True)
class _Records:
    """Records that are there already, as a source."""

    feed: Feed
    records: Sequence[Record]

    async def feeds(self) -> Sequence[Feed]:
        return [self.feed]

    async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:  # noqa: ARG002 - the protocol of sources
        pages = list(chunks(self.records, _PAGE_SIZE))
        for number, some in enumerate(pages, 1):
            yield Page(records=some, cursor=None if number == len(pages) else str(number))

    async def aclose(self) -> None:
        """Nothing is open."""


_BY_HAND = SyncOptions(trigger="REPLAY")


async def replay_rejected(services: SyncServices, connection_name: str, *, ids: Sequence[int] = (), options: SyncOptions = _BY_HAND) -> SyncReport:
    """Apply the open rejected records of a connection again, all or those with `ids`. Of `options` trigger, fence, job and actor count.

    Raises NotFoundError for a connection or ids that are not there, NothingOpenError where nothing is open, and RequestError for records that were
    never mapped: these come right by mending the file or mapping and importing again.
    """
    async with opened_in_thread(reading(services.store, connection_name)) as held:
        connection_id, records = await run_in_thread(lambda: _read(services, connection_name, ids))
        request = SyncRequest(
            connection_id=connection_id,
            connection_name=connection_name,
            source=_Records(Feed("replay", tuple(Stream)), records),
            workspace=services.settings.workspace,
            clock=services.clock,
            trigger=options.trigger,
            actor=options.actor,
            job_run_id=options.job_run_id,
            saves_position=False,
            authority=await run_in_thread(lambda: _authority(services)),
            fence=while_held(held, options.fence),
        )
        report = await run_sync(services.store, request)
        await run_in_thread(lambda: follow_up(services))
        return report


def still_open(connection: sa.Connection, ids: Sequence[int]) -> Sequence[int]:
    """Those of some rejected records that are open and can be applied again."""
    mine = sa.and_(is_among(_REJECTED.c.id, ids), _REJECTED.c.status == RejectionStatus.OPEN, _REJECTED.c.record.is_not(None))
    return connection.execute(sa.select(_REJECTED.c.id).where(mine).order_by(_REJECTED.c.id)).scalars().all()


def dismiss_rejected(connection: sa.Connection, ids: Sequence[int], *, now: datetime) -> int:
    """Close rejected records without applying them; returns how many were open."""
    change = sa.update(_REJECTED).where(is_among(_REJECTED.c.id, ids), _REJECTED.c.status == RejectionStatus.OPEN)
    return connection.execute(change.values(status=RejectionStatus.DISMISSED, resolved_at=now)).rowcount


def _read(services: SyncServices, name: str, ids: Sequence[int]) -> tuple[int, list[Record]]:
    with services.store.read() as connection:
        connection_id = _connection_id(connection, name)
        _require_in_use(connection, name)
        wanted = sa.and_(_REJECTED.c.connection_id == connection_id, _REJECTED.c.status == RejectionStatus.OPEN)
        if ids:
            wanted = sa.and_(wanted, is_among(_REJECTED.c.id, ids))
        columns = (_REJECTED.c.id, _REJECTED.c.stream, _REJECTED.c.record)
        rows = connection.execute(sa.select(*columns).where(wanted).order_by(_REJECTED.c.id)).all()
    if not rows:
        raise NotFoundError(f"none of these is an open rejected record of {name!r}") if ids else NothingOpenError(f"{name!r} has no open rejected records")
    mapped = [row for row in rows if row.record is not None]
    if not mapped:
        count = len(rows)
        raise RequestError(f"none of the {count} open rejected records of {name!r} was mapped: mend the file or its mapping and import it again")
    return connection_id, [_decoded(row.id, row.stream, row.record) for row in mapped]


def _connection_id(connection: sa.Connection, name: str) -> int:
    ids = {row.name: int(row.id) for row in connection.execute(sa.select(_CONNECTIONS.c.name, _CONNECTIONS.c.id))}
    if name not in ids:
        raise NotFoundError(f"there is no connection {name!r} ({', '.join(sorted(ids)) or 'there is none'})")
    return ids[name]


def _require_in_use(connection: sa.Connection, name: str) -> None:
    """Raise ConflictError for a connection that is paused, or was taken out of use: nothing of it lands."""
    require_running(connection, name)
    status = connection.execute(sa.select(_CONNECTIONS.c.status).where(_CONNECTIONS.c.name == name)).scalar_one()
    if status is ConnectionStatus.REMOVED:
        raise ConflictError(f"the connection {name!r} was taken out of use: nothing of it is applied any more")


def _decoded(rejected_id: int, stream: Stream, record: str) -> Record:
    try:
        return decode(stream, record)
    except msgspec.DecodeError as error:
        raise RequestError(f"rejected record {rejected_id} is of another version ({error}): import its source again") from error


def _authority(services: SyncServices) -> dict[Stream, Sequence[int]]:
    with services.store.read() as connection:
        return dict(authority_ids(connection, services.settings))
