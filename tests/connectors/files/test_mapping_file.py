import tomllib
from pathlib import Path
from typing import Any

import pytest

from connectors.files.mapping_file import MappingError, load_mapping, read_mapping
from connectors.files.options import EXAMPLES
from connectors.files.plugin import FilesConnector
from tests.connectors.files.workbench import INVOICES


def problems_of(text: str, directory: Path) -> list[str]:
    path = directory / "open.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    return list(caught.value.problems)


PAYMENT = '[[parts]]\nrecord = "payment"\nfields.external_id = "P"\n'


def invoices(before: str = "", after: str = "") -> str:
    return before + INVOICES + after


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (invoices('curency = "EUR"\n'), "open.toml line 1, key curency: unknown key 'curency'; did you mean 'currency'?"),
        (invoices(after='totl = "Total"\n'), "open.toml line 11, key parts[1].fields.totl: unknown field 'totl'; did you mean 'total'?"),
        (
            invoices(after='due_date = { colum = "Due" }\n'),
            "line 11, key parts[1].fields.due_date.colum: unknown key 'colum'; did you mean 'column'?",
        ),
        (invoices(after='[[parts]]\nrecord = "invoce"\n'), "open.toml line 12, key parts[2].record: unknown kind of record 'invoce'; did you mean 'invoice'?"),
        (
            invoices(after='[[parts]]\nrecord = "payment"\nfields.external_id = "P"\n'),
            "open.toml line 13, key parts[2].fields: a payment needs customer_external_id and amount and payment_date",
        ),
        (invoices('encoding = "utf-9"\n'), "open.toml line 1, key encoding: unknown encoding 'utf-9'"),
        (invoices('time_zone = "Europe/Berln"\n'), "open.toml line 1, key time_zone: unknown time zone 'Europe/Berln'"),
        (invoices('delimiter = ";;"\n'), "open.toml line 1, key delimiter: ';;' must be one character"),
        (invoices('thousands = "."\n'), "open.toml line 1, key thousands: decimal and thousands cannot be the same sign"),
        (invoices('date_formats = ["%d.%m."]\n'), "line 1, key date_formats: '%d.%m.' does not tell day, month and year"),
        (invoices(after='due_date = { column = "D", date_formats = ["%Y-%W"] }\n'), "'%Y-%W' does not tell day, month and year"),
        (invoices("header_row = 0\n"), "open.toml line 1, key header_row: lines are counted from 1"),
        (invoices('header_row = "x"\n'), "open.toml line 1, key header_row: Expected `int`, got `str`"),
        (invoices('meaning = "full"\n'), "open.toml line 1, key meaning: Invalid enum value 'full'"),
        (invoices('[order]\nname_pattern = "(x"\n'), "open.toml line 2, key order.name_pattern: the pattern cannot be read"),
        (invoices('[order]\nname_pattern = "open-\\\\d+"\n'), "key order.name_pattern: the pattern needs a group (?P<sequence>…)"),
        (invoices(after="due_date = 5\n"), "key parts[1].fields.due_date: 5 is neither the name of a column nor a table"),
        (
            invoices(after='due_date = { column = "D", value = "2026-01-01" }\n'),
            "exactly one of column, columns, value, template, sum is needed; given: column and",
        ),
        (invoices(after="due_date = { width = 5 }\n"), "given: none"),
        (invoices(after='due_date = { column = "D", width = 5 }\n'), "width does not fit a field of this kind (date)"),
        (invoices(after='due_date = { column = "D", sign = "negate" }\n'), "sign does not fit a field of this kind (date)"),
        (invoices(after='number = { column = "N", lost_zeros = "report" }\n'), "lost_zeros needs a width"),
        (invoices(after='number = { column = "N", width = 0 }\n'), "width must lie between 1 and 64"),
        (invoices(after='number = { column = "N", type = "text" }\n'), "type is for custom fields; this field has its own"),
        (invoices(after='location = { column = "N", otherwise = "x" }\n'), "otherwise needs a map"),
        (invoices(after='location = { column = "N", separator = "x" }\n'), "separator is for columns that are joined"),
        (invoices(after='location = { template = "{a" }\n'), "the template cannot be read"),
        (invoices(after='location = { template = "abc" }\n'), "the template names no {column}"),
        (invoices(after='location = { sum = "lines" }\n'), "sum does not fit a field of this kind (text)"),
        (invoices(after='balance = { sum = "lines" }\n'), "balance of an invoice cannot be the sum of lines"),
        (invoices(after='[[parts.allocations]]\namount = "A"\n'), "an invoice has no allocations"),
        (invoices(after='[[parts.lines]]\nitem_name = "A"\n'), "open.toml line 11, key parts[1].lines[1]: lines need amount"),
        (invoices(after='[[parts.due_parts]]\namnt = "A"\n'), "unknown field 'amnt'; did you mean 'amount'?"),
        (invoices(after='[parts.when]\nequals = "x"\n'), "key parts[1].when: Object missing required field `column`"),
        (invoices(after='[parts.when]\ncolumn = "x"\n'), "the condition says nothing"),
        (invoices(after='[parts.when]\ncolumn = "x"\nis = 1\n'), "unknown key 'is'"),
        ('currency = "EUR"\n', "open.toml: no [[parts]]"),
        ('currency = "EURO"\n', "unknown currency code 'EURO'"),
        (INVOICES.replace('currency = "EUR"', ""), "an invoice needs a currency"),
        ("parts = 5", "key parts: Expected `array`, got `int`"),
        ("a = ", "open.toml is not TOML: Invalid value (at end of document)"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(text: str, problem: str, tmp_path: Path) -> None:
    found = problems_of(text, tmp_path)
    assert any(problem in one for one in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = problems_of(invoices('curency = "EUR"\nencodin = "x"\n', 'totl = "Total"\n'), tmp_path)
    assert len(found) == 3


@pytest.mark.parametrize(
    ("record", "addition", "problem"),
    [
        ("invoice", 'meaning = "full_open_list"', None),
        ("credit_note", 'meaning = "full_open_list"', "a full_open_list lists open invoices"),
        ("invoice", 'format = "csv"', None),
    ],
)
def test_a_full_list_needs_invoices(record: str, addition: str, problem: str | None) -> None:
    table: dict[str, Any] = tomllib.loads(f"{addition}\n{INVOICES}".replace('"invoice"', f'"{record}"'))
    if problem is None:
        read_mapping(table, source="inline", name="inline")
        return
    with pytest.raises(MappingError, match=problem):
        read_mapping(table, source="inline", name="inline")


def test_nested_lists_need_json_lines() -> None:
    table = tomllib.loads(INVOICES + '[[parts.lines]]\neach = "lines"\namount = "amount"\n')
    with pytest.raises(MappingError, match="each is for the nested lists of JSON Lines"):
        read_mapping({"format": "csv", **table}, source="inline", name="inline")


@pytest.mark.parametrize(
    "addition",
    ['due_date = { value = "31/12/2026" }', 'document_type = { value = "BILL" }', 'is_disputed = { column = "X", default = "perhaps" }'],
    ids=["date", "choice", "default"],
)
def test_a_constant_that_does_not_fit_stops_before_any_row(addition: str, tmp_path: Path) -> None:
    path = tmp_path / "open.toml"
    path.write_text(INVOICES + addition, encoding="utf-8")
    problems = FilesConnector().check_options({"path": "open.csv", "mapping": "open.toml"}, tmp_path)
    assert len(problems) == 1
    assert "open.toml line 11, key parts[1].fields." in problems[0]


def test_the_digest_changes_with_the_meaning_and_not_with_comments() -> None:
    def digest(text: str) -> str:
        return read_mapping(tomllib.loads(text), source="inline", name="inline").digest

    assert digest(INVOICES) == digest("# a comment\n" + INVOICES)
    assert digest(INVOICES) != digest(INVOICES.replace('"Total"', '"Net"'))


def test_every_shipped_mapping_can_be_used() -> None:
    paths = sorted(EXAMPLES.rglob("*.toml"))
    assert len(paths) >= 8
    names = [load_mapping(path).name for path in paths if path.name != "plugins.toml"]
    assert len(names) == len(set(names))
