"""`dunwell db upgrade` and `dunwell doctor`."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.model import CustomerFigures, table_of
from hub.store.engine import Store
from hub.store.migrate import head_revision
from tests.console import SETTINGS, Answer, Console

MAPPING = """
currency = "EUR"
[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Customer"
[[parts]]
record = "invoice"
fields.external_id = "Number"
fields.customer_external_id = "Customer"
fields.document_date = "Date"
fields.total = "Total"
"""
INVOICES = "Number,Customer,Date,Total\n1,Ada,2026-01-02,10.00\n"


def execute(console: Console, statement: str) -> None:
    store = Store(console.url)
    try:
        with store.write() as connection:
            connection.execute(sa.text(statement))
    finally:
        store.dispose()


class TestUpgrade:
    def test_makes_every_table_in_an_empty_database(self, empty: Console) -> None:
        answer = empty.run("db", "upgrade").succeeded()
        assert (answer.out, answer.err) == ("", f"the database is at schema revision {head_revision()} (before: no schema)\n")
        assert empty.rows(table_of(CustomerFigures)) == []

    def test_leaves_a_database_that_is_up_to_date_alone(self, on_each: Console) -> None:
        before = on_each.digest()
        assert on_each.run("db", "upgrade").succeeded().err == f"the database is at schema revision {head_revision()} (before: {head_revision()})\n"
        assert on_each.digest() == before

    def test_refuses_a_database_of_a_newer_version(self, on_each: Console) -> None:
        execute(on_each, "UPDATE alembic_version SET version_num = '9999'")
        answer = on_each.run("db", "upgrade")
        assert (answer.code, answer.out) == (1, "")
        assert answer.err == "the database is at schema revision 9999, which this version of Dunwell does not know: install the newer version\n"

    def test_a_server_that_is_not_there_is_told_without_its_password(self, console: Console) -> None:
        answer = console.run("db", "upgrade", DUNWELL_DATABASE_URL="postgresql://ada:hush@127.0.0.1:1/books")
        assert (answer.code, answer.out) == (1, "")
        assert "the database at postgresql://ada:***@127.0.0.1:1/books cannot be opened: " in answer.err
        assert "hush" not in answer.err

    @pytest.mark.parametrize("command", [("db", "upgrade"), ("receivables",), ("doctor",)], ids=" ".join)
    def test_a_file_that_is_no_database_is_told(self, console: Console, command: tuple[str, ...]) -> None:
        console.write("books.db", "Number,Customer\n" * 100)
        answer = console.run(*command, DUNWELL_DATABASE_URL="sqlite:///books.db")
        assert answer.code == 1
        assert "file is not a database" in answer.out + answer.err

    def test_a_folder_that_cannot_be_made_is_told(self, console: Console) -> None:
        console.write("taken", "")
        answer = console.run("receivables", DUNWELL_DATABASE_URL="", DUNWELL_VAR="taken")
        assert (answer.code, answer.out) == (1, "")
        assert answer.err == f"{console.folder / 'taken'}: File exists\n"


class TestDoctor:
    @pytest.fixture
    def books(self, on_each: Console) -> Console:
        on_each.write("books.toml", MAPPING)
        on_each.write("books.csv", INVOICES)
        on_each.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        return on_each

    def test_finds_a_sound_hub_well_and_tells_people_the_same(self, books: Console) -> None:
        answer = books.run("doctor", "--json").succeeded()
        assert answer.err == ""
        assert {found["check"] for found in answer.document if found["isWell"] is not True} == set()
        assert findings(answer)["kept figures"] == "those of every customer agree with the formulas"
        assert findings(answer)["last runs"] == "every connection's last run succeeded"

        shown = books.run("doctor").succeeded().out
        assert "NOT WELL" not in shown
        assert [line for line in shown.splitlines() if line.startswith("kept figures") and " well " in line]

    def test_an_empty_hub_has_nothing_broken(self, console: Console) -> None:
        answer = console.run("doctor", "--json").succeeded()
        assert findings(answer)["settings"] == "connections: there is none"
        assert findings(answer)["data as of"] == "nothing has been read yet"

    def test_finds_kept_figures_that_the_formulas_do_not_give(self, books: Console) -> None:
        execute(books, "UPDATE customer_figures SET outstanding_minor = 999")
        answer = books.run("doctor", "--json")
        assert answer.code == 1
        [sick] = [found for found in answer.document if found["isWell"] is False]
        assert sick["check"] == "kept figures"
        assert "kept 999, computed 1000" in sick["text"]

    def test_shows_what_waits_for_a_person_without_failing(self, books: Console) -> None:
        books.write("books.csv", INVOICES + "2,Ada,someday,10.00\n")
        books.run("import", "books.csv", "--mapping", "books.toml")
        books.write("books.toml", MAPPING.replace('"Date"', '"Day"'))
        books.run("import", "books.csv", "--mapping", "books.toml")
        answer = books.run("doctor", "--json").succeeded()
        looks = {found["check"] for found in answer.document if found["isWell"] is None}
        assert looks == {"last runs", "rejected records"}
        assert findings(answer)["rejected records"] == "1 open (`dunwell rejected list`)"
        assert findings(answer)["last runs"].startswith("books: FAILED (books.csv has no column 'Day'")

    def test_a_database_without_tables_is_not_well(self, empty: Console) -> None:
        answer = empty.run("doctor", "--json")
        assert answer.code == 1
        assert answer.document == [{"check": "database", "isWell": False, "text": "the database has no tables yet: run `dunwell db upgrade`"}]

    def test_a_broken_reference_in_a_file_is_not_well(self, console: Console) -> None:
        path = Path(console.url.removeprefix("sqlite:///"))
        with closing(sa.create_engine(f"sqlite:///{path}").raw_connection()) as raw:
            raw.cursor().execute("INSERT INTO dirty_customer (customer_id) VALUES (77)")
            raw.commit()
        answer = console.run("doctor", "--json")
        assert answer.code == 1
        assert findings(answer)["file integrity"] == "ok; 1 broken references"

    def test_settings_that_cannot_be_used_are_told_in_words(self, console: Console) -> None:
        console.write("plugins.toml", SETTINGS.replace("EUR", "EURO"))
        answer = console.run("doctor", "--json")
        assert (answer.code, answer.out) == (3, "")
        assert answer.err.startswith("plugins.toml line 4, workspace.base_currency: unknown currency 'EURO'")


def findings(answer: Answer) -> dict[str, str]:
    return {found["check"]: found["text"] for found in answer.document}
