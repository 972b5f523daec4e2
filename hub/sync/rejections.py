"""Rejected records: kept with reason and raw payload, once however often they come, until they land or a person dismisses them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from hub.errors import RecordError
from hub.model import RejectedRecord, SyncNotice, table_of
from hub.plugins.records import Deletion, Notice, Record, Refusal
from hub.store.bulk import allocate_ids, insert_rows, update_rows
from hub.store.lookup import is_among
from hub.sync import card_numbers
from hub.sync.context import Incoming, PageWork, Rejection
from hub.sync.references import find_references
from hub.sync.texts import clean, clean_json, clean_or_none, raw_json
from hub.vocabulary import RejectionStatus, Stream

_REJECTED = table_of(RejectedRecord)
_NOTICES = table_of(SyncNotice)
_ANY_OPEN = sa.select(_REJECTED.c.id).where(_REJECTED.c.connection_id == sa.bindparam("connection_id"), _REJECTED.c.status == RejectionStatus.OPEN).limit(1)
_COLUMNS = "id run_id connection_id feed stream external_id place field reason record raw status attempt_count rejected_at".split()
_PLACE_LENGTH = 500
_NAME_LENGTH = 200
_ID_LENGTH = 255


def from_record(item: Incoming, error: RecordError) -> Rejection:
    """A rejection of a record that mapping produced and the hub refused."""
    record = item.record
    external_id = clean(item.external_id, _ID_LENGTH)
    return Rejection(
        reason=error.reason, stream=record.stream, external_id=external_id, field=error.field, record=clean_json(item.encoded), raw=raw_json(record.raw)
    )


def from_deletion(deletion: Deletion, error: RecordError) -> Rejection:
    """A rejection of a deletion, kept beside that of a record of the same object: there is nothing of it that could be applied again."""
    return Rejection(reason=reason_of_deletion(error), stream=deletion.stream, place=_place_of(deletion), field=error.field)


def reason_of_deletion(error: RecordError) -> str:
    """Why a deletion is refused."""
    return f"the deletion cannot be applied: {error.reason}"


def _place_of(deletion: Deletion) -> str:
    name = clean(deletion.external_id, _ID_LENGTH)
    return f"deletion of {card_numbers.mask_text(name) if deletion.stream in card_numbers.STREAMS else name}"


def from_card_number(item: Incoming, field: str) -> Rejection:
    """A rejection of a record one of whose fields holds a full card number: it is kept masked, and without a form that could be applied again."""
    record = item.record
    reason = "it holds what looks like a full card number, which the hub never keeps: deliver at most the last four digits"
    kept = Rejection(reason=reason, stream=record.stream, external_id=clean(item.external_id, _ID_LENGTH), field=field, raw=raw_json(record.raw))
    return _masked(kept)


def from_unreadable(record: Record, reason: str) -> Rejection:
    """A rejection of a record that has no JSON form, so that only its payload can be kept."""
    return _masked(Rejection(reason=reason, stream=record.stream, external_id=clean(record.external_id, _ID_LENGTH), raw=raw_json(record.raw)))


def from_refusal(refusal: Refusal) -> Rejection:
    """A rejection of something that the connector could not make into a record."""
    refused = Rejection(
        reason=refusal.reason,
        stream=refusal.stream,
        external_id=clean_or_none(refusal.external_id, _ID_LENGTH),
        place=clean(refusal.place, _PLACE_LENGTH),
        field=refusal.field,
        raw=raw_json(refusal.raw),
    )
    return _masked(refused)


def _masked(item: Rejection) -> Rejection:
    """A rejection whose texts show no full card number. Ids are masked only where they may be those of cards: others have numbers of their own."""
    of_cards = item.stream is None or item.stream in card_numbers.STREAMS
    external_id = card_numbers.mask_text(item.external_id) if of_cards and item.external_id is not None else item.external_id
    return replace(item, reason=card_numbers.mask_text(item.reason), external_id=external_id, raw=card_numbers.mask_json(item.raw))


def keep(work: PageWork, rejections: Sequence[Rejection]) -> None:
    """Keep what was refused. One that is open already for the same object or place counts another attempt instead, of this run."""
    if not rejections:
        return
    known = _open_ones(work, rejections)
    run = work.run
    fresh: list[tuple[object, ...]] = []
    again: list[tuple[object, ...]] = []
    for item in rejections:
        work.count(item.stream, "rejected")
    for identity, item in _folded(rejections).items():
        tail = (item.place, clean_or_none(item.field, _NAME_LENGTH), clean(item.reason), item.record, item.raw)
        found = known.get(identity)
        if found is None:
            fresh.append(
                (run.run_id, run.connection_id, run.feed, item.stream and item.stream.stored, item.external_id, *tail, RejectionStatus.OPEN.stored, 1, run.now)
            )
        else:
            again.append((run.run_id, *tail, found[1] + 1, found[0]))
    ids = allocate_ids(work.connection, _REJECTED, len(fresh))
    insert_rows(work.connection, _REJECTED, columns=_COLUMNS, rows=[(key, *row) for key, row in zip(ids, fresh, strict=True)])
    update_rows(work.connection, _REJECTED, columns=("run_id", "place", "field", "reason", "record", "raw", "attempt_count"), rows=again)


def resolve(work: PageWork, items: Mapping[Stream, Sequence[Incoming]]) -> None:
    """Records that had been refused and whose form of this page is the one that is kept now are no longer open.

    That it landed or that it was there already is the same; a mention says nothing of the record that was refused.
    """
    if not any(items.values()):
        return
    if work.connection.execute(_ANY_OPEN, {"connection_id": work.run.connection_id}).first() is None:
        return
    table = _REJECTED
    mine = sa.and_(table.c.connection_id == work.run.connection_id, table.c.status == RejectionStatus.OPEN)
    digests = {(stream, item.external_id): item.digest for stream, some in items.items() for item in some if not item.record.create_only}
    named = sa.select(table.c.id, table.c.stream, table.c.external_id).where(mine, is_among(table.c.external_id, {name for _, name in digests}))
    open_ids: dict[Stream, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in work.connection.execute(named):
        if (row.stream, row.external_id) in digests:
            open_ids[row.stream][row.external_id].append(row.id)
    rows: list[tuple[object, ...]] = []
    for stream, by_name in open_ids.items():
        for name, known in find_references(work, stream, by_name).items():
            if known.content_hash == digests[stream, name]:
                rows.extend((RejectionStatus.RESOLVED.stored, work.run.now, key) for key in by_name[name])
    update_rows(work.connection, table, columns=("status", "resolved_at"), rows=rows)


def resolve_deletions(work: PageWork, applied: Sequence[Deletion]) -> None:
    """Deletions that had been refused and have come in a form that could be applied are no longer open."""
    if not applied or work.connection.execute(_ANY_OPEN, {"connection_id": work.run.connection_id}).first() is None:
        return
    mine = sa.and_(_REJECTED.c.connection_id == work.run.connection_id, _REJECTED.c.status == RejectionStatus.OPEN, _REJECTED.c.external_id.is_(None))
    told = {(deletion.stream, _place_of(deletion)) for deletion in applied}
    named = sa.select(_REJECTED.c.id, _REJECTED.c.stream, _REJECTED.c.place).where(mine, is_among(_REJECTED.c.place, {place for _, place in told}))
    rows = [(RejectionStatus.RESOLVED.stored, work.run.now, row.id) for row in work.connection.execute(named) if (row.stream, row.place) in told]
    update_rows(work.connection, _REJECTED, columns=("status", "resolved_at"), rows=rows)


def keep_notices(work: PageWork, notices: Sequence[Notice]) -> None:
    """Keep what a person should know of records that were accepted."""
    run = work.run
    ids = allocate_ids(work.connection, _NOTICES, len(notices))
    rows = [
        (
            key,
            run.run_id,
            run.feed,
            clean(notice.place, _PLACE_LENGTH),
            clean_or_none(notice.field, _NAME_LENGTH),
            clean(card_numbers.mask_text(notice.message)),
        )
        for key, notice in zip(ids, notices, strict=True)
    ]
    insert_rows(work.connection, _NOTICES, columns=("id", "run_id", "feed", "place", "field", "message"), rows=rows)


def _open_ones(work: PageWork, rejections: Sequence[Rejection]) -> dict[tuple[object, ...], tuple[int, int]]:
    table = _REJECTED
    columns = (table.c.id, table.c.attempt_count, table.c.stream, table.c.external_id, table.c.place)
    same = sa.and_(table.c.connection_id == work.run.connection_id, table.c.status == RejectionStatus.OPEN)
    names = {item.external_id for item in rejections if item.external_id is not None}
    places = {item.place for item in rejections if item.external_id is None and item.place is not None}
    by_name = sa.select(*columns).where(same, is_among(table.c.external_id, names))
    by_place = sa.select(*columns).where(same, table.c.feed == work.run.feed, table.c.external_id.is_(None), is_among(table.c.place, places))
    rows = [*work.connection.execute(by_name), *work.connection.execute(by_place)]
    return {_identity(row.stream, row.external_id, row.place): (row.id, row.attempt_count) for row in rows}


def _folded(rejections: Sequence[Rejection]) -> dict[tuple[object, ...], Rejection]:
    """One rejection for each object or place: the last that was said of it."""
    return {_identity(item.stream, item.external_id, item.place): item for item in rejections}


def _identity(stream: Stream | None, external_id: str | None, place: str | None) -> tuple[object, ...]:
    return (stream, external_id) if external_id is not None else (stream, None, place)
