"""Workbooks: typed cells, sheets, and what they do to ids."""

from datetime import date, datetime
from pathlib import Path

from hub.plugins import InvoiceRecord
from tests.connectors.files.workbench import INVOICES, contract_error, ids, read_bytes, workbook


class TestSpreadsheets:
    def test_typed_cells_become_records(self, tmp_path: Path) -> None:
        content = workbook(
            ("Number", "Customer", "Date", "Total", "Due"),
            ("INV-1", "C1", date(2026, 1, 2), 55.94, datetime(2026, 2, 1, 12, 0)),  # noqa: DTZ001 - spreadsheets know no zone
            ("INV-2", "C1", "2026-01-03", "7.50", None),
        )
        outcome = read_bytes(content, INVOICES + 'due_date = "Due"', tmp_path, name="file.xlsx")
        first, second = outcome.of(InvoiceRecord)
        assert (first.external_id, first.document_date, first.total_minor, first.due_date) == ("INV-1", date(2026, 1, 2), 5594, date(2026, 2, 1))
        assert (second.external_id, second.document_date, second.total_minor, second.due_date) == ("INV-2", date(2026, 1, 3), 750, None)
        assert first.raw == {"Number": "INV-1", "Customer": "C1", "Date": "2026-01-02T00:00:00", "Total": 55.94, "Due": "2026-02-01T12:00:00"}

    def test_an_id_typed_as_a_number_is_told_of_with_its_cell(self, tmp_path: Path) -> None:
        outcome = read_bytes(workbook(("Number", "Customer", "Date", "Total"), (1005, "C1", "2026-01-01", 1)), INVOICES, tmp_path, name="file.xlsx")
        assert outcome.only(InvoiceRecord).external_id == "1005"
        assert [(notice.place, notice.message) for notice in outcome.notices] == [
            ("file.xlsx line 2, column Number", "the id 1005 stands in a cell typed as a number: leading zeros would be lost")
        ]

    def test_an_id_of_more_digits_than_a_spreadsheet_keeps_is_refused(self, tmp_path: Path) -> None:
        outcome = read_bytes(
            workbook(("Number", "Customer", "Date", "Total"), (1234567890123456789, "C1", "2026-01-01", 1)), INVOICES, tmp_path, name="file.xlsx"
        )
        assert outcome.records == []
        assert "more than 15 digits" in outcome.refusals[0].reason

    def test_a_date_that_is_a_bare_number_is_refused(self, tmp_path: Path) -> None:
        outcome = read_bytes(workbook(("Number", "Customer", "Date", "Total"), ("1", "C1", 45000, 1)), INVOICES, tmp_path, name="file.xlsx")
        assert outcome.refusals[0].reason == "45000 is a number, not a date: format the column as dates, or export it as text"

    def test_of_several_sheets_one_must_be_declared(self, tmp_path: Path) -> None:
        content = workbook(("Number", "Customer", "Date", "Total"), ("1", "C1", "2026-01-01", 1), more_sheets=("Paid",))
        assert "file.xlsx has the sheets 'Open', 'Paid': declare sheet" in contract_error(content, tmp_path, name="file.xlsx")
        outcome = read_bytes(content, f'sheet = "Open"\n{INVOICES}', tmp_path, name="file.xlsx")
        assert ids(outcome) == ["1"]
        wrong = contract_error(content, tmp_path, mapping=f'sheet = "open"\n{INVOICES}', name="file.xlsx")
        assert "file.xlsx has no sheet 'open'; did you mean 'Open'?" in wrong

    def test_blank_rows_and_rows_before_the_header_are_passed_over(self, tmp_path: Path) -> None:
        content = workbook(("Open items",), (), ("Number", "Customer", "Date", "Total"), (), ("1", "C1", "2026-01-01", "x"))
        outcome = read_bytes(content, f"header_row = 3\n{INVOICES}", tmp_path, name="file.xlsx")
        assert outcome.refusals[0].place == "file.xlsx line 5, column Total"

    def test_a_row_wider_than_the_header_is_refused(self, tmp_path: Path) -> None:
        content = workbook(("Number", "Customer", "Date", "Total"), ("1", "C1", "2026-01-01", 1, "more"), ("2", "C1", "2026-01-01", 1))
        outcome = read_bytes(content, INVOICES, tmp_path, name="file.xlsx")
        assert ids(outcome) == ["2"]
        assert outcome.refusals[0].reason == "the line has 5 cells, the header has 4"
