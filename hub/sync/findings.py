"""What a run found that a person should see: what it refused, and what it noticed about what it accepted."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.model import RejectedRecord, SyncNotice, table_of
from hub.vocabulary import RejectionStatus, Stream

_REJECTED = table_of(RejectedRecord)
_NOTICES = table_of(SyncNotice)


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was refused. `stream`, `external_id`, `place` and `field` None: they could not be told."""

    stream: Stream | None
    external_id: str | None
    place: str | None
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something to know about a record that was accepted. `place` None: it could not be told."""

    place: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RunFindings:
    """Some findings of a run: the first refusals, and the last notices, latest first, for what sums up a file comes at its end."""

    refused: Sequence[Refused]
    noticed: Sequence[Noticed]


def read_findings(connection: sa.Connection, run_id: int, *, limit: int) -> RunFindings:
    """The first `limit` records that a run refused and that are still open, and its last `limit` notices."""
    table = _REJECTED.c
    still_open = sa.and_(table.run_id == run_id, table.status == RejectionStatus.OPEN)
    refused = sa.select(table.stream, table.external_id, table.place, table.field, table.reason).where(still_open).order_by(table.id).limit(limit)
    noticed = sa.select(_NOTICES.c.place, _NOTICES.c.message).where(_NOTICES.c.run_id == run_id).order_by(_NOTICES.c.id.desc()).limit(limit)
    return RunFindings([Refused(*row) for row in connection.execute(refused)], [Noticed(*row) for row in connection.execute(noticed)])
