"""Rows to records: pure. A row gives records, refusals and notices; nothing is read, kept or asked elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from connectors.files.compiling import CellCompiler, Row
from connectors.files.findings import CellError, Findings, NoticeKind
from connectors.files.mapping_model import FileMapping
from connectors.files.part_building import Draft, PartBuilder
from connectors.files.record_fields import RECORDS
from hub.plugins import CreditNoteRecord, InvoiceRecord, PaymentRecord, Record, Refusal

GROUP_ROWS = 10_000
_REMEMBERED = 50_000


class RecentIds:
    """The ids seen lately: at least the last `_REMEMBERED`, at most twice as many, so that memory stays flat."""

    def __init__(self) -> None:
        self._now: set[str] = set()
        self._before: set[str] = set()

    def add(self, external_id: str) -> bool:
        """Remember an id; whether it had been seen already."""
        if external_id in self._now or external_id in self._before:
            return True
        if len(self._now) >= _REMEMBERED:
            self._now, self._before = set(), self._now
        self._now.add(external_id)
        return False


@dataclass(slots=True)
class _Group:
    """Consecutive rows of one record that is not finished. `problem` None: all is well so far."""

    key: str | None
    line: int
    draft: Draft = field(default_factory=dict[str, Any])
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    row_count: int = 0
    problem: Refusal | None = None


class RowMapper:
    """Maps the rows of one file under one mapping.

    `since` None: everything; else older invoices and credit notes are left out, with the payments of the same row that settle
    only those; of a full list nothing is left out, for it would count as closed. `is_nested`: rows are JSON objects. `plain`
    makes a row into what is kept as raw payload.
    """

    def __init__(
        self,
        mapping: FileMapping,
        findings: Findings,
        *,
        since: date | None = None,
        is_nested: bool = False,
        tells_typed_numbers: bool = False,
        plain: Callable[[Row], dict[str, Any]] = dict,
    ) -> None:
        compiler = CellCompiler(mapping.table, findings, is_nested=is_nested, tells_typed_numbers=tells_typed_numbers)
        order = list(RECORDS)
        parts = sorted(mapping.parts, key=lambda part: order.index(part.shape.name))
        self._builders = [PartBuilder(part, compiler, findings, default_currency=mapping.table.currency) for part in parts]
        self._seen = [RecentIds() for _ in parts]
        self._groups: dict[int, _Group] = {}
        self._mapping = mapping
        self._findings = findings
        self._since = None if mapping.table.meaning == "full_open_list" else since
        self._plain = plain if mapping.table.keep_raw else None
        self._refusal_plain = plain
        self._compiler = compiler
        self._left_out: set[str] = set()
        self._records: list[Record] = []
        self._refusals: list[Refusal] = []

    def map_row(self, row: Row) -> None:
        """Take one row; `findings.line` says where it stands."""
        is_used = False
        if self._left_out:
            self._left_out.clear()
        for index, builder in enumerate(self._builders):
            try:
                if builder.conditions and not all(condition(row) for condition in builder.conditions):
                    continue
            except CellError as error:
                self._refusals.append(self._refusal(builder, error, self._refusal_plain(row)))
                is_used = True
                continue
            is_used = True
            if builder.part.is_group:
                self._add_to_group(index, row)
            else:
                self._map_single(index, row)
        if not is_used:
            self._findings.count(NoticeKind.UNUSED_ROW)

    def starts_anew(self, row: Row) -> bool:
        """Whether no group of rows is open that this row would continue: only then a page may end before it."""
        return all(group.key is None or group.key != self._group_key(index, row) for index, group in self._groups.items())

    def finish(self) -> tuple[list[Record], list[Refusal]]:
        """Close the open groups, and hand over the records and refusals since the last call."""
        for index in list(self._groups):
            self._close_group(index)
        records, self._records = self._records, []
        refusals, self._refusals = self._refusals, []
        return records, refusals

    def report_unseen_paths(self) -> None:
        """At the end of the file: tell of the paths of a JSON mapping that led nowhere in every row."""
        unseen = self._compiler.unseen_paths
        nested = [items for part in self._mapping.parts for items in part.items if items.each in unseen]
        inside = {name for items in nested for cell in items.fields.values() for name in cell.table.sources}
        outside = {name for name, _ in self._mapping.columns_asked_for()}
        for path in sorted(unseen - (inside - outside)):
            self._findings.tell_of_file(path, f"no row has a value at {path!r}; is the path right?")

    # --- one row, one record ----------------------------------------------------------------------

    def _map_single(self, index: int, row: Row) -> None:
        builder = self._builders[index]
        try:
            record = builder.finish(builder.read(row), raw=self._plain(row) if self._plain else None)
        except CellError as error:
            self._refusals.append(self._refusal(builder, error, self._refusal_plain(row)))
            return
        if not self._seen[index].add(record.external_id):
            self._emit(record)
        elif not builder.part.is_mention:
            if builder.part.shape.name not in {"customer", "contact"}:
                told = f"{builder.part.shape.phrase} {record.external_id!r} came before in this file; the later row counts"
                self._findings.notice(NoticeKind.REPEATED, builder.id_label, told)
            self._emit(record)

    def _emit(self, record: Record) -> None:
        if self._since is not None and self._is_left_out(record, self._since):
            self._findings.count(NoticeKind.BEFORE_START)
            return
        self._records.append(record)

    def _is_left_out(self, record: Record, since: date) -> bool:
        if isinstance(record, InvoiceRecord | CreditNoteRecord):
            is_older = record.document_date < since
            if is_older:
                self._left_out.add(record.external_id)
            return is_older
        if isinstance(record, PaymentRecord) and self._left_out and record.allocations:
            return all(allocation.invoice_external_id in self._left_out for allocation in record.allocations)
        return False

    def _refusal(self, builder: PartBuilder, error: CellError, raw: dict[str, Any] | None = None) -> Refusal:
        place = self._findings.place(error.column)
        stream = builder.part.shape.stream
        return Refusal(place=place, reason=error.reason, field=error.column, stream=stream, external_id=error.external_id, raw=raw)

    # --- several rows, one record -----------------------------------------------------------------

    def _group_key(self, index: int, row: Row) -> str | None:
        reader = self._builders[index].id_reader
        try:
            return None if reader is None else reader.read(row)
        except CellError:
            return None

    def _add_to_group(self, index: int, row: Row) -> None:
        key = self._group_key(index, row)
        group = self._groups.get(index)
        if group is None or group.key is None or group.key != key:
            self._close_group(index)
            group = self._groups[index] = _Group(key, self._findings.line)
            if key is not None and self._seen[index].add(key):
                apart = CellError("the rows of this record do not stand together: sort the file so that they do, or its parts would replace each other")
                group.problem = self._refusal(self._builders[index], apart.of(key))
        group.row_count += 1
        if group.row_count > GROUP_ROWS:
            too_many = CellError(f"more than {GROUP_ROWS} rows belong to one record: is the right column mapped as external_id?")
            group.problem = group.problem or self._refusal(self._builders[index], too_many.of(key))
            return
        group.rows.append(self._refusal_plain(row))
        if group.problem is None:
            try:
                if group.row_count == 1:
                    group.draft = self._builders[index].read(row)
                else:
                    self._builders[index].read_further(row, group.draft)
            except CellError as error:
                group.problem = self._refusal(self._builders[index], error.of(key))

    def _close_group(self, index: int) -> None:
        group = self._groups.pop(index, None)
        if group is None:
            return
        raw = {"rows": group.rows}
        builder = self._builders[index]
        if group.problem is None:
            try:
                self._emit(builder.finish(group.draft, raw=raw if self._plain else None))
            except CellError as error:
                here, self._findings.line = self._findings.line, group.line
                group.problem = self._refusal(builder, error.of(group.key))
                self._findings.line = here
        if group.problem is not None:
            problem = group.problem
            self._refusals.append(
                Refusal(place=problem.place, reason=problem.reason, field=problem.field, stream=problem.stream, external_id=problem.external_id, raw=raw),
            )
