"""`docs/files.md` explains every key that the loader knows and every field that a mapping may fill, and its examples work."""

import re
import tomllib
from pathlib import Path

import pytest

from connectors.files.mapping_file import read_mapping
from connectors.files.mapping_model import CellTable, FileTable, ItemsTable, OrderTable, PartTable, WhenTable
from connectors.files.options import EXAMPLES, OPTION_NAMES
from connectors.files.record_fields import RECORDS

TEXT = (Path(__file__).parents[3] / "docs" / "files.md").read_text(encoding="utf-8")
TABLES = [FileTable, PartTable, WhenTable, ItemsTable, CellTable]


def section(title: str) -> str:
    """The text below a heading, up to the next heading of any level."""
    return TEXT.partition(f" {title}\n")[2].partition("\n#")[0]


SECTIONS = {FileTable: "Keys at the top", PartTable: "Parts", WhenTable: "Conditions", ItemsTable: "Lines, due parts, allocations", CellTable: "Cells"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_key_stands_in_its_table_and_no_other(table: type[FileTable]) -> None:
    cells = re.findall(r"^\| (`[^|]*`) \|", section(SECTIONS[table]), re.MULTILINE)
    documented = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert documented == set(table.__struct_fields__)


def test_every_key_of_the_order_is_explained() -> None:
    assert {f"order.{key}" for key in OrderTable.__struct_fields__} == set(re.findall(r"`(order\.\w+)`:", section("The order of files")))


def test_every_option_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", section("Options of a connection"), re.MULTILINE)) == OPTION_NAMES


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_is_listed_and_the_required_ones_in_bold(name: str) -> None:
    always = {"source_version", "source_updated_at", "url"}
    row = next(line for line in section("Fields").splitlines() if line.startswith(f"| `{name}` |")).partition("|")[2].partition("|")[2]
    fields = RECORDS[name].fields
    assert set(re.findall(r"`(\w+)`", row)) == set(fields) - always
    assert set(re.findall(r"\*\*`(\w+)`\*\*", row)) == {field.name for field in fields.values() if field.is_required}


@pytest.mark.parametrize("list_name", ["lines", "due_parts", "allocations"])
def test_every_field_of_an_item_is_listed(list_name: str) -> None:
    row = next(line for line in section("Fields").splitlines() if f"`{list_name}` |" in line)
    shape = next(shape.items[list_name] for shape in RECORDS.values() if list_name in shape.items)
    assert set(re.findall(r"`(\w+)`", row)) - {list_name} == set(shape.fields)


def test_every_shipped_mapping_is_listed() -> None:
    listed = section("The smallest mapping")
    assert all(f"`{path.stem}`" in listed for path in EXAMPLES.glob("*.toml"))


def test_the_examples_can_be_used() -> None:
    for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL):
        table = tomllib.loads(block)
        if "parts" in table:
            read_mapping({"currency": "EUR", **table}, source="docs/files.md", name="example")


@pytest.mark.parametrize("example", re.findall(r"`(\{ .*? \})` \|$", section("Cells"), re.MULTILINE))
def test_the_example_of_every_key_of_a_cell_is_toml(example: str) -> None:
    (cell,) = tomllib.loads(f"cell = {example}").values()
    assert set(cell) <= set(CellTable.__struct_fields__)
