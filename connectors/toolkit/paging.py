"""The ways in which lists are read page by page, so that nothing is lost while they change, and any page can be the last that was kept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.toolkit.cursors import Behind, Place, ReadPosition, read_cursor, write_cursor
from connectors.toolkit.http import HttpClient, UnknownPlaceError
from hub.plugins import SourceContractError

MOST_PASSES = 6
"""How often a list that changes is read in one run; by then it changes faster than it can be read."""

_START = (None, 0)

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """One answer of a list. `newest` is the latest change in it, `next_place` where the next one begins; None: this was the last.

    `total` is how many items the source says there are; None: it does not say. `last_place` is that of the last item, in a list to which
    things are only added; None: there is no item.
    """

    items: Sequence[Item]
    newest: datetime | None = None
    next_place: Place | None = None
    total: int | None = None
    last_place: Place | None = None


AskBehind = Callable[[Place | None], Awaitable[Slice]]
"""Asks for what stands behind a place (None: from the first on), in the order in which it was added or in that of ids."""

Ask = Callable[[datetime | None, Place | None], Awaitable[Slice]]
"""Asks for what changed at an instant or later (None: everything), from a place on (None: from the start), oldest change first.

Raises UnknownPlaceError when the source does not know the place any more.
"""


@dataclass(frozen=True, slots=True)
class Portion:
    """Items to be kept together with the cursor behind them. `cursor` None: the list has been read, and the next read goes on at `ends_at`."""

    items: Sequence[Item]
    cursor: str | None
    ends_at: str | None = None


async def read_onwards(ask: Ask, client: HttpClient, *, cursor: str | None) -> AsyncIterator[Portion]:
    """A list whose pages begin behind an object (keyset) or a token, which changes in the list do not shift.

    Objects that change while it is read come again at its end, so one pass sees everything. The instant of the last end is asked for
    again with an overlap, at it and later, so objects that share an instant are never lost between two reads. When the source no longer
    knows a place, what was asked for is read again from its start, once.
    """
    began = client.clock.now()
    position = (read_cursor(cursor, ReadPosition, client) or ReadPosition()).resumed()
    is_again = False
    while True:
        try:
            found = await ask(position.start, position.place)
        except SourceContractError as error:
            if is_again:
                what = f"{error}; it had lost its place before: `dunwell sync {client.connection} --full` reads everything again"
                raise client.contract_error(what) from error
            if not isinstance(error, UnknownPlaceError):
                raise
            position, is_again = position.after(None, None), True
            continue
        _require_progress(position.place, found.next_place, client)
        position = position.after(found.newest, found.next_place)
        if found.next_place is None:
            yield Portion(found.items, None, write_cursor(position.ended(began)))
            return
        yield Portion(found.items, write_cursor(position))


async def read_in_passes(ask: Ask, client: HttpClient, *, cursor: str | None, identity: Callable[[Item], Hashable]) -> AsyncIterator[Portion]:
    """A list whose pages begin at an offset: while it changes, objects move over the edges of pages, and one pass may miss some.

    It is read again from the same start until a whole pass has brought nothing new while its total stood still; a list of one page cannot
    shift. `identity` tells whether two items are the same object in the same state. Raises TransientSourceError when the list does not
    come to rest.
    """
    began = client.clock.now()
    position = (read_cursor(cursor, ReadPosition, client) or ReadPosition()).resumed()
    known: set[Hashable] = set()
    for _ in range(MOST_PASSES):
        this = _Pass(is_whole=position.place in _START)
        is_last = False
        while not is_last:
            found = await ask(position.start, position.place)
            _require_progress(position.place, found.next_place, client)
            is_last = found.next_place is None
            fresh = [item for item in found.items if identity(item) not in known]
            known.update(map(identity, fresh))
            this.note(found, len(fresh))
            position = position.after(found.newest, 0 if is_last else found.next_place)
            if is_last and this.is_at_rest:
                yield Portion(fresh, None, write_cursor(position.ended(began)))
                return
            if fresh:
                yield Portion(fresh, write_cursor(position))
    raise client.transient_error(f"the list kept changing while it was read {MOST_PASSES} times")


async def read_behind(ask: AskBehind, client: HttpClient, *, cursor: str | None) -> AsyncIterator[Portion]:
    """A list to which things are only added, such as a log, from behind the last one that was read; each end is where the next read begins."""
    position = read_cursor(cursor, Behind, client) or Behind()
    while True:
        found = await ask(position.after)
        _require_progress(position.after, found.next_place, client)
        position = Behind(position.after if found.last_place is None else found.last_place)
        if found.next_place is None:
            yield Portion(found.items, None, write_cursor(position))
            return
        yield Portion(found.items, write_cursor(position))


@dataclass(slots=True)
class _Pass:
    """What one pass over a list has seen. `is_whole`: it began at the start, and not where a read was cut off."""

    is_whole: bool
    page_count: int = 0
    fresh_count: int = 0
    totals: set[int | None] = field(default_factory=set[int | None])

    def note(self, found: Slice, fresh_count: int) -> None:
        self.page_count += 1
        self.fresh_count += fresh_count
        self.totals.add(found.total)

    @property
    def is_at_rest(self) -> bool:
        return self.is_whole and (self.page_count == 1 or (self.fresh_count == 0 and len(self.totals) == 1))


def _require_progress(place: Place | None, next_place: Place | None, client: HttpClient) -> None:
    """A source that names the page it has just given as the next one would be read for ever."""
    if next_place is not None and next_place == place:
        raise client.contract_error("the list names the same page again as the next one")
