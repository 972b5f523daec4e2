"""One page: its records, their consequences and the cursor that follows them, in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import exc

from hub.errors import RecordError
from hub.model import DirtyCustomer, table_of
from hub.plugins.connector import Page
from hub.plugins.records import Record
from hub.store.bulk import insert_missing
from hub.sync import rejections, waiting
from hub.sync.authority import apply_authority
from hub.sync.context import Incoming, PageWork, RunContext, incoming
from hub.sync.deletions import apply_deletions
from hub.sync.hierarchy import refuse_cycles
from hub.sync.landing.frame import Landing, Prepared, change, create, prepare
from hub.sync.landing.streams import LANDINGS
from hub.sync.rates import apply_rates
from hub.sync.references import Known, find_entity_ids, find_references
from hub.sync.settling import recompute
from hub.sync.validation import require_valid
from hub.vocabulary import Stream

_DIRTY = table_of(DirtyCustomer)

REFUSALS = (exc.DataError, exc.IntegrityError, exc.InterfaceError, OverflowError, ValueError)
"""What the database and its driver raise for values that they do not take."""


def apply_page(connection: sa.Connection, run: RunContext, page: Page, *, is_careful: bool = True) -> PageWork:
    """Apply a page inside the caller's transaction, which also saves the cursor. Returns what was done.

    A record that the hub or the database refuses becomes a rejected record; the rest of the page lands. `is_careful` False is quicker
    and lets an error of the database out (REFUSALS): roll the page back then and apply it again with care.
    """
    work = PageWork(connection, run, is_careful=is_careful)
    records = _by_stream(work, page.records)
    if is_careful:
        _apply_or_split(work, records)
    else:
        _apply(work, records)
    apply_deletions(work, page.deletions)
    if work.rates_changed:
        apply_rates(work)
    apply_authority(work)
    recompute(work)
    rejections.resolve(work, work.landed)
    rejections.keep(work, [*work.rejections, *(rejections.from_refusal(refusal) for refusal in page.refusals)])
    rejections.keep_notices(work, [*page.notices, *work.notices])
    insert_missing(connection, _DIRTY, columns=("customer_id",), rows=[(key,) for key in sorted(work.dirty_customers)])
    return work


def apply_records(connection: sa.Connection, run: RunContext, records: Sequence[Record]) -> PageWork:
    """Apply some records outside of a feed, as when rejected ones are replayed."""
    return apply_page(connection, run, Page(records=records, cursor=None))


def _by_stream(work: PageWork, records: Sequence[Record]) -> dict[Stream, list[Incoming]]:
    """Records by stream with their JSON and hash; of one object named twice the newest counts, a mention least."""
    latest: dict[Stream, dict[str, Incoming]] = defaultdict(dict)
    read: Counter[Stream] = Counter(record.stream for record in records)
    for record in records:
        try:
            item = incoming(record)
        except UnicodeEncodeError as error:
            reason = f"it holds text that is no valid Unicode ({error.reason})"
            work.rejections.append(rejections.Rejection(reason=reason, stream=record.stream, external_id=repr(record.external_id)[:255]))
            continue
        found = latest[record.stream]
        before = found.setdefault(item.external_id, item)
        if before is not item:
            work.count(record.stream, "unchanged")
            if _supersedes(record, before.record):
                found[item.external_id] = item
    for stream, number in read.items():
        work.count(stream, "read", number)
    return {stream: list(items.values()) for stream, items in latest.items()}


def _supersedes(record: Record, before: Record) -> bool:
    if record.create_only:
        return False
    if before.create_only:
        return True
    if record.source_version is not None and before.source_version is not None:
        return record.source_version >= before.source_version
    if record.source_updated_at is not None and before.source_updated_at is not None:
        return record.source_updated_at >= before.source_updated_at
    return True


def _apply_or_split(work: PageWork, records: dict[Stream, list[Incoming]]) -> None:
    """Apply under a savepoint; when the database refuses something, halve until the record at fault stands alone."""
    part = PageWork(work.connection, work.run, new_customers=dict(work.new_customers))
    try:
        with work.connection.begin_nested():
            _apply(part, records)
    except REFUSALS as error:
        items = [(stream, item) for stream in LANDINGS for item in records.get(stream, ())]
        if len(items) <= 1:
            work.rejections.extend(rejections.from_record(item, RecordError(_reason(error), reference=item.external_id)) for _, item in items)
            return
        middle = len(items) // 2
        for half in (items[:middle], items[middle:]):
            grouped: dict[Stream, list[Incoming]] = defaultdict(list)
            for stream, item in half:
                grouped[stream].append(item)
            _apply_or_split(work, grouped)
        return
    work.absorb(part)


def _reason(error: Exception) -> str:
    """What the database said, without the statement and its values."""
    original = error.orig if isinstance(error, exc.DBAPIError) else error
    return f"the store refuses it: {str(original).splitlines()[0]}"


def _apply(work: PageWork, records: dict[Stream, list[Incoming]]) -> None:
    for stream, landing in LANDINGS.items():
        items = records.get(stream)
        if items:
            _land(work, landing, items)
        if stream is Stream.CUSTOMERS and work.new_customers:
            for ready, found in waiting.take_back(work, work.new_customers).items():
                newer = {item.external_id for item in records.get(ready, ())}
                records.setdefault(ready, []).extend(item for item in found if item.external_id not in newer)


def _land(work: PageWork, landing: Landing, items: Sequence[Incoming]) -> None:
    is_new = not work.is_careful and landing.stream in work.run.memory.all_new
    known = {} if is_new else find_references(work, landing.stream, [item.external_id for item in items])
    fresh, changed = _sort_out(work, landing.stream, items, known=known)
    if landing.stream is Stream.CUSTOMERS:
        fresh, refused = refuse_cycles(work, fresh)
        kept, refused_changes = refuse_cycles(work, [item for item, _ in changed])
        work.rejections.extend(rejections.from_record(item, error) for item, error in (*refused, *refused_changes))
        accepted = {item.external_id for item in kept}
        changed = [(item, found) for item, found in changed if item.external_id in accepted]
    if landing.customer_column is not None:
        parents = _parents(work, [*fresh, *(item for item, _ in changed)])
        orphans = [item for item in fresh if waiting.customer_of(item.record) not in parents]
        if orphans:
            waiting.set_aside(work, landing.stream, orphans)
            aside = {item.external_id for item in orphans}
            fresh = [item for item in fresh if item.external_id not in aside]
    else:
        parents = {}
    ready = [row for item in fresh if (row := _prepare(work, landing, item, parents=parents)) is not None]
    updates = [(row, found) for item, found in changed if (row := _prepare(work, landing, item, parents=parents)) is not None]
    create(work, landing, ready)
    change(work, landing, updates)


def _sort_out(work: PageWork, stream: Stream, items: Sequence[Incoming], *, known: dict[str, Known]) -> tuple[list[Incoming], list[tuple[Incoming, Known]]]:
    """New records and changed ones; unchanged, stale and already known mentions are counted and left alone."""
    fresh: list[Incoming] = []
    changed: list[tuple[Incoming, Known]] = []
    stale = 0
    for item in items:
        found = known.get(item.external_id)
        if found is None:
            fresh.append(item)
        elif item.record.create_only or (found.content_hash == item.digest and not found.is_deleted):
            continue
        elif found.is_newer_than(item):
            stale += 1
        else:
            changed.append((item, found))
    work.count(stream, "stale", stale)
    work.count(stream, "unchanged", len(items) - len(fresh) - len(changed) - stale)
    return fresh, changed


def _parents(work: PageWork, items: Sequence[Incoming]) -> dict[str, int]:
    """The row ids of the customers that these records hang on, as far as they have arrived."""
    names = {waiting.customer_of(item.record) for item in items}
    found = {name: key for memory in (work.run.memory.customers, work.found_customers) for name in names if (key := memory.get(name)) is not None}
    found |= {name: work.new_customers[name] for name in names & work.new_customers.keys()}
    missing = names - found.keys()
    if missing:
        found |= find_entity_ids(work, Stream.CUSTOMERS, missing)
    work.found_customers |= found
    return found


def _prepare(work: PageWork, landing: Landing, item: Incoming, *, parents: dict[str, int]) -> Prepared | None:
    try:
        require_valid(item.record, item.encoded)
        return prepare(work, landing, item, parents=parents)
    except RecordError as error:
        work.rejections.append(rejections.from_record(item, error))
        return None
