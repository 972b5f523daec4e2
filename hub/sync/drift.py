"""Schema drift: fields of a source's payloads that are new, gone, or of another type than before. Unknown fields are kept (raw) all the same."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa

from hub.model import SourceField, table_of
from hub.plugins.records import Record
from hub.store.lookup import is_among
from hub.sync.drift_judging import DRIFTED, Drift, KnownField, describe_drift, is_news, judge, without_followers
from hub.sync.notices import raise_notice, resolve_notice
from hub.sync.payload_shapes import Shapes
from hub.vocabulary import FieldState, NoticeKind, Stream

_FIELDS = table_of(SourceField)

_FIRST, _PER_PAGE = 20, 50
"""How many records at the start of a page are looked at, and how many at most."""
_PLENTY = 500
_STRIDE = 47
"""From `_PLENTY` payloads of a stream on, one in so many is looked at. A prime: pages in which streams take turns show all of them."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A field as it is kept."""

    id: int
    field: KnownField


@dataclass(slots=True)
class DriftWatch:
    """What the payloads of one run look like; one for all feeds of the run, since several may carry one stream."""

    connection_id: int
    streams: dict[Stream, Shapes] = field(default_factory=lambda: defaultdict(Shapes))

    def look(self, records: Sequence[Record]) -> None:
        """Look at a sample of the payloads that the records of a page bring; a mention is no object of its own, so its payload is another's."""
        if not records:
            return
        for position in _sample(len(records), has_plenty=self.streams[records[0].stream].sampled_count >= _PLENTY):
            record = records[position]
            if record.raw and not record.create_only:
                self.streams[record.stream].add(record.raw)

    def save(self, connection: sa.Connection, *, now: datetime, learning: Collection[Stream] = ()) -> Sequence[Drift]:
        """Keep what was seen, and tell what drifted with it. Saving again does no harm, whether more was seen meanwhile or nothing.

        Of a stream of which nothing was known, or that is among those `learning` (never yet read to its end), everything is KNOWN and
        nothing drifts. Belongs to the caller's transaction; `tell_drift` follows.
        """
        drifts: list[Drift] = []
        for stream, shapes in self.streams.items():
            known = _read_known(connection, self.connection_id, stream)
            judged = _judge_all(shapes, known, is_learning=stream in learning or not known)
            _insert(connection, (self.connection_id, stream), {path: found for path, found in judged.items() if path not in known}, now=now)
            _update(connection, known, judged, now=now)
            _touch(connection, [row.id for path, row in known.items() if path in shapes.fields()], now=now)
            drifts += (Drift(stream, path, found) for path, found in judged.items() if is_news(known[path].field if path in known else None, found))
        return without_followers(drifts)


def _sample(count: int, *, has_plenty: bool) -> Iterable[int]:
    """Positions of the records of a page to look at: the first ones and some of the rest; where plenty are known, a few suffice."""
    if has_plenty:
        return range(0, count, _STRIDE)
    rest = -(-(count - _FIRST) // (_PER_PAGE - _FIRST))
    return chain(range(min(count, _FIRST)), range(_FIRST, count, max(1, rest | 1)))


def tell_drift(connection: sa.Connection, connection_id: int, *, now: datetime, by: str | None = None) -> None:
    """Bring the notice SCHEMA_DRIFT in line with the fields that wait for a look; when none does, it is over, ended `by` a person or by itself."""
    drifts = read_drift(connection, connection_id)
    if drifts:
        raise_notice(connection, connection_id, NoticeKind.SCHEMA_DRIFT, message=describe_drift(drifts), now=now)
    else:
        resolve_notice(connection, connection_id, NoticeKind.SCHEMA_DRIFT, now=now, by=by)


def read_drift(connection: sa.Connection, connection_id: int) -> Sequence[Drift]:
    """The fields that wait for a person to look at them, by stream and path."""
    columns = (_FIELDS.c.stream, _FIELDS.c.path, _FIELDS.c.types, _FIELDS.c.state, _FIELDS.c.is_in_every)
    waits = sa.and_(_FIELDS.c.connection_id == connection_id, _FIELDS.c.state.in_(DRIFTED))
    rows = connection.execute(sa.select(*columns).where(waits).order_by(_FIELDS.c.stream, _FIELDS.c.path))
    return without_followers([Drift(row.stream, row.path, KnownField(tuple(row.types), row.state, row.is_in_every)) for row in rows])


def accept_drift(connection: sa.Connection, connection_id: int, *, now: datetime, by: str) -> int:
    """A person has seen what drifted and agrees; returns how many fields that settles. What is missing is not missed again."""
    waits = sa.and_(_FIELDS.c.connection_id == connection_id, _FIELDS.c.state.in_(DRIFTED))
    still_expected = sa.case((_FIELDS.c.state == FieldState.MISSING, sa.false()), else_=_FIELDS.c.is_in_every)
    accept = sa.update(_FIELDS).where(waits).values(state=FieldState.ACCEPTED, is_in_every=still_expected, changed_at=now)
    count = connection.execute(accept).rowcount
    tell_drift(connection, connection_id, now=now, by=by)
    return count


def _read_known(connection: sa.Connection, connection_id: int, stream: Stream) -> Mapping[str, _Row]:
    columns = (_FIELDS.c.id, _FIELDS.c.path, _FIELDS.c.types, _FIELDS.c.state, _FIELDS.c.is_in_every)
    rows = connection.execute(sa.select(*columns).where(_FIELDS.c.connection_id == connection_id, _FIELDS.c.stream == stream))
    return {row.path: _Row(row.id, KnownField(tuple(row.types), row.state, row.is_in_every)) for row in rows}


def _judge_all(shapes: Shapes, known: Mapping[str, _Row], *, is_learning: bool) -> Mapping[str, KnownField]:
    """What is known of each field after a run's sample."""
    seen = shapes.fields()
    judged: dict[str, KnownField] = {}
    for path in sorted({*seen, *known}):
        before = known[path].field if path in known else None
        found = judge(before, seen.get(path), sampled_count=shapes.sampled_count, is_learning=is_learning)
        if found is not None:
            judged[path] = found
    return judged


def _insert(connection: sa.Connection, place: tuple[int, Stream], fields: Mapping[str, KnownField], *, now: datetime) -> None:
    connection_id, stream = place
    seen: dict[str, Any] = {"connection_id": connection_id, "stream": stream, "first_seen_at": now, "last_seen_at": now}
    if fields:
        connection.execute(sa.insert(_FIELDS), [seen | _facts(found, now) | {"path": path} for path, found in fields.items()])


def _update(connection: sa.Connection, known: Mapping[str, _Row], judged: Mapping[str, KnownField], *, now: datetime) -> None:
    changed = [{"row_id": row.id, **_facts(judged[path], now)} for path, row in known.items() if judged[path] != row.field]
    if changed:
        columns: dict[str, Any] = {name: sa.bindparam(name) for name in changed[0] if name != "row_id"}
        connection.execute(sa.update(_FIELDS).where(_FIELDS.c.id == sa.bindparam("row_id")).values(**columns), changed)


def _facts(found: KnownField, now: datetime) -> dict[str, Any]:
    return {"types": list(found.types), "state": found.state, "is_in_every": found.is_in_every, "changed_at": now}


def _touch(connection: sa.Connection, ids: Sequence[int], *, now: datetime) -> None:
    if ids:
        connection.execute(sa.update(_FIELDS).where(is_among(_FIELDS.c.id, ids)).values(last_seen_at=now))
