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


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
EXPANDING = '<!DOCTYPE a [<!ENTITY a "' + "<c/>" * 1_000 + '"><!ENTITY b "' + "&a;" * 200 + '">]>'


def with_part(name: str, text: str) -> bytes:
    """A workbook in which the part of this name has this text, whether it had one or not."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("Number", "Customer", "Date", "Total")))) as book, zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in book.namelist():
            archive.writestr(part, book.read(part) if part != name else text)
        if name not in book.namelist():
            archive.writestr(name, text)
    return packed.getvalue()


def with_row(content: str) -> bytes:
    """A workbook whose sheet has, after its header, a row of this content on line 7."""
    with zipfile.ZipFile(io.BytesIO(workbook(("Number", "Customer", "Date", "Total")))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    return with_part("xl/worksheets/sheet1.xml", sheet.replace("</sheetData>", f'<row r="7">{content}</row></sheetData>'))


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

    @pytest.mark.parametrize(
        ("part", "text"),
        [
            ("xl/worksheets/sheet1.xml", f'<worksheet {MAIN}><sheetData><row r="1">&b;</row></sheetData></worksheet>'),
            ("xl/sharedStrings.xml", f"<sst {MAIN}><si><t>&b;</t></si></sst>"),
            ("any/name", "<a/>"),
        ],
        ids=["a sheet", "shared strings", "another part"],
    )
    def test_a_part_that_could_expand_is_refused_with_its_place(self, tmp_path: Path, part: str, text: str) -> None:
        error = contract_error(with_part(part, f'<?xml version="1.0"?>\n{EXPANDING}{text}'), tmp_path, name="open.xlsx")
        assert error == f"open.xlsx, {part}, line 2: it declares a document type, which no workbook does: save it as CSV"

    def test_a_row_within_a_row_is_refused(self, tmp_path: Path) -> None:
        sheet = with_row(("<c/>" * 16_000 + "<row/>") * 2)
        assert "sheet1.xml, line 7: it has a row within a row, which no spreadsheet has" in contract_error(sheet, tmp_path, name="open.xlsx")

    def test_what_is_read_as_a_cell_counts_whatever_its_name(self, tmp_path: Path) -> None:
        assert "line 7: it has more than 16,384 cells" in contract_error(with_row("<x/>" * 16_385), tmp_path, name="open.xlsx")

    @pytest.mark.parametrize("place", ["{}<row/>", "{}"], ids=["before the rows", "no rows"])
    def test_very_many_elements_outside_rows_are_refused(self, tmp_path: Path, place: str) -> None:
        sheet = f"<worksheet {MAIN}><sheetData>{place.format('<x/>' * 1_000_000)}</sheetData></worksheet>"
        error = contract_error(with_part("xl/worksheets/sheet1.xml", sheet), tmp_path, name="open.xlsx")
        assert error == "open.xlsx, xl/worksheets/sheet1.xml: it has more than 1,000,000 elements outside its rows: save it as CSV"

    @pytest.mark.parametrize(
        "rows", ["<row/>" * 1_048_577, '<row r="1048577"/>', '<row r="1e300"/>', '<row r="nan"/>', '<row r="x"/>'], ids=["many", "far", "e", "nan", "none"]
    )
    def test_rows_beyond_those_of_a_spreadsheet_are_refused(self, tmp_path: Path, rows: str) -> None:
        sheet = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
        error = contract_error(with_part("xl/worksheets/sheet1.xml", sheet), tmp_path, name="open.xlsx")
        assert error == "open.xlsx, xl/worksheets/sheet1.xml: it has a row beyond the 1,048,576 that a spreadsheet has: save it as CSV"

    @pytest.mark.parametrize(
        ("part", "text"),
        [
            ("xl/calcChain.xml", f"<calcChain {MAIN}>" + '<c r="A1"/>' * 16_385 + "</calcChain>"),
            ("xl/sharedStrings.xml", f"<sst {MAIN}>" + "<si><t/></si>" * 600_000 + "</sst>"),
            ("customXml/item1.xml", '<?xml version="1.0" encoding="gbk"?><a/>'),
            ("customXml/item1.xml", '<?xml version="1.0" encoding="none"?><a/>'),
            ("xl/media/image1.png", "no XML"),
        ],
        ids=["many formulas", "many texts", "long letters", "unknown letters", "no XML"],
    )
    def test_other_parts_of_a_workbook_stop_nothing(self, tmp_path: Path, part: str, text: str) -> None:
        (tmp_path / "open.xlsx").write_bytes(with_part(part, text))
        with (tmp_path / "open.xlsx").open("rb") as opened:
            refuse_bombs(opened, DataFile(tmp_path / "open.xlsx", "open.xlsx"))
            assert opened.tell() == 0

    def test_names_of_another_form_hide_nothing(self, tmp_path: Path) -> None:
        sheet = f'<x:worksheet {MAIN.replace("=", ":x=", 1)}><x:sheetData><x:row r="7">{"<x:c/>" * 16_385}</x:row></x:sheetData></x:worksheet>'
        error = contract_error(with_part("xl/worksheets/sheet1.xml", sheet), tmp_path, name="open.xlsx")
        assert "line 7: it has more than 16,384 cells" in error

    @pytest.mark.parametrize("text", ["<workbook>", "<x:workbook/>", '<?xml version="1.0" encoding="none"?><a/>'], ids=["no end", "a prefix", "letters"])
    def test_a_damaged_workbook_is_refused(self, tmp_path: Path, text: str) -> None:
        error = contract_error(with_part("xl/workbook.xml", text), tmp_path, name="open.xlsx")
        assert error.startswith("open.xlsx is not an .xlsx workbook that can be read")

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
