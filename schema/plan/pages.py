"""Plans of pages: Relay connections, of one list or of the lists of many parents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schema.plan.keyset import encode_cursor
from schema.plan.rows import Fetched, Record, RowPlan, Session
from schema.plan.selection import Selected
from schema.plan.statement import Statement
from schema.values import PageInfo


@dataclass(frozen=True, slots=True)
class Paging:
    """How one page is cut: `limit` rows at most, from the end of the list when `is_backward`."""

    limit: int
    is_backward: bool
    has_start: bool
    has_end: bool

    def cut(self, records: Sequence[Record], total: int | None = None) -> "Page":
        """A page from what a statement with one row more than the limit gave."""
        has_more = len(records) > self.limit
        kept = list(records[: self.limit])
        if self.is_backward:
            return Page(kept[::-1], has_previous=has_more or self.has_start, has_next=self.has_end, total=total)
        return Page(kept, has_previous=self.has_start, has_next=has_more or self.has_end, total=total)


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, in the order of the list."""

    records: list[Record]
    has_previous: bool
    has_next: bool
    total: int | None


Part = Callable[[Page, Sequence[Sequence[Fetched]]], Any]
"""Makes one field of a connection from its page and the page's rows, once for each row plan of the field."""


@dataclass(slots=True)
class Connection:
    """What is selected of a connection: response keys, each with the plans of the rows that it shows, and how it is made of them."""

    digest: str
    key_positions: list[int] = field(default_factory=list[int])
    parts: list[tuple[str, Sequence[RowPlan], Part]] = field(default_factory=list[tuple[str, Sequence[RowPlan], Part]])
    needs_rows: bool = False
    needs_total: bool = False

    def cursor(self, record: Record) -> str:
        """The cursor of a row."""
        return encode_cursor(self.digest, [record[position] for position in self.key_positions])

    def page_info(self, page: Page) -> PageInfo:
        """Where a page stands in its list."""
        first, last = (self.cursor(page.records[0]), self.cursor(page.records[-1])) if page.records else (None, None)
        return PageInfo(has_next_page=page.has_next, has_previous_page=page.has_previous, start_cursor=first, end_cursor=last)

    def assemble(self, session: Session, pages: Sequence[Page]) -> list[Fetched]:
        """The connections of several pages; rows of all of them are followed together."""
        made: list[Fetched] = [{} for _ in pages]
        flat = [record for page in pages for record in page.records]
        for key, plans, part in self.parts:
            assembled = [plan.assemble(session, flat) for plan in plans]
            start = 0
            for connection, page in zip(made, pages, strict=True):
                end = start + len(page.records)
                connection[key] = part(page, [rows[start:end] for rows in assembled])
                start = end
        return made


@dataclass(frozen=True, slots=True)
class ListPlan:
    """One list at the root. `total_position` is where the page statement carries the total; `count` asks for it alone."""

    page: Statement | None
    count: Statement | None
    paging: Paging
    connection: Connection
    total_position: int | None

    def run(self, session: Session) -> Fetched:
        """The connection."""
        records: Sequence[Record] = session.fetch(self.page) if self.page is not None else ()
        total: int | None = None
        if self.connection.needs_total:
            total = records[0][self.total_position] if records and self.total_position is not None else self._count(session)
        return self.connection.assemble(session, [self.paging.cut(records, total)])[0]

    def _count(self, session: Session) -> int:
        """The total when no row of the page could carry it; nothing needs to be asked where the page is the whole, empty list."""
        is_whole = self.page is not None and not (self.paging.has_start or self.paging.has_end)
        return 0 if is_whole or self.count is None else session.fetch(self.count)[0][0]


@dataclass(frozen=True, slots=True)
class PagesPlan:
    """The first page of the list of each parent. The page statement ends with the parent's key and, where it is selected, the total.

    `totals` counts alone: where no rows are selected, and for a parent whose page is empty because of a cursor.
    """

    page: Statement | None
    totals: Statement | None
    parent_position: int
    paging: Paging
    connection: Connection

    def load(self, session: Session, keys: Sequence[int]) -> Mapping[int, Fetched]:
        """The connection of each key."""
        found = self._totals(session, keys) if self.page is None else self._pages(session, keys)
        return dict(zip(found, self.connection.assemble(session, list(found.values())), strict=True))

    def nothing(self) -> Fetched:
        """A page without rows; it follows nothing, so no statement is needed."""
        empty = self.paging.cut([], 0)
        return {key: part(empty, [[] for _ in plans]) for key, plans, part in self.connection.parts}

    def _pages(self, session: Session, keys: Sequence[int]) -> dict[int, Page]:
        if self.page is None:
            return {}
        grouped: dict[int, list[Record]] = {}
        for record in session.fetch(self.page, keys):
            grouped.setdefault(record[self.parent_position], []).append(record)
        total = self.parent_position + 1 if self.connection.needs_total else None
        found = {parent: self.paging.cut(records, None if total is None else records[0][total]) for parent, records in grouped.items()}
        beyond = [key for key in keys if key not in found] if self.totals is not None else []
        return found | (self._totals(session, beyond) if beyond else {})

    def _totals(self, session: Session, keys: Sequence[int]) -> dict[int, Page]:
        if self.totals is None:
            return {}
        return {parent: self.paging.cut([], total) for parent, total in session.fetch(self.totals, keys)}


# --- what is selected of a connection -------------------------------------------------------------


def add_part(made: Connection, child: Selected, rows_of: Callable[[Selected], RowPlan]) -> None:
    """Add a selected field of a connection; `rows_of` plans the rows that a field shows."""
    match child.name:
        case "totalCount":
            made.needs_total = True
            made.parts.append((child.key, (), lambda page, _rows: page.total))
            return
        case "pageInfo":
            made.parts.append((child.key, (), lambda page, _rows: made.page_info(page)))
        case "nodes":
            made.parts.append((child.key, (rows_of(child),), lambda _page, rows: list(rows[0])))
        case "edges":
            _add_edges(made, child, rows_of)
        case _:
            message = f"a connection has no field {child.name}"
            raise TypeError(message)
    made.needs_rows = True


def _add_edges(made: Connection, child: Selected, rows_of: Callable[[Selected], RowPlan]) -> None:
    cursor_keys = [inner.key for inner in child.children if inner.name == "cursor"]
    nodes = [inner for inner in child.children if inner.name == "node"]
    node_keys = [inner.key for inner in nodes]

    def edges(page: Page, rows: Sequence[Sequence[Fetched]]) -> list[Fetched]:
        made_edges: list[Fetched] = []
        for place, record in enumerate(page.records):
            edge: Fetched = dict.fromkeys(cursor_keys, made.cursor(record)) if cursor_keys else {}
            edge |= {key: shown[place] for key, shown in zip(node_keys, rows, strict=True)}
            made_edges.append(edge)
        return made_edges

    made.parts.append((child.key, [rows_of(inner) for inner in nodes], edges))
