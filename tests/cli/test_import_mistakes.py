"""What `dunwell import` and `dunwell rejected` say of mistakes: nothing is done, and the text names the place and the remedy."""

import pytest

from hub.model import SyncRun, table_of
from tests.cli.books import HEADER, MAPPING, with_books
from tests.console import Console


class TestWhatIsNotThere:
    @pytest.fixture
    def books(self, console: Console) -> Console:
        """On one database, for nothing reaches it."""
        return with_books(console)

    def test_a_file(self, books: Console) -> None:
        answer = books.run("import", "bocks.csv", "--mapping", "books.toml")
        assert (answer.code, answer.out, answer.err) == (2, "", f"there is no file or folder {books.folder / 'bocks.csv'}\n")
        assert books.rows(table_of(SyncRun)) == []

    def test_a_mapping_by_name(self, books: Console) -> None:
        answer = books.run("import", "books.csv", "--mapping", "ibm")
        assert (answer.code, answer.out) == (2, "")
        assert f"there is no mapping {books.folder / 'ibm'}; those that ship with the hub are bank-statement, " in answer.err

    def test_a_mapping_file(self, books: Console) -> None:
        answer = books.run("import", "books.csv", "--mapping", "bocks.toml")
        assert (answer.code, answer.out, answer.err) == (2, "", f"there is no mapping {books.folder / 'bocks.toml'}\n")

    def test_a_column(self, books: Console) -> None:
        books.write("books.toml", MAPPING.replace('"Total"', '"Totall"'))
        answer = books.run("import", "books.csv", "--mapping", "books.toml")
        assert (answer.code, answer.out) == (1, "")
        line = MAPPING.splitlines().index('fields.total = "Total"') + 1
        place = f"books.toml line {line}, key parts[2].fields.total"
        assert answer.err == f"books failed: books.csv has no column 'Totall', which {place} names; did you mean 'Total'?\n"

    def test_a_field(self, books: Console) -> None:
        books.write("books.toml", MAPPING.replace("fields.total", "fields.totel"))
        answer = books.run("import", "books.csv", "--mapping", "books.toml")
        assert answer.code == 2
        assert "key parts[2].fields.totel: unknown field 'totel'; did you mean 'total'?" in answer.err

    def test_a_connection_to_replay(self, books: Console) -> None:
        answer = books.run("rejected", "replay", "nobody")
        assert (answer.code, answer.err) == (2, "there is no connection 'nobody' (there is none)\n")

    def test_a_record_to_dismiss(self, books: Console) -> None:
        answer = books.run("rejected", "dismiss", "7")
        assert (answer.code, answer.err) == (2, "none of these is an open rejected record: 7\n")


class TestWhatCannotBe:
    def test_a_name_of_a_connection_that_is_a_path(self, console: Console) -> None:
        console.write("books.toml", MAPPING)
        answer = console.run("import", console.write("books.csv", HEADER), "--mapping", "books.toml", "--connection", "../x")
        assert (answer.code, answer.out) == (2, "")
        assert "'../x' is no name for a connection: use letters, digits" in answer.err

    def test_a_file_for_a_connection_that_reads_no_files(self, console: Console) -> None:
        settings = (console.folder / "plugins.toml").read_text()
        console.write("ledger.py", LEDGER)
        console.write("plugins.toml", settings + '[[plugins]]\nmodule = "ledger.py"\n[connections.books]\nconnector = "ledger"\nkind = "ACCOUNTING"\n')
        console.write("books.toml", MAPPING)
        answer = console.run("import", console.write("books.csv", HEADER), "--mapping", "books.toml")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err == "the connection 'books' reads from 'ledger', not from files: name another one for the import\n"

    @pytest.mark.parametrize(("option", "text"), [("--since", "2026-1-5"), ("--list-date", "5.1.2026"), ("--since", "2026-02-30")])
    def test_a_bad_value_is_told_with_the_name_of_its_option(self, console: Console, option: str, text: str) -> None:
        answer = console.run("import", "books.csv", "--mapping", "books.toml", option, text)
        assert (answer.code, answer.out) == (2, "")
        assert f"Invalid value for '{option}'" in answer.err
        assert text in " ".join(answer.err.split())


LEDGER = '''
"""A connector that reads no files."""
from hub.plugins import ConnectionKind, ConnectorFacts, Stream, StreamFacts, hookimpl

class Ledger:
    name = "ledger"
    title = "A ledger"
    kinds = (ConnectionKind.ACCOUNTING,)
    facts = ConnectorFacts(streams=(StreamFacts(Stream.INVOICES),))
    webhooks = None
    option_names = frozenset()

    def check_options(self, options, directory):
        return ()

    def open(self, context):
        raise NotImplementedError

@hookimpl
def hub_connectors():
    return [Ledger()]
'''
