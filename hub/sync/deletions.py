"""Objects that their source no longer has: marked, never erased, and out of every figure."""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from hub.plugins.records import Deletion
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync import waiting
from hub.sync.authority import known_elsewhere
from hub.sync.context import PageWork
from hub.sync.landing.allocations import SETTLEMENTS, stop_counting
from hub.sync.landing.frame import FieldChange, Landing, record_changes
from hub.sync.landing.streams import LANDINGS
from hub.sync.references import Known, find_references, mark_deleted
from hub.sync.texts import clean
from hub.vocabulary import Stream


def apply_deletions(work: PageWork, deletions: Sequence[Deletion]) -> None:
    """Mark what the source says is gone; what waits is forgotten. Unknown or already marked objects change nothing."""
    by_stream: dict[Stream, set[str]] = defaultdict(set)
    for deletion in deletions:
        by_stream[deletion.stream].add(clean(deletion.external_id))
    for stream, external_ids in by_stream.items():
        landing = LANDINGS.get(stream)
        gone: dict[str, Known] = {}
        waited: set[str] = set()
        if landing is not None:
            found = find_references(work, stream, external_ids)
            gone = {name: known for name, known in found.items() if not known.is_deleted}
            _mark(work, landing, list(gone.values()))
            waited = waiting.forget(work, stream, external_ids)
        number = len(gone.keys() | waited)
        work.count(stream, "deleted", number)
        work.count(stream, "unchanged", len(external_ids) - number)


def _mark(work: PageWork, landing: Landing, known: Sequence[Known]) -> None:
    if not known:
        return
    ids = [item.entity_id for item in known]
    if landing.stream is Stream.CUSTOMERS:
        work.dirty_customers.update(ids)
        elsewhere = known_elsewhere(work, ids, gone=[item.reference_id for item in known])
        ids = [key for key in ids if key not in elsewhere]
    update_rows(work.connection, landing.table, columns=("is_deleted", "updated_at"), rows=[(True, work.run.now, key) for key in ids])
    record_changes(work, landing.entity, [FieldChange(key, "is_deleted", old=False, new=True) for key in ids])
    mark_deleted(work, [item.reference_id for item in known])
    if landing.stream is Stream.EXCHANGE_RATES:
        work.rates_changed = True
    elif landing.stream is not Stream.CUSTOMERS:
        table = landing.table
        work.dirty_customers.update(work.connection.execute(sa.select(table.c.customer_id).where(is_among(table.c.id, ids))).scalars())
    if landing.stream is Stream.PAYMENTS:
        stop_counting(work, SETTLEMENTS.c.payment_id, ids)
    elif landing.stream is Stream.CREDIT_NOTES:
        stop_counting(work, SETTLEMENTS.c.credit_note_id, ids)
