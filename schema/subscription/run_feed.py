"""How runs go on, read from events: started, one for each page, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.model import Event, table_of
from hub.store.appended import Tail, Writers
from hub.sync.run_log import RUN_ENDED, RUN_PAGE, RUN_STARTED
from schema.subscription.following import Found

KINDS = {RUN_STARTED: "STARTED", RUN_PAGE: "PAGE", RUN_ENDED: "ENDED"}
"""What the kinds of event are in the API."""

_EVENTS = table_of(Event)
_COLUMNS = tuple(_EVENTS.c[name] for name in ("id", "kind", "run_id", "payload", "happened_at"))


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of one run. `feeds` is what has become of a page's feed in the run so far, by the feed's name; None for other kinds."""

    kind: str
    run_id: int
    feeds: dict[str, Any] | None
    happened_at: datetime


class RunFeed:
    """Steps of runs, in the order in which they were committed."""

    name = "runs"
    tables = (_EVENTS,)

    def read(self, connection: sa.Connection, tails: Sequence[Tail], *, writers: Writers, limit: int) -> tuple[list[Found], bool]:
        """See `Feed`."""
        rows = tails[0].read(connection, _COLUMNS, writers=writers, limit=limit)
        return [Found(0, (row.id,), _step(row)) for row in rows], len(rows) == limit


def first_of(connection: sa.Connection, run_id: int) -> int | None:
    """The id of the event with which a run begins; None where nothing tells of it, or no longer. Runs of webhooks only end."""
    newest_first = sa.select(_EVENTS.c.id).where(_EVENTS.c.run_id == run_id).order_by(_EVENTS.c.id.desc()).limit(1)
    found = (connection.execute(newest_first.where(_EVENTS.c.kind == kind)).scalar() for kind in (RUN_STARTED, RUN_ENDED))
    return next((key for key in found if key is not None), None)


def _step(row: sa.Row[tuple[object, ...]]) -> RunStep | None:
    kind = KINDS.get(row.kind)
    return None if kind is None or row.run_id is None else RunStep(kind, row.run_id, row.payload if kind == "PAGE" else None, row.happened_at)
