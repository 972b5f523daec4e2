"""One page: its records, their consequences and the cursor that follows them, in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import exc

from hub.errors import RecordError
from hub.model import DirtyCustomer, table_of
from hub.plugins.connector import Page
from hub.plugins.records import Record
from hub.store.bulk import insert_missing
from hub.sync import card_numbers, rejections, waiting
from hub.sync.authority import apply_authority, find_spoken_for
from hub.sync.context import Incoming, PageWork, RunContext, incoming
from hub.sync.deletions import apply_deletions
from hub.sync.effective.composition import compose
from hub.sync.effective.following import follow_recreated
from hub.sync.effective.paid import settle_marks
from hub.sync.landing.allocations import match_currencies
from hub.sync.landing.streams import LANDINGS
from hub.sync.rates import apply_rates
from hub.sync.references import supersedes
from hub.sync.settling import recompute
from hub.sync.sorting import land
from hub.sync.tombstones import deletions_of_mentions
from hub.sync.validation import require_keepable
from hub.vocabulary import Stream

_DIRTY = table_of(DirtyCustomer)
_PARENTS = (Stream.EXCHANGE_RATES, Stream.CUSTOMERS)

Batch = Mapping[Stream, Sequence[Incoming]]

REFUSALS = (exc.DataError, exc.IntegrityError, exc.InterfaceError, OverflowError, ValueError)
"""What the database and its driver raise for values that they do not take."""


def apply_page(connection: sa.Connection, run: RunContext, page: Page, *, is_careful: bool = True, tells_fates: bool = False) -> PageWork:
    """Apply a page inside the caller's transaction, which also saves the cursor. Returns what was done; `tells_fates`: of each object.

    A record that the hub or the database refuses becomes a rejected record; the rest of the page lands. `is_careful` False is quicker
    and lets an error of the database out (REFUSALS): roll the page back then and apply it again with care.
    """
    work = PageWork(connection, run, is_careful=is_careful, fates={} if tells_fates else None)
    records = _by_stream(work, page.records)
    taken_back = _apply(work, records)
    apply_deletions(work, [*page.deletions, *deletions_of_mentions(work, records)])
    if work.rates_changed:
        apply_rates(work)
    follow_recreated(work)
    find_spoken_for(work)
    compose(work)
    apply_authority(work)
    match_currencies(work)
    settle_marks(work)
    recompute(work)
    rejections.resolve(work, taken_back)
    rejections.resolve(work, records)
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
        item = _readable(work, record)
        if item is None:
            continue
        found = latest[record.stream]
        before = found.setdefault(item.external_id, item)
        if before is not item:
            work.count(record.stream, "unchanged")
            if supersedes(record, before.record):
                found[item.external_id] = item
    for stream, number in read.items():
        work.count(stream, "read", number)
    return {stream: list(items.values()) for stream, items in latest.items()}


def _readable(work: PageWork, record: Record) -> Incoming | None:
    """A record made ready; None when it is refused, for what no look-up could even be made with."""
    try:
        item = incoming(record)
    except UnicodeEncodeError as error:
        work.rejections.append(rejections.from_unreadable(record, f"it holds text that is no valid Unicode ({error.reason})"))
        return None
    except (TypeError, ValueError, OverflowError) as error:
        work.rejections.append(rejections.from_unreadable(record, f"a value of it cannot be kept ({error})"))
        return None
    screened = _without_card_numbers(work, item) if record.stream in card_numbers.STREAMS else item
    if screened is None:
        return None
    try:
        require_keepable(screened.record, screened.encoded)
    except RecordError as error:
        work.rejections.append(rejections.from_record(screened, error))
        return None
    return screened


def _without_card_numbers(work: PageWork, item: Incoming) -> Incoming | None:
    """A record of cards with its payload masked; None when a field of it holds a full card number: then it is refused."""
    if not card_numbers.holds_card_number(item.encoded.decode()):
        return item
    field = card_numbers.find_card_number(item.record)
    if field is None:
        return incoming(card_numbers.with_masked_payload(item.record, item.encoded))
    work.rejections.append(rejections.from_card_number(item, field))
    return None


def _apply(work: PageWork, records: Batch) -> Batch:
    """Apply parents, then what waited for the customers among them, then the rest; returns what no longer waits."""
    write = _write_or_split if work.is_careful else _write
    write(work, {stream: records.get(stream, ()) for stream in _PARENTS})
    back = waiting.take_back(work, work.new_customers) if work.new_customers else {}
    if back:
        back = {stream: _not_outdated(items, records.get(stream, ())) for stream, items in back.items()}
        write(work, back)
    write(work, {stream: items for stream, items in records.items() if stream not in _PARENTS})
    return back


def _not_outdated(waited: Sequence[Incoming], items: Sequence[Incoming]) -> list[Incoming]:
    """What waited, but for what the page itself brings in a newer form."""
    coming = {item.external_id: item.record for item in items}
    return [item for item in waited if item.external_id not in coming or not supersedes(coming[item.external_id], item.record)]


def _write_or_split(work: PageWork, records: Batch) -> None:
    """Write under a savepoint; when the database refuses something, halve until the record at fault stands alone."""
    part = work.part()
    try:
        with work.connection.begin_nested():
            _write(part, records)
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
            _write_or_split(work, grouped)
        return
    work.absorb(part)


def _reason(error: Exception) -> str:
    """What the database said, without the statement and its values."""
    original = error.orig if isinstance(error, exc.DBAPIError) else error
    return f"the store refuses it: {str(original).splitlines()[0]}"


def _write(work: PageWork, records: Batch) -> None:
    for stream, landing in LANDINGS.items():
        items = records.get(stream)
        if items:
            land(work, landing, items)
