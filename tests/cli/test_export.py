"""`dunwell export`: the file appears whole or not at all, and the audit log tells of it."""

from pathlib import Path

import pytest

from hub.cli.opening import ExitCode
from hub.model import AuditEntry, BulkOperation, Customer, Invoice, table_of
from tests.cli.test_receivables import CONNECTION, INVOICES, MAPPING
from tests.console import SETTINGS, Console
from tests.schema.export.place import lines, table


@pytest.fixture
def filled(on_each: Console) -> Console:
    """A workspace with a few customers and invoices."""
    on_each.write("books.csv", INVOICES)
    on_each.write("books.toml", MAPPING)
    on_each.write("plugins.toml", SETTINGS + CONNECTION)
    on_each.run("sync").succeeded()
    return on_each


@pytest.mark.parametrize(("entity", "count"), [("customers", 4), ("contacts", 0), ("invoices", 5), ("credit-notes", 0), ("payments", 2)])
def test_everything_that_can_be_named_comes_out_in_both_forms(filled: Console, entity: str, count: int) -> None:
    filled.run("export", entity, "--output", "out.jsonl").succeeded()
    objects = lines((filled.folder / "out.jsonl").read_bytes())
    filled.run("export", entity, "--output", "out.CSV").succeeded()
    rows = table((filled.folder / "out.CSV").read_bytes())
    assert (len(objects), len(rows)) == (count, count + 1)
    assert {"id", "updatedAt"} <= set(rows[0])


def test_a_condition_chooses(filled: Console) -> None:
    filled.run("export", "invoices", "--where", "{isOpen: true}", "--format", "jsonl", "--output", "open").succeeded()
    objects = lines((filled.folder / "open").read_bytes())
    assert all(found["isOpen"] for found in objects)
    assert len(objects) < len(filled.rows(table_of(Invoice)))


def test_a_query_says_what_and_json_tells_what_was_written(filled: Console) -> None:
    filled.write("names.graphql", "query Names { customers(orderBy: [{field: NAME}]) { nodes { name } } }")
    answer = filled.run("export", "--query", "names.graphql", "--output", "names.jsonl", "--json").succeeded()
    content = (filled.folder / "names.jsonl").read_bytes()
    assert [found["name"] for found in lines(content)] == ["Ada", "Bo", "Cy", "Di"]
    assert (answer.document["objectCount"], answer.document["byteSize"]) == (len(filled.rows(table_of(Customer))), len(content))


def test_the_audit_log_tells_of_it(filled: Console) -> None:
    filled.run("export", "customers", "--output", "customers.jsonl").succeeded()
    [entry] = filled.rows(table_of(AuditEntry))
    [operation] = filled.rows(table_of(BulkOperation))
    assert (entry["actor"], entry["action"], entry["entity_id"]) == ("local administrator", "bulkExport", operation["id"])
    assert entry["changes"] == {"status": [None, "COMPLETED"], "objectCount": [None, 4]}
    assert operation["query"].startswith("{ customers { nodes { ")


def test_a_file_is_never_replaced_without_being_told_to(filled: Console) -> None:
    path = filled.write("out.jsonl", "mine")
    refused = filled.run("export", "customers", "--output", "out.jsonl")
    assert (refused.code, path.read_text()) == (ExitCode.BAD_REQUEST, "mine")
    assert "--force" in refused.err
    filled.run("export", "customers", "--output", "out.jsonl", "--force").succeeded()
    assert len(lines(path.read_bytes())) == 4
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("invoices", "--where", "{isOpen: "), "is no condition"),
        (("invoices", "--where", "{nothing: true}"), "nothing"),
        (("invoices", "--where", "1} ) { nodes { id } } x: customers(where: {}"), "is no condition"),
        (("--query", "bad.graphql"), "`nodes`, or `edges` with `node`"),
        (("--query", "bytes.graphql"), "not UTF-8"),
        (("--query", "absent.graphql"), "absent.graphql"),
        (("--query", "bad.graphql", "--where", "{}"), "--where"),
        ((), "name what to export"),
        (("invoices", "--query", "bad.graphql"), "name what to export"),
        (("loans",), "loans"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(console: Console, arguments: tuple[str, ...], words: str) -> None:
    console.write("bad.graphql", "{ invoices { totalCount } }")
    (console.folder / "bytes.graphql").write_bytes(b"\xff")
    before = sorted(found.name for found in console.folder.iterdir())
    answer = console.run("export", *arguments, "--output", "out.jsonl")
    assert answer.code != ExitCode.DONE
    assert words in answer.err
    assert [found for found in sorted(found.name for found in console.folder.iterdir()) if found not in {*before, "var"}] == []


def test_a_link_that_leads_nowhere_is_something_too(console: Console) -> None:
    (console.folder / "out").symlink_to("absent")
    assert console.run("export", "customers", "--output", "out").code == ExitCode.BAD_REQUEST
    assert not (console.folder / "absent").exists()


def test_a_folder_is_no_place_for_a_file(console: Console) -> None:
    (console.folder / "out").mkdir()
    assert "it is no file" in console.run("export", "customers", "--output", "out", "--force").err
    assert console.run("export", "customers", "--output", str(Path("absent") / "out.jsonl")).code == ExitCode.FAILED
