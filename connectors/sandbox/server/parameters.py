"""What the address of a request asks for, strictly: an unknown, repeated or malformed parameter is refused."""

from collections import Counter
from datetime import datetime

from starlette.requests import Request

from connectors.sandbox.server.refusals import bad_request

DEFAULT_LIMIT = 100
MOST_OBJECTS = 200
MOST_IDS = 1000
_FLAGS = {"true": True, "false": False}


class Parameters:
    """The query parameters of one request, of which only those in `known` may be there."""

    def __init__(self, request: Request, *known: str) -> None:
        names = Counter(name for name, _ in request.query_params.multi_items())
        if unknown := names.keys() - set(known):
            raise bad_request(f"unknown parameter {min(unknown)}; known: {', '.join(known) or 'none'}")
        if repeated := [name for name, times in names.items() if times > 1]:
            raise bad_request(f"{repeated[0]} is given more than once")
        self._values = dict(request.query_params)

    def text(self, name: str) -> str | None:
        """A text that is not empty; None where it is not asked for."""
        found = self._values.get(name)
        if found == "":
            raise bad_request(f"{name} is empty")
        return found

    def flag(self, name: str) -> bool:
        """`true` or `false`; false where it is not asked for."""
        found = self._values.get(name, "false")
        if found not in _FLAGS:
            raise bad_request(f"{name} must be true or false")
        return _FLAGS[found]

    def whole(self, name: str) -> int:
        """A whole number from zero on; zero where it is not asked for."""
        return self._whole(name, self._values.get(name, "0"))

    def limit(self, *, most: int = MOST_OBJECTS) -> int:
        """How many objects a page may have."""
        found = self._whole("limit", self._values.get("limit", str(DEFAULT_LIMIT)))
        if not 1 <= found <= most:
            raise bad_request(f"limit must be from 1 to {most}")
        return found

    def instant(self, name: str) -> datetime | None:
        """An instant with its zone; None where it is not asked for."""
        found = self.text(name)
        return None if found is None else parse_instant(name, found)

    def _whole(self, name: str, found: str) -> int:
        if not (found.isascii() and found.isdigit() and len(found) <= 18):  # noqa: PLR2004 - more digits are no number of anything
            raise bad_request(f"{name} must be a whole number")
        return int(found)


def parse_instant(name: str, text: str) -> datetime:
    """An instant such as 2026-11-22T10:00:00Z."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"{name} must be an instant such as 2026-11-22T10:00:00Z") from error
    if instant.tzinfo is None:
        raise bad_request(f"{name} must say its zone, as in 2026-11-22T10:00:00Z")
    return instant
