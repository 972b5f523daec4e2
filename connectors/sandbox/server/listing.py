"""The objects of one collection in a fixed order, from which any page is read without sorting anew."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from connectors.sandbox.system import Stored, System

Rank = TypeVar("Rank", str, datetime)


class Listing(Generic[Rank]):
    """The visible objects of a collection, by (`rank`, id), rising.

    It follows the system's log: only the objects that new events name are placed again. `wants` leaves objects out, such as deleted ones.
    """

    def __init__(self, system: System, collection: str, *, rank: Callable[[Stored], Rank], wants: Callable[[Stored], bool]) -> None:
        self._system = system
        self._collection = collection
        self._rank = rank
        self._wants = wants
        self._events_seen = 0
        self._entries: list[tuple[Rank, str]] = []

    def __len__(self) -> int:
        self._follow()
        return len(self._entries)

    def start_at(self, rank: Rank) -> int:
        """The place of the first object of this rank or a later one."""
        self._follow()
        return bisect_left(self._entries, (rank, ""))

    def start_after(self, rank: Rank, object_id: str) -> int:
        """The place after this pair, which need not be there any more."""
        self._follow()
        return bisect_right(self._entries, (rank, object_id))

    def start_before(self, rank: Rank, object_id: str) -> int:
        """How many stand before this pair, which need not be there any more."""
        self._follow()
        return bisect_left(self._entries, (rank, object_id))

    def between(self, start: int, stop: int) -> Sequence[Stored]:
        """The objects from one place to before another; places beyond the end are empty."""
        self._follow()
        objects = self._system.collections.get(self._collection, {})
        return [objects[object_id] for _, object_id in self._entries[start:stop]]

    def _follow(self) -> None:
        objects = self._system.collections.get(self._collection, {})
        if self._events_seen == 0:
            self._place(objects)
        elif self._events_seen < len(self._system.events):
            new = self._system.events[self._events_seen :]
            named = {event.object_id for event in new if event.collection == self._collection}
            self._place({object_id: objects[object_id] for object_id in named})
        self._events_seen = len(self._system.events)

    def _place(self, touched: Mapping[str, Stored]) -> None:
        if touched:
            self._entries = [entry for entry in self._entries if entry[1] not in touched]
            self._entries += [(self._rank(found), name) for name, found in touched.items() if found.is_visible and self._wants(found)]
            self._entries.sort()  # nearly sorted already, which the sort takes advantage of


def is_living(found: Stored) -> bool:
    """Whether an object is not deleted."""
    return not found.is_deleted


def is_any(_: Stored) -> bool:
    """Every object, deleted ones too."""
    return True


def by_change(system: System, collection: str, *, wants: Callable[[Stored], bool] = is_living) -> Listing[datetime]:
    """In the order of last changes."""
    return Listing(system, collection, rank=lambda found: found.updated_at, wants=wants)


def by_creation(system: System, collection: str) -> Listing[datetime]:
    """In the order of creation; what is deleted is left out."""
    return Listing(system, collection, rank=lambda found: found.created_at, wants=is_living)


def by_id(system: System, collection: str) -> Listing[str]:
    """In the order of ids, as text; what is deleted is left out."""
    return Listing(system, collection, rank=lambda found: found.id, wants=is_living)
