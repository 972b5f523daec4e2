"""The records of one stream sorted out: what is new, changed, unchanged, stale, waiting for its customer or refused; what is left lands."""

from collections.abc import Iterable, Sequence

import orjson

from hub.errors import RecordError
from hub.sync import rejections, tombstones, waiting
from hub.sync.context import CustomerIds, Incoming, PageWork
from hub.sync.hierarchy import refuse_cycles
from hub.sync.landing.frame import Landing, Prepared, change, create, prepare
from hub.sync.magnitude import find_oversized
from hub.sync.references import Known, find_customers, find_references
from hub.sync.validation import MAX_ID, require_valid
from hub.vocabulary import Stream

_MONEY = frozenset((Stream.EXCHANGE_RATES, Stream.INVOICES, Stream.CREDIT_NOTES, Stream.PAYMENTS, Stream.REFUNDS))


def land(work: PageWork, landing: Landing, items: Sequence[Incoming]) -> None:
    """Land the records of one stream; what is refused joins the rejections."""
    stream = landing.stream
    is_new = not work.is_careful and stream in work.run.memory.all_new
    known = {} if is_new else find_references(work, stream, [item.external_id for item in items])
    fresh, changed, stale = _sort_out(work, stream, items, known=known)
    fresh = _without_buried(work, stream, fresh, stale=stale)
    parents: dict[str, CustomerIds] = {}
    orphans: list[Incoming] = []
    if landing.customer_column is not None:
        candidates = [*fresh, *(item for item, _ in changed)]
        parents = _parents(work, candidates)
        orphans = [item for item in candidates if waiting.customer_of(item.record) not in parents]
    if orphans:
        aside = {item.external_id for item in orphans}
        fresh = [item for item in fresh if item.external_id not in aside]
        changed = [(item, found) for item, found in changed if item.external_id not in aside]
        _set_aside(work, landing, orphans)
    ready = _accept(work, landing, [*fresh, *(item for item, _ in changed)], parents=parents)
    create(work, landing, [ready[item.external_id] for item in fresh if item.external_id in ready])
    change(work, landing, [(ready[item.external_id], found) for item, found in changed if item.external_id in ready])
    if landing.customer_column is not None:
        left_out = stale.union(item.external_id for item in orphans)
        if len(ready) < len(fresh) + len(changed):
            left_out |= {item.external_id for item in (*fresh, *(item for item, _ in changed))} - ready.keys()
        waiting.forget_superseded(work, stream, (item for item in items if item.external_id not in left_out))


def _sort_out(
    work: PageWork, stream: Stream, items: Sequence[Incoming], *, known: dict[str, Known]
) -> tuple[list[Incoming], list[tuple[Incoming, Known]], set[str]]:
    """New records, changed ones, and the ids of stale ones; unchanged and already known mentions are counted and left alone."""
    fresh: list[Incoming] = []
    changed: list[tuple[Incoming, Known]] = []
    stale: set[str] = set()
    unchanged: list[str] = []
    for item in items:
        found = known.get(item.external_id)
        if found is None:
            fresh.append(item)
        elif item.record.create_only or (found.content_hash == item.digest and not found.is_deleted):
            unchanged.append(item.external_id)
        elif found.is_newer_than(item.record):
            stale.add(item.external_id)
        else:
            changed.append((item, found))
    work.note(stream, "stale", stale)
    work.note(stream, "unchanged", unchanged)
    return fresh, changed, stale


def _without_buried(work: PageWork, stream: Stream, fresh: list[Incoming], *, stale: set[str]) -> list[Incoming]:
    """New records but for those that were deleted at their source before they came; these join the stale ones."""
    buried = tombstones.buried(work, stream, fresh)
    if not buried:
        return fresh
    stale |= buried
    work.note(stream, "stale", buried)
    return [item for item in fresh if item.external_id not in buried]


def _parents(work: PageWork, items: Sequence[Incoming]) -> dict[str, CustomerIds]:
    """The customers that these records hang on, as far as they have arrived."""
    names = {waiting.customer_of(item.record) for item in items}
    found = {name: key for memory in (work.run.memory.customers, work.found_customers) for name in names if (key := memory.get(name)) is not None}
    found |= {name: (work.new_customers[name], None) for name in names & work.new_customers.keys()}
    missing = names - found.keys()
    if missing:
        found |= find_customers(work, missing)
    work.found_customers |= found
    return found


def _set_aside(work: PageWork, landing: Landing, orphans: Sequence[Incoming]) -> None:
    """Only what could land if its customer were there waits for it."""
    anybody: dict[str, CustomerIds] = {name: (0, None) for item in orphans if 0 < len(name := waiting.customer_of(item.record)) <= MAX_ID}
    ready = _prepared(work, landing, orphans, parents=anybody)
    waiting.set_aside(work, landing.stream, [item for item in orphans if item.external_id in ready])


def _accept(work: PageWork, landing: Landing, items: Sequence[Incoming], *, parents: dict[str, CustomerIds]) -> dict[str, Prepared]:
    """What can land, by external id."""
    ready = _prepared(work, landing, items, parents=parents)
    if landing.stream is Stream.CUSTOMERS:
        _, refused = refuse_cycles(work, [item for item in items if item.external_id in ready])
        _refuse(work, ready, refused)
    if landing.stream in _MONEY:
        oversized = find_oversized(work, landing.stream, [row.item for row in ready.values()])
        _refuse(work, ready, ((ready[name].item, error) for name, error in oversized.items()))
    return ready


def _refuse(work: PageWork, ready: dict[str, Prepared], refused: Iterable[tuple[Incoming, RecordError]]) -> None:
    for item, error in refused:
        work.rejections.append(rejections.from_record(item, error))
        ready.pop(item.external_id)


def _prepared(work: PageWork, landing: Landing, items: Sequence[Incoming], *, parents: dict[str, CustomerIds]) -> dict[str, Prepared]:
    ready: dict[str, Prepared] = {}
    for item in items:
        try:
            require_valid(item.record)
            ready[item.external_id] = prepare(work, landing, item, parents=parents)
        except RecordError as error:
            work.rejections.append(rejections.from_record(item, error))
        except orjson.JSONEncodeError as error:
            reason = f"a value of it cannot be kept ({error})"
            work.rejections.append(rejections.from_record(item, RecordError(reason, reference=item.external_id)))
    return ready
