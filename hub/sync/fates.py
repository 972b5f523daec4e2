"""What became of each item of a batch, in the order in which they were given; and batches in turns, so that this order counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.errors import RecordError, RequestError
from hub.plugins.records import Deletion, Record, Refusal
from hub.sync import rejections
from hub.sync.checks import MAX_ID
from hub.sync.context import PageWork, Rejection
from hub.sync.references import supersedes
from hub.sync.texts import clean
from hub.sync.validation import require_comparable
from hub.vocabulary import PushOutcome, Stream

Item = Record | Deletion | Refusal
"""A record, an object that is gone, or something that could not be made into a record."""

MOST_TURNS = 20
"""A batch that deletes an object and brings it back is applied in turns; each costs about as much as a page."""

_Key = tuple[Stream | None, str | None]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one item. `field` and `reason` say why it was rejected; `field` None: it as a whole."""

    outcome: PushOutcome
    field: str | None = None
    reason: str | None = None


_FATES: Mapping[str, Fate] = {outcome.value.lower(): Fate(outcome) for outcome in PushOutcome}
"""What became of an object of a page, by the name under which the page has counted it."""


def in_turns(items: Sequence[Item]) -> list[list[tuple[int, Item]]]:
    """The items with their positions, cut wherever an object comes in another way than before: its record after its deletion, or the like.

    For of one page the records are applied first, then the deletions. Raises RequestError when there are more than `MOST_TURNS`.
    """
    turns: list[list[tuple[int, Item]]] = []
    ways: dict[_Key, type[object]] = {}
    for index, item in enumerate(items):
        way = type(item)
        key = _key(item)
        if not turns or ways.get(key, way) is not way:
            turns.append([])
            ways.clear()
        if item.external_id is not None:
            ways[key] = way
        turns[-1].append((index, item))
    if len(turns) > MOST_TURNS:
        raise RequestError("the batch deletes objects and brings them back too often: send it in several batches", path=("records",))
    return turns


def fates_of(items: Sequence[Item], work: PageWork) -> list[Fate]:
    """What became of the items of one turn, which `work` has applied with `fates`."""
    told = {} if work.fates is None else work.fates
    refused = {(found.stream, found.external_id): found for found in work.rejections}
    newest = _newest(items)
    return [_fate(item, newest.get(_key(item)), told=told, refused=refused) for item in items]


def _fate(item: Item, kept: Record | None, *, told: Mapping[tuple[Stream, str], str], refused: Mapping[_Key, Rejection]) -> Fate:
    """`kept` is the record that counts of the item's object; None: none does."""
    if isinstance(item, Refusal):
        return Fate(PushOutcome.REJECTED, item.field, item.reason)
    objection = None if kept is item else _objection(item)
    if objection is not None and isinstance(item, Deletion):
        return Fate(PushOutcome.REJECTED, objection.field, rejections.reason_of_deletion(objection))
    is_keepable = objection is None
    if is_keepable and kept is not None and kept is not item:
        return Fate(PushOutcome.UNCHANGED if kept == item else PushOutcome.STALE)
    what = told.get((item.stream, clean(item.external_id))) if is_keepable else None
    if what is not None:
        return _FATES[what]
    rejection = refused[item.stream, clean(item.external_id, MAX_ID)]
    return Fate(PushOutcome.REJECTED, rejection.field, rejection.reason)


def _newest(items: Sequence[Item]) -> dict[_Key, Record]:
    """Of each object the record that counts, as a page sees it: the newest, of those that could be looked up at all."""
    records = [item for item in items if not isinstance(item, Deletion | Refusal)]
    found: dict[_Key, Record] = {_key(item): item for item in records}
    if len(found) == len(records):
        return found
    found.clear()
    for item in records:
        if _objection(item) is not None:
            continue
        before = found.setdefault(_key(item), item)
        if before is not item and supersedes(item, before):
            found[_key(item)] = item
    return found


def _objection(item: Record | Deletion) -> RecordError | None:
    """Why nothing could be looked up for an item; None: it could."""
    try:
        require_comparable(item)
    except RecordError as error:
        return error
    return None


def _key(item: Item) -> _Key:
    return (item.stream, item.external_id)
