"""Bad input: every broken row is refused with its place, and the rest goes on; a file that cannot be read says why."""

from pathlib import Path

import pytest

from hub.plugins import InvoiceRecord, SourceContractError, Stream
from tests.connectors.files.workbench import HEADER, INVOICES, contract_error, ids, read_bytes, read_options, read_text

GOOD = "1,C1,2026-01-01,10.00\n"
LAST = "9,C1,2026-01-01,90.00\n"


class TestBrokenRows:
    @pytest.mark.parametrize(
        ("row", "place", "reason"),
        [
            (",C1,2026-01-01,10.00", "file.csv line 3, column Number", "the cell is empty"),
            ("2,,2026-01-01,10.00", "file.csv line 3, column Customer", "the cell is empty"),
            ("2,C1,,10.00", "file.csv line 3, column Date", "the cell is empty"),
            (
                "2,C1,2026-02-30,10.00",
                "file.csv line 3, column Date",
                "'2026-02-30' is not a date in year-month-day order: the calendar has no day 30 in month 2 of 2026",
            ),
            ("2,C1,2026-01-01,", "file.csv line 3, column Total", "the amount is empty"),
            ("2,C1,2026-01-01,ten", "file.csv line 3, column Total", "'ten' is not an amount"),
            ("2,C1,2026-01-01,99999999999999999", "file.csv line 3, column Total", "'99999999999999999' EUR is outside the range of amounts"),
            ("2,C1,2026-01-01,-5", "file.csv line 3", "the total is negative"),
            ("2,C1,2026-01-01", "file.csv line 3", "the line has 3 cells, the header has 4"),
            ("2,C1,2026-01-01,10.00,x", "file.csv line 3", "the line has 5 cells, the header has 4"),
            ("2,C\x001,2026-01-01,10.00", "file.csv line 3", "the line has a NUL character"),
            (f"{'2' * 300},C1,2026-01-01,10.00", "file.csv line 3, column Number", "the text has 300 characters; 255 at most"),
            ('2,"C1"x,2026-01-01,10.00', "file.csv line 3", "the quotation marks are wrong"),
            ("1.2E+05,C1,2026-01-01,10.00", "file.csv line 3, column Number", "the id '1.2E+05' is in scientific notation"),
        ],
    )
    def test_a_broken_row_is_refused_with_its_place_and_the_rest_goes_on(self, row: str, place: str, *, reason: str, tmp_path: Path) -> None:
        outcome = read_text(f"{HEADER}{GOOD}{row}\n{LAST}", INVOICES, tmp_path)
        assert ids(outcome) == ["1", "9"]
        (refusal,) = outcome.refusals
        assert refusal.place == place
        assert refusal.reason.startswith(reason)

    def test_the_refusal_keeps_the_row_its_stream_and_its_id(self, tmp_path: Path) -> None:
        (refusal,) = read_text(HEADER + "2,C1,2026-01-01,ten\n", INVOICES, tmp_path).refusals
        assert refusal.raw == {"Number": "2", "Customer": "C1", "Date": "2026-01-01", "Total": "ten"}
        assert (refusal.stream, refusal.external_id, refusal.field) == (Stream.INVOICES, "2", "Total")

    def test_a_quotation_mark_that_never_closes_costs_one_line_only(self, tmp_path: Path) -> None:
        rows = "".join(f"{number},C1,2026-01-01,10.00\n" for number in range(10, 5000))
        outcome = read_text(f'{HEADER}1,"C1,2026-01-01,10.00\n{rows}', INVOICES, tmp_path)
        assert len(outcome.records) == 4990
        (refusal,) = outcome.refusals
        assert (refusal.place, refusal.raw) == ("file.csv line 2", {"text": '1,"C1,2026-01-01,10.00'})
        assert "quotation mark" in refusal.reason

    def test_a_quotation_mark_that_closes_in_a_later_row_costs_the_rows_it_spoils(self, tmp_path: Path) -> None:
        outcome = read_text(f'{HEADER}1,"C1,2026-01-01,10.00\n{GOOD}3,"C 3",2026-01-01,30.00\n{LAST}', INVOICES, tmp_path)
        assert ids(outcome) == ["1", "3", "9"]
        assert [refusal.place for refusal in outcome.refusals] == ["file.csv line 2"]

    def test_bytes_that_are_no_text_are_refused_with_their_line(self, tmp_path: Path) -> None:
        content = f"{HEADER}{GOOD}".encode() + b"2,M\xfcller,2026-01-01,20.00\n" + LAST.encode()
        outcome = read_bytes(content, INVOICES, tmp_path)
        assert ids(outcome) == ["1", "9"]
        (refusal,) = outcome.refusals
        assert (refusal.place, refusal.reason) == ("file.csv line 3", "the line has bytes that are not utf-8")
        assert refusal.raw == {"text": "2,M\\udcfcller,2026-01-01,20.00"}

    def test_an_unknown_currency_is_refused_with_its_column(self, tmp_path: Path) -> None:
        outcome = read_text(
            "Number,Customer,Date,Total,Cur\n1,C,2026-01-01,5,EURO\n2,C,2026-01-01,5,usd\n3,C,2026-01-01,5,\n", INVOICES + 'currency = "Cur"', tmp_path
        )
        assert [(one.external_id, one.currency) for one in outcome.of(InvoiceRecord)] == [("2", "USD"), ("3", "EUR")]
        assert outcome.refusals[0].place == "file.csv line 2, column Cur"

    def test_lines_are_counted_as_an_editor_does_across_cells_of_several_lines(self, tmp_path: Path) -> None:
        outcome = read_text(f'{HEADER}1,"C\n1\n",2026-01-01,10.00\n\n2,C1,2026-01-01,ten\n', INVOICES, tmp_path)
        assert outcome.only(InvoiceRecord).customer_external_id == "C\n1"
        assert outcome.refusals[0].place == "file.csv line 6, column Total"


class TestDelimitedText:
    def test_a_byte_order_mark_is_no_part_of_the_header(self, tmp_path: Path) -> None:
        assert ids(read_bytes(b"\xef\xbb\xbf" + f"{HEADER}{GOOD}".encode(), INVOICES, tmp_path)) == ["1"]

    @pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8", "latin-1"])
    def test_a_declared_encoding_is_used(self, encoding: str, tmp_path: Path) -> None:
        outcome = read_bytes(f"{HEADER}1,Müller,2026-01-01,1\n".encode(encoding), f'encoding = "{encoding}"\n{INVOICES}', tmp_path)
        assert outcome.only(InvoiceRecord).customer_external_id == "Müller"

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_kind_of_line_end_is_read(self, end: str, tmp_path: Path) -> None:
        assert ids(read_text(f"{HEADER}{GOOD}{LAST}".replace("\n", end), INVOICES, tmp_path)) == ["1", "9"]

    def test_a_last_line_without_end_counts(self, tmp_path: Path) -> None:
        assert ids(read_text((HEADER + GOOD + LAST).rstrip("\n"), INVOICES, tmp_path)) == ["1", "9"]

    def test_tab_separated_values_are_told_by_the_extension(self, tmp_path: Path) -> None:
        assert ids(read_text((HEADER + GOOD).replace(",", "\t"), INVOICES, tmp_path, name="file.tsv")) == ["1"]

    def test_a_declared_delimiter_quote_and_header_row_are_used(self, tmp_path: Path) -> None:
        text = "Open items\n\nNumber;Customer;Date;Total\n1;'C;1';2026-01-01;5\n"
        outcome = read_text(text, f"delimiter = ';'\nquote = \"'\"\nheader_row = 3\n{INVOICES}", tmp_path)
        assert outcome.only(InvoiceRecord).customer_external_id == "C;1"

    def test_without_quotation_marks_they_are_plain_text(self, tmp_path: Path) -> None:
        outcome = read_text(f'{HEADER}1,5" pipe,2026-01-01,5\n2,"x,2026-01-01,5\n', f"quote = ''\n{INVOICES}", tmp_path)
        assert [one.customer_external_id for one in outcome.of(InvoiceRecord)] == ['5" pipe', '"x']

    def test_declared_columns_serve_a_file_without_header(self, tmp_path: Path) -> None:
        assert ids(read_text(GOOD + LAST, f'columns = ["Number", "Customer", "Date", "Total"]\n{INVOICES}', tmp_path)) == ["1", "9"]

    def test_a_column_without_a_name_is_called_by_its_position(self, tmp_path: Path) -> None:
        outcome = read_text("," + HEADER + "77," + GOOD, INVOICES + 'location = "column 1"', tmp_path)
        assert outcome.only(InvoiceRecord).location == "77"

    def test_the_raw_row_is_kept_as_it_came(self, tmp_path: Path) -> None:
        outcome = read_text(HEADER + " 1 ,C1,2026-01-01,10.00\n", INVOICES, tmp_path)
        record = outcome.only(InvoiceRecord)
        assert record.external_id == "1"
        assert record.raw == {"Number": " 1 ", "Customer": "C1", "Date": "2026-01-01", "Total": "10.00"}

    def test_the_raw_row_can_be_left_out(self, tmp_path: Path) -> None:
        assert read_text(HEADER + GOOD, "keep_raw = false\n" + INVOICES, tmp_path).only(InvoiceRecord).raw is None


class TestFilesThatCannotBeRead:
    @pytest.mark.parametrize(
        ("content", "name", "message"),
        [
            (b"", "file.csv", "file.csv is empty: not even a header"),
            (b"\n\n", "file.csv", "file.csv has no header on line 1"),
            (b",,,\n", "file.csv", "file.csv has no header on line 1"),
            (b"Number,Total,Number\n", "file.csv", "file.csv line 1: the header has 'Number' more than once"),
            (b"PK\x03\x04abc", "file.csv", "file.csv is a spreadsheet or another zip archive, not CSV"),
            (b"\x1f\x8babc", "file.tsv", "file.tsv is compressed with gzip: unpack it, not TSV"),
            (b"\xd0\xcf\x11\xe0abc", "file.csv", "an old .xls workbook: save it as .xlsx"),
            ("Number".encode("utf-16"), "file.csv", "file.csv is written in UTF-16: declare encoding = 'utf-16'"),
            (b"Number,Total\n", "file.xlsx", "file.xlsx is not an .xlsx workbook"),
            (b"PK\x03\x04abc", "file.xlsx", "file.xlsx is not an .xlsx workbook that can be read"),
            (b"Number,Total\n", "file.jsonl", "file.jsonl is not JSON Lines"),
            (b"[1,2]\n", "file.jsonl", "file.jsonl is not JSON Lines"),
            (b"Number,Total\n", "file.dat", "file.dat: the extension does not tell the format; declare format"),
            (b"\xffNumber,Total\n", "file.csv", "the line has bytes that are not utf-8; declare the right encoding"),
        ],
    )
    def test_a_file_that_is_not_what_it_should_be_says_so(self, content: bytes, name: str, *, message: str, tmp_path: Path) -> None:
        assert message in contract_error(content, tmp_path, name=name)

    def test_a_missing_column_names_file_mapping_line_and_the_nearest_column(self, tmp_path: Path) -> None:
        message = contract_error(b"Number,Custmer,Date,Total\n1,C,2026-01-01,5\n", tmp_path)
        assert (
            message == "file.csv has no column 'Customer', which mapping.toml line 8, key parts[1].fields.customer_external_id names; did you mean 'Custmer'?"
        )

    def test_every_missing_column_is_named(self, tmp_path: Path) -> None:
        message = contract_error(b"Number,X\n1,C\n", tmp_path, mapping=INVOICES + 'due_date = { template = "{Y}-{M}-01" }')
        assert [line.split("'")[1] for line in message.splitlines()] == ["Customer", "Date", "Total", "Y", "M"]

    def test_a_wrong_delimiter_is_guessed_aloud(self, tmp_path: Path) -> None:
        message = contract_error(b"Number;Customer;Date;Total\n1;C;2026-01-01;5\n", tmp_path)
        assert message == "file.csv has one column only, 'Number;Customer;Date;Total': is the delimiter ';'? Declare delimiter in mapping.toml"

    def test_an_ambiguous_date_without_declared_order_stops_the_file(self, tmp_path: Path) -> None:
        message = contract_error((HEADER + "1,C,01/02/2026,5\n").encode(), tmp_path, mapping=INVOICES.replace('date_order = "YMD"', ""))
        assert message.startswith("file.csv line 2, column Date: the date '01/02/2026' may be day 01 of month 02 or month 01, day 02: declare `date_order`")

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "mapping.toml").write_text(INVOICES)
        with pytest.raises(SourceContractError, match=r"there is no file or folder .*nowhere\.csv"):
            read_options({"path": "nowhere.csv", "mapping": "mapping.toml"}, tmp_path)
