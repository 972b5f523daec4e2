"""Sources that lead in a circle: whoever follows them comes to the same place again and again, and to no end."""

MOST_RETURNS = 500
"""How often a read may come back to one place: pages that are parts of one answer may all name the place behind it, a list may be read in passes."""


class Circling:
    """Follows the cursors of one read. Memory stays flat: one place is marked at a time, each for twice as many pages as the one before."""

    def __init__(self) -> None:
        """The read begins."""
        self._marked: str | None = None
        self._returns = 0
        self._pages = 0
        self._most_pages: int = 1

    def is_seen_at(self, cursor: str) -> bool:
        """Whether the read, which has come to this place now, leads in a circle.

        Seen at the latest after three times `MOST_RETURNS` rounds of it, or after three times as many pages as were read before it.
        """
        self._returns += cursor == self._marked
        self._pages += 1
        if self._returns >= MOST_RETURNS:
            return True
        if self._pages == self._most_pages:
            self._marked, self._returns, self._pages = cursor, 0, 0
            self._most_pages *= 2
        return False
