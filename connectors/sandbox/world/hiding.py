"""What readers cannot see or read for a while: poisoned objects, and writes that are committed late."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.faults import Break
from connectors.sandbox.world.postings import Invoice, Place, Posting

# --- poison ---------------------------------------------------------------------------------------


def poison(books: Books, posting: Posting, at: datetime, *, broken: Break) -> None:
    """Break a value of an object that is served already. Its posting is left alone until it is mended: that is its last good version."""
    books.ledger.poison.add(posting.place)
    books.breaks[posting.place] = broken
    books.serve(posting, at)


def post_poisoned(books: Books, posting: Posting, at: datetime, *, broken: Break) -> None:
    """Serve a new object with a broken value from the beginning; the ledger does not count it until it is mended."""
    books.ledger.held[posting.place] = posting
    poison(books, posting, at, broken=broken)


def mend(books: Books, place: Place, at: datetime) -> None:
    """Serve a poisoned object as it should be. Raises KeyError for one that is not poisoned."""
    books.ledger.poison.remove(place)
    del books.breaks[place]
    held = books.ledger.held.pop(place, None)
    if held is not None:
        books.post(at, held)
        return
    posting = books.entries.at(place)
    if posting is not None:
        books.serve(posting, at)


# --- late commits ---------------------------------------------------------------------------------

_MOST_BEHIND = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _LateEdit:
    """Changes of an invoice that nobody sees yet; `behind` is how much older than its commit it will look."""

    place: Place
    changes: Mapping[str, Any]
    behind: timedelta


@dataclass(slots=True)
class LateCommits:
    """Writes that say they were made up to a minute before anybody could see them: edits behind the cursor."""

    books: Books
    _new: dict[Place, timedelta] = field(default_factory=dict[Place, timedelta])
    _edits: list[_LateEdit] = field(default_factory=list[_LateEdit])

    @property
    def is_waiting(self) -> bool:
        """Whether anything is not committed."""
        return bool(self._new or self._edits)

    def write(self, posting: Posting, at: datetime, *, behind: timedelta) -> None:
        """Write a new object without committing it. Raises ValueError for more than a minute behind."""
        self._require_short(behind)
        self.books.ledger.held[posting.place] = posting
        self._new[posting.place] = behind
        body = self.books.body(posting)
        self.books.systems[posting.system].put(posting.collection, posting.id, body, at=at - behind, is_visible=False)

    def edit(self, invoice: Invoice, *, behind: timedelta, changes: Mapping[str, Any]) -> None:
        """Change an invoice without committing it: until then it is served as it was. Raises ValueError for more than a minute behind."""
        self._require_short(behind)
        self._edits.append(_LateEdit(invoice.place, changes, behind))

    def commit(self, at: datetime) -> None:
        """Commit all of them: they show now, and say that they were written a little earlier."""
        new, self._new = self._new, {}
        edits, self._edits = self._edits, []
        for place, behind in new.items():
            self.books.systems[place.system].show(place.collection, place.id, written_at=at - behind)
            self.books.post(at, self.books.ledger.held.pop(place))
        for edit in edits:
            self._apply(edit, at)

    def _apply(self, edit: _LateEdit, at: datetime) -> None:
        """Nothing where the invoice is gone or broken by now. An object's times never go back."""
        invoice = self.books.entries.at(edit.place)
        stored = self.books.systems[edit.place.system].find(edit.place.collection, edit.place.id)
        if stored is None or not isinstance(invoice, Invoice) or not self.books.is_sound(invoice):
            return
        changed = replace(invoice, **edit.changes)
        self.books.entries.put(changed)
        self.books.serve(changed, max(stored.updated_at, at - edit.behind))
        self.books.publish(at)

    @staticmethod
    def _require_short(behind: timedelta) -> None:
        if not timedelta() <= behind <= _MOST_BEHIND:
            raise ValueError(f"a commit comes at most {_MOST_BEHIND.seconds} seconds late, not {behind.total_seconds():.0f}")
