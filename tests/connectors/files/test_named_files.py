"""Files that are not called as their paths say, mappings that are no files, and workbooks that unpack to far too much."""

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from connectors.files.data_file import DataFile
from connectors.files.findings import FileContractError
from connectors.files.plugin import FilesConnector
from connectors.files.workbook_limits import refuse_bombs
from tests.connectors.files.workbench import HEADER, INVOICES, contract_error, ids, read_options, workbook

ROW = "I1,C1,2026-01-02,10.00\n"
UNPACKED = 60_000_000


def uploaded(directory: Path, content: bytes, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - values of options
    """The options of a file that lies under a number."""
    (directory / "17").write_bytes(content)
    return {"path": "17", "mapping_text": INVOICES, "mapping_name": "open.toml"} | options


class TestNames:
    @pytest.mark.parametrize("name", ["open.csv", "../../etc/open.csv", "OPEN.CSV", "opén items.csv"])
    def test_the_name_tells_the_format_and_is_never_opened(self, tmp_path: Path, name: str) -> None:
        assert ids(read_options(uploaded(tmp_path, (HEADER + ROW).encode(), name=name), tmp_path)) == ["I1"]

    def test_a_workbook_is_read_whatever_its_path_says(self, tmp_path: Path) -> None:
        content = workbook(("Number", "Customer", "Date", "Total"), ("I1", "C1", "2026-01-02", "10.00"))
        assert ids(read_options(uploaded(tmp_path, content, name="open.xlsx"), tmp_path)) == ["I1"]

    def test_places_have_the_name(self, tmp_path: Path) -> None:
        outcome = read_options(uploaded(tmp_path, (HEADER + "I1,C1,nonsense,10.00\n").encode(), name="open.csv"), tmp_path)
        assert outcome.refusals[0].place == "open.csv line 2, column Date"

    def test_the_order_is_read_from_the_name(self, tmp_path: Path) -> None:
        (tmp_path / "order.toml").write_text('order.name_pattern = "open-(?P<sequence>[0-9]+)"\n' + INVOICES)
        options = uploaded(tmp_path, (HEADER + ROW).encode(), name="open-7.csv", mapping="order.toml")
        del options["mapping_text"], options["mapping_name"]
        assert ids(read_options(options, tmp_path)) == ["I1"]
        options["name"] = "open.csv"
        with pytest.raises(Exception, match=r"open\.csv does not fit order\.name_pattern"):
            read_options(options, tmp_path)


class TestMappings:
    def test_a_text_has_the_places_of_its_file(self, tmp_path: Path) -> None:
        options = uploaded(tmp_path, b"", name="open.csv", mapping_text=INVOICES + 'totl = "Total"\n')
        [problem] = FilesConnector().check_options(options, tmp_path)
        assert problem.startswith("open.toml line 11, key parts[1].fields.totl: unknown field 'totl'")

    def test_a_text_that_is_no_toml_is_refused(self, tmp_path: Path) -> None:
        [problem] = FilesConnector().check_options(uploaded(tmp_path, b"", name="open.csv", mapping_text="a ="), tmp_path)
        assert problem.startswith("open.toml is not TOML")

    def test_a_text_that_nests_too_deep_is_refused(self, tmp_path: Path) -> None:
        text = "a = " + "[" * 100_000
        [problem] = FilesConnector().check_options(uploaded(tmp_path, b"", name="open.csv", mapping_text=text), tmp_path)
        assert "open.toml" in problem

    @pytest.mark.parametrize("name", ["open", "/etc/passwd", "../files/examples/open-invoices", "open-invoices.toml", "workspace/customers", ""])
    def test_only_what_ships_with_the_hub_has_a_name(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "open").write_text(INVOICES, encoding="utf-8")
        options = {"path": "17", "name": "open.csv", "shipped_mapping": name}
        assert FilesConnector().check_options(options, tmp_path)

    def test_what_ships_with_the_hub_can_be_named(self, tmp_path: Path) -> None:
        assert not FilesConnector().check_options({"path": "17", "name": "open.csv", "shipped_mapping": "open-invoices"}, tmp_path)

    def test_two_mappings_are_refused(self, tmp_path: Path) -> None:
        [problem] = FilesConnector().check_options(uploaded(tmp_path, b"", shipped_mapping="open-invoices"), tmp_path)
        assert problem == "options: one of mapping, shipped_mapping, mapping_text, not several"


CELLS = {"bare": "<c/>", "with values": '<c t="n"><v>1</v></c>'}


def with_row(content: str, *, prefix: str = "") -> bytes:
    """A workbook whose sheet has, after its header, a row of this content on line 7."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("Number", "Customer", "Date", "Total")))) as book, zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in book.infolist():
            text = book.read(part)
            if part.filename.startswith("xl/worksheets/"):
                text = text.replace(b"</sheetData>", f'<row r="7">{content}</row></sheetData>'.encode())
            archive.writestr(part, text.replace(b"<c", f"<{prefix}c".encode()).replace(b"</c", f"</{prefix}c".encode()) if prefix else text)
    return packed.getvalue()


class TestBombs:
    @pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
    def test_a_row_of_more_cells_than_a_spreadsheet_has_is_refused_with_its_place(self, tmp_path: Path, cell: str) -> None:
        error = contract_error(with_row(cell * 16_385), tmp_path, name="open.xlsx")
        assert error == "open.xlsx, xl/worksheets/sheet1.xml, line 7: it has more than 16,384 cells, which no spreadsheet has: save it as CSV"

    def test_a_row_is_refused_without_being_built(self, tmp_path: Path) -> None:
        (tmp_path / "open.xlsx").write_bytes(with_row("<c/>" * 3_000_000))
        tracemalloc.start()
        try:
            with pytest.raises(FileContractError), (tmp_path / "open.xlsx").open("rb") as opened:
                refuse_bombs(opened, DataFile(tmp_path / "open.xlsx", "open.xlsx"))
            assert tracemalloc.get_traced_memory()[1] < 10_000_000
        finally:
            tracemalloc.stop()

    def test_names_of_another_form_hide_nothing(self, tmp_path: Path) -> None:
        sheet = with_row("<c/>" * 16_385, prefix="x:")
        assert "line 7: it has more than 16,384 cells" in contract_error(sheet, tmp_path, name="open.xlsx")

    def test_one_cell_of_very_many_parts_is_refused(self, tmp_path: Path) -> None:
        sheet = with_row('<c t="inlineStr"><is>' + "<r/>" * 1_000_001 + "</is></c>")
        assert "line 7: its cells have more than 1,000,000 parts" in contract_error(sheet, tmp_path, name="open.xlsx")

    def test_as_many_cells_as_a_spreadsheet_has_are_read(self, tmp_path: Path) -> None:
        content = '<c t="str"><v>I1</v></c><c t="str"><v>C1</v></c><c t="str"><v>2026-01-02</v></c><c><v>10</v></c>' + "<c/>" * 16_380
        assert ids(read_options(uploaded(tmp_path, with_row(content), name="open.xlsx"), tmp_path)) == ["I1"]

    def test_a_workbook_that_unpacks_to_far_too_much_is_refused(self, tmp_path: Path) -> None:
        packed = io.BytesIO(workbook(("Number", "Customer", "Date", "Total")))
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet2.xml", b" " * UNPACKED)
        error = contract_error(packed.getvalue(), tmp_path, name="open.xlsx")
        assert error.startswith("open.xlsx unpacks to 60,")

    def test_a_workbook_of_very_many_parts_is_refused(self, tmp_path: Path) -> None:
        packed = io.BytesIO(workbook(("Number", "Customer", "Date", "Total")))
        with zipfile.ZipFile(packed, "a") as archive:
            for number in range(10_001):
                archive.writestr(f"xl/media/{number}", b"")
        assert "parts, which no workbook of receivables does" in contract_error(packed.getvalue(), tmp_path, name="open.xlsx")
