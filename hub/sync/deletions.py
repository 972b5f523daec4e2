"""Objects that their source no longer has: marked, never erased, and out of every figure."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from hub.errors import RecordError
from hub.identity.composed import find_composed
from hub.identity.matching.queue import queue_for_matching
from hub.plugins.records import Deletion
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync import rejections, waiting
from hub.sync.authority import known_elsewhere
from hub.sync.context import PageWork
from hub.sync.landing.allocations import SETTLEMENTS, stop_counting
from hub.sync.landing.changes import FieldChange, record_changes
from hub.sync.landing.frame import Landing
from hub.sync.landing.streams import LANDINGS
from hub.sync.references import Known, find_references, is_older, note_deletions
from hub.sync.texts import clean
from hub.sync.tombstones import set_tombstones
from hub.sync.validation import require_comparable
from hub.vocabulary import Entity, Stream


def apply_deletions(work: PageWork, deletions: Sequence[Deletion]) -> None:
    """Mark what the source says is gone; what waits is forgotten, and what is unknown leaves a tombstone.

    A deletion that is older than what is here, or than what waits, is left out: the object has come back since. Of what is marked
    already a newer deletion only leaves its version: the object came back and went again, and a form between the two may still come.
    One that could not be compared with anything is refused.
    """
    comparable = _comparable(work, deletions)
    rejections.resolve_deletions(work, comparable)
    for stream, named in _by_stream(comparable).items():
        landing = LANDINGS.get(stream)
        gone: dict[str, Known] = {}
        waited: set[str] = set()
        if landing is not None:
            found = find_references(work, stream, named)
            gone = {name: known for name, known in found.items() if not known.is_deleted and not known.is_newer_than(named[name])}
            _mark(work, landing, [(named[name], known) for name, known in gone.items()])
            again = [(named[name], known) for name, known in found.items() if known.is_deleted and is_older(known, than=named[name])]
            note_deletions(work, again)
            if stream is Stream.CUSTOMERS:
                queue_for_matching(work.connection, {known.entity_id for known in (*gone.values(), *(known for _, known in again))})
            waited = waiting.forget(work, stream, named)
            set_tombstones(work, stream, {name: named[name] for name in named.keys() - found.keys()})
        deleted = gone.keys() | waited
        work.note(stream, "deleted", deleted)
        work.note(stream, "unchanged", named.keys() - deleted)


def _comparable(work: PageWork, deletions: Sequence[Deletion]) -> Sequence[Deletion]:
    """Deletions but for those that nothing could be looked up for, which join the rejections."""
    found: list[Deletion] = []
    for deletion in deletions:
        try:
            require_comparable(deletion)
        except RecordError as error:
            work.rejections.append(rejections.from_deletion(deletion, error))
        else:
            found.append(deletion)
    return found


def _by_stream(deletions: Sequence[Deletion]) -> dict[Stream, dict[str, Deletion]]:
    """Deletions by stream and external id; of several of one object the newest."""
    found: dict[Stream, dict[str, Deletion]] = defaultdict(dict)
    for deletion in deletions:
        named = found[deletion.stream]
        name = clean(deletion.external_id)
        if name not in named or not is_older(deletion, than=named[name]):
            named[name] = deletion
    return found


def _mark(work: PageWork, landing: Landing, gone: Sequence[tuple[Deletion, Known]]) -> None:
    if not gone:
        return
    known = [found for _, found in gone]
    ids = [item.entity_id for item in known]
    if landing.stream is Stream.CUSTOMERS:
        work.dirty_customers.update(ids)
        elsewhere = known_elsewhere(work, ids, gone=[item.reference_id for item in known])
        ids = [key for key in dict.fromkeys(ids) if key not in elsewhere]
        work.composed[Entity.CUSTOMER] |= find_composed(work.connection, Entity.CUSTOMER, [item.row_id for item in known]).to_compose
    update_rows(work.connection, landing.table, columns=("is_deleted", "updated_at"), rows=[(True, work.run.now, key) for key in ids])
    record_changes(work, landing.entity, [FieldChange(key, "is_deleted", old=False, new=True) for key in ids])
    note_deletions(work, gone)
    if landing.stream is Stream.EXCHANGE_RATES:
        work.rates_changed = True
    elif landing.stream is not Stream.CUSTOMERS:
        table = landing.table
        work.dirty_customers.update(work.connection.execute(sa.select(table.c.customer_id).where(is_among(table.c.id, ids))).scalars())
    if landing.stream is Stream.PAYMENTS:
        stop_counting(work, SETTLEMENTS.c.payment_id, ids)
    elif landing.stream is Stream.CREDIT_NOTES:
        stop_counting(work, SETTLEMENTS.c.credit_note_id, ids)
    elif landing.links is not None:
        landing.links.left(work, ids)
