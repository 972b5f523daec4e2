"""Cursors as compact JSON text with a version: opaque to the hub, readable to whoever looks for a fault."""

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from connectors.toolkit.http import HttpClient

OVERLAP = timedelta(minutes=5)
"""How far before the newest change that was seen the next read begins: what was written before and committed later shows up behind it."""

Place = int | str | tuple[str, str]
"""Where the next page begins: an offset, the source's own token, or the change instant and id of the last object (keyset)."""

_Kind = TypeVar("_Kind")


class ReadPosition(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="v", tag=1):
    """Where a read of what has changed stands.

    `start`: only what changed at this instant or later is asked for; None: everything. `newest` is the latest change that has been
    seen. `place` is where the next page of this read begins; None: this read has ended, and the next one starts from `newest`.
    """

    start: datetime | None = None
    newest: datetime | None = None
    place: Place | None = None

    def resumed(self, overlap: timedelta = OVERLAP) -> "ReadPosition":
        """The position to read from: this very one in the middle of a read, else a new read that begins `overlap` before its end."""
        if self.place is not None or self.newest is None:
            return self
        return ReadPosition(start=self.newest - overlap, newest=self.newest)

    def after(self, newest: datetime | None, place: Place | None) -> "ReadPosition":
        """The position behind a page: its latest change, and where the next page begins."""
        seen = [instant for instant in (self.newest, newest) if instant is not None]
        return ReadPosition(start=self.start, newest=max(seen, default=None), place=place)

    def ended(self, now: datetime) -> "ReadPosition":
        """The position of the next read. An instant from the future, which only a wrong clock gives, must not hide the changes until then."""
        return ReadPosition(newest=None if self.newest is None else min(self.newest, now))


class Behind(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="v", tag=1):
    """Where a read stands in a list to which things are only added: `after` is the last one that was read; None: it has not begun."""

    after: Place | None = None


def write_cursor(position: msgspec.Struct) -> str:
    """A position as text."""
    return msgspec.json.encode(position).decode()


def read_cursor(text: str | None, kind: type[_Kind], client: HttpClient) -> _Kind | None:
    """A position from its text; None for None. Raises SourceContractError for text that is none of this feed's cursors."""
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise client.contract_error(
            "the saved cursor is none of this connector's in its present version: read everything again with `dunwell sync NAME --full`"
        ) from error
