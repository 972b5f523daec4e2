"""What is found while a file is read: refused cells, and notices that are capped so that a million of them stay readable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.plugins import Notice

LISTED_PER_KIND = 10
"""How many notices of one kind and column are listed one by one; the rest is only counted."""


class FileContractError(Exception):
    """The file as a whole cannot be read as its mapping says; the text names place and remedy. The source stops the feed with it."""


class CellError(ValueError):
    """One cell cannot be what its mapping says; the record that needs it is refused with this reason.

    `column` None: not known yet, or the record as a whole. `external_id` None: not known.
    """

    def __init__(self, reason: str, *, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.external_id: str | None = None

    def of(self, external_id: str | None) -> "CellError":
        """The same error with the id of its record."""
        self.external_id = self.external_id or external_id
        return self

    def at(self, column: str) -> "CellError":
        """The same error with its column; one that is already known stays."""
        self.column = self.column or column
        return self


class NoticeKind(StrEnum):
    """The kinds of notice; the value is how a summary speaks of them after a number."""

    ROUNDED = "amounts were rounded half-even to the smallest unit of their currency"
    AMBIGUOUS_DATE = "dates would be another day if day and month were the other way round; they were read in the declared order"
    NUMBER_LIKE_ID = "ids look like numbers that a spreadsheet has rewritten; they were kept as they are"
    RESTORED_ID = "ids were changed back as the mapping declares"
    TYPED_AS_NUMBER = "ids stand in cells typed as numbers; leading zeros, if there were any, are lost"
    SHORT_ID = "ids are shorter than the declared width; leading zeros may be lost"
    REPEATED = "records came again in this file; the later one counts"
    UNUSED_ROW = "rows met the condition of no part and gave no record"
    BEFORE_START = "invoices, credit notes and payments of theirs were left out: they are older than the sync-from date"


@dataclass(slots=True)
class Findings:
    """Collects notices for one read of one file. `line` is set by whoever goes through the rows.

    `counts` survives in the cursor, so that a resumed read counts on.
    """

    file: str
    counts: dict[str, int] = field(default_factory=dict[str, int])
    line: int = 0
    fresh: list[Notice] = field(default_factory=list[Notice])
    _noticed: set[str] = field(default_factory=set[str])
    _noticed_line: int = 0

    def place(self, column: str | None = None, *, line: int | None = None) -> str:
        """Where the row stands, in words that a person can follow: `open.csv line 14, column Amount`."""
        where = f"{self.file} line {line or self.line}"
        return where if column is None else f"{where}, column {column}"

    def notice(self, kind: NoticeKind, column: str, message: str) -> None:
        """Count a finding, and list it while there are few of its kind. The same cell read twice counts once."""
        key = f"{kind.name} {column}"
        if self._noticed_line != self.line:
            self._noticed_line = self.line
            self._noticed.clear()
        if key in self._noticed:
            return
        self._noticed.add(key)
        count = self.counts.get(key, 0) + 1
        self.counts[key] = count
        if count <= LISTED_PER_KIND:
            self.fresh.append(Notice(place=self.place(column or None), message=message, field=column or None))

    def tell_of_file(self, column: str, message: str) -> None:
        """A notice about the file as a whole."""
        self.fresh.append(Notice(place=self.file, message=message, field=column))

    def count(self, kind: NoticeKind) -> None:
        """Count a finding that is told only at the end, once for the whole file."""
        key = f"{kind.name} "
        self.counts[key] = self.counts.get(key, 0) + 1

    def drain(self) -> list[Notice]:
        """The notices since the last call."""
        fresh, self.fresh = self.fresh, []
        return fresh

    def summaries(self) -> list[Notice]:
        """One notice for every kind and column of which not all were listed, with the final count."""
        return [self._summary(key, count) for key, count in self.counts.items() if _needs_summary(key, count)]

    def _summary(self, key: str, count: int) -> Notice:
        name, _, column = key.partition(" ")
        where = self.file if not column else f"{self.file}, column {column}"
        listed = f" (the first {LISTED_PER_KIND} are listed)" if column else ""
        return Notice(place=where, message=f"{count} {NoticeKind[name].value}{listed}", field=column or None)


def _needs_summary(key: str, count: int) -> bool:
    return key.endswith(" ") or count > LISTED_PER_KIND


def plain_counts(counts: Mapping[str, object]) -> dict[str, int]:
    """Counts as they come back from a cursor; anything that is no count is left out."""
    return {key: value for key, value in counts.items() if isinstance(value, int) and key.partition(" ")[0] in NoticeKind.__members__}
