"""What every system of the sandbox is made of: collections of versioned objects, and a log of what happened to them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class Stored:
    """One object of a system. `body` is what the API serves, without id, version and times.

    `updated_at` has whole seconds, as in many real systems, so that several objects share one. `is_visible` false: written but not yet
    served by lists (a late commit); `updated_at` then lies before the instant at which it shows.
    """

    collection: str
    id: str
    body: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    version: int = 1
    is_deleted: bool = False
    is_visible: bool = True


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """One entry of a system's log, in order of `number`. `kind` is such as `payment.updated`; `version` the object's then.

    Numbers follow commits. `at` is when the object was written, so that of a late commit lies before that of the entry above it.
    """

    number: int
    kind: str
    collection: str
    object_id: str
    version: int
    at: datetime

    @property
    def id(self) -> str:
        """The id that the API and webhooks give it."""
        return f"evt_{self.number:09d}"


@dataclass(slots=True)
class System:
    """One outside system. Objects are changed through `put` and `remove` only, so that version and log are always right."""

    name: str
    collections: dict[str, dict[str, Stored]] = field(default_factory=dict[str, dict[str, Stored]])
    events: list[SystemEvent] = field(default_factory=list[SystemEvent])

    def find(self, collection: str, object_id: str) -> Stored | None:
        """An object, deleted or not; None for one that was never there."""
        return self.collections.get(collection, {}).get(object_id)

    def put(self, collection: str, object_id: str, body: Mapping[str, Any], *, at: datetime, is_visible: bool = True) -> Stored:
        """Create an object, or give it a new body (and undelete it), at an instant; the version goes up by one.

        A new object that is not visible is not in the log either, until `show`.
        """
        objects = self.collections.setdefault(collection, {})
        at = at.replace(microsecond=0)
        found = objects.get(object_id)
        if found is None:
            found = objects[object_id] = Stored(collection, object_id, dict(body), at, at, is_visible=is_visible)
            if is_visible:
                self._note("created", found, at)
            return found
        found.body, found.updated_at, found.is_deleted = dict(body), at, False
        found.version += 1
        self._note("updated", found, at)
        return found

    def show(self, collection: str, object_id: str, *, written_at: datetime) -> Stored:
        """Commit an object that was not visible, as of the instant that it says it was written at. Raises KeyError for one that was never there."""
        found = self.collections[collection][object_id]
        found.is_visible = True
        found.created_at = found.updated_at = written_at.replace(microsecond=0)
        self._note("created", found, found.updated_at)
        return found

    def remove(self, collection: str, object_id: str, *, at: datetime, body: Mapping[str, Any] | None = None) -> Stored:
        """Mark an object as deleted, with a last body if one is given; how that shows is the API's business.

        Raises KeyError for one that was never there.
        """
        found = self.collections[collection][object_id]
        if body is not None:
            found.body = dict(body)
        found.is_deleted, found.updated_at = True, at.replace(microsecond=0)
        found.version += 1
        self._note("deleted", found, found.updated_at)
        return found

    def living(self, collection: str) -> Iterator[Stored]:
        """The objects of a collection that are not deleted, in the order in which they were made."""
        return (found for found in self.collections.get(collection, {}).values() if not found.is_deleted)

    def _note(self, what: str, found: Stored, at: datetime) -> None:
        noun = "company" if found.collection == "companies" else found.collection.removesuffix("s")
        self.events.append(SystemEvent(len(self.events) + 1, f"{noun}.{what}", found.collection, found.id, found.version, at))
