"""`dunwell connections`: how each fares, stops by hand, notices and fields that drift."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hub.clock import SystemClock
from hub.model import Connection, ConnectionNotice, SourceField, table_of
from hub.store.engine import Store
from hub.sync.drift import DriftWatch, tell_drift
from hub.sync.notices import raise_notice
from hub.vocabulary import ConnectionStatus, NoticeKind
from tests.cli.books import with_books
from tests.console import Console
from tests.sync.records import invoice


def imported(console: Console) -> Console:
    """The same workspace with the connection `books`, made by an import."""
    with_books(console).run("import", "books.csv", "--mapping", "books.toml").succeeded()
    return console


@pytest.fixture
def books(console: Console) -> Console:
    return imported(console)


def put(console: Console, write: Callable[[sa.Connection], object]) -> None:
    store = Store(console.url)
    try:
        with store.write() as connection:
            write(connection)
    finally:
        store.dispose()


def fail(console: Console, message: str = "the line broke") -> None:
    put(console, lambda connection: raise_notice(connection, 1, NoticeKind.SYNC_FAILED, message=message, subject="invoices", now=SystemClock().now()))


def drift(console: Console) -> None:
    """Payloads as they were, then with a field more."""
    now = SystemClock().now()
    for payload in ({"id": "1"}, {"id": "1", "terms": 30}):
        watch = DriftWatch(1)
        watch.look([invoice(raw=payload)])
        put(console, lambda connection, watch=watch: watch.save(connection, now=now))
    put(console, lambda connection: tell_drift(connection, 1, now=now))


def status(console: Console) -> tuple[str, str | None]:
    [row] = console.rows(table_of(Connection))
    return row["status"].value, row["status_reason"]


class TestList:
    def test_tells_how_each_connection_fares(self, on_each: Console) -> None:
        imported(on_each)
        [found] = on_each.run("connections", "list", "--json").succeeded().document
        assert (found["name"], found["kind"], found["status"], found["state"], found["openNoticeCount"]) == ("books", "FILES", "ACTIVE", "HEALTHY", 0)
        assert found["summary"].startswith("Up to date as of ")
        assert found["dataAsOf"] is not None
        shown = on_each.run("connections", "list").succeeded().out
        assert "books files HEALTHY Up to date as of" in " ".join(shown.split())

    def test_counts_the_open_notices(self, books: Console) -> None:
        fail(books)
        [found] = books.run("connections", "list", "--json").succeeded().document
        assert (found["state"], found["summary"], found["openNoticeCount"]) == ("ATTENTION", "The line broke", 1)

    def test_a_hub_without_connections_has_none_to_list(self, console: Console) -> None:
        assert console.run("connections", "list", "--json").succeeded().document == []


class TestPauseAndResume:
    def test_a_stop_is_kept_with_its_reason_until_it_is_lifted(self, on_each: Console) -> None:
        imported(on_each)
        answer = on_each.run("connections", "pause", "books", "--reason", "they move house").succeeded()
        assert answer.err == "books is paused; `dunwell connections resume books` lets it run again\n"
        assert status(on_each) == ("PAUSED", "they move house")
        [found] = on_each.run("connections", "list", "--json").succeeded().document
        assert found["state"] == "STOPPED"
        assert on_each.run("connections", "resume", "books").succeeded().err == "books may run again\n"
        assert status(on_each) == ("ACTIVE", None)

    def test_what_was_not_stopped_is_told(self, books: Console) -> None:
        assert books.run("connections", "resume", "books").succeeded().err == "books was not stopped\n"

    @pytest.mark.parametrize("command", ["pause", "resume", "fields"])
    def test_an_unknown_connection_is_told_with_those_there_are(self, books: Console, command: str) -> None:
        answer = books.run("connections", command, "boks")
        assert (answer.code, answer.out, answer.err) == (2, "", "there is no connection 'boks' (books)\n")

    def test_what_is_configured_no_longer_is_refused(self, books: Console) -> None:
        put(books, lambda connection: connection.execute(sa.update(table_of(Connection)).values(status=ConnectionStatus.REMOVED)))
        answer = books.run("connections", "pause", "books")
        assert answer.code == 2
        assert "configured no longer" in answer.err


class TestNotices:
    def test_are_listed_until_they_are_dismissed(self, on_each: Console) -> None:
        imported(on_each)
        fail(on_each)
        shown = on_each.run("connections", "notices").succeeded().out
        assert "1 books SYNC_FAILED invoices: the line broke" in " ".join(shown.split())
        [found] = on_each.run("connections", "notices", "books", "--json").succeeded().document
        assert (found["id"], found["connection"], found["kind"], found["subject"], found["message"]) == (
            1,
            "books",
            "SYNC_FAILED",
            "invoices",
            "the line broke",
        )
        answer = on_each.run("connections", "notices", "--dismiss", "1").succeeded()
        assert answer.err == "notice 1 is dismissed; it comes back when something else is the matter\n"
        assert on_each.run("connections", "notices", "--json").succeeded().document == []
        [row] = on_each.rows(table_of(ConnectionNotice))
        assert (row["dismissed_by"], row["resolved_at"]) == ("the command line", None)

    def test_a_stop_is_among_them_at_once(self, books: Console) -> None:
        put(books, lambda connection: connection.execute(sa.update(table_of(Connection)).values(status=ConnectionStatus.NEEDS_AUTHORISATION)))
        [found] = books.run("connections", "notices", "--json").succeeded().document
        assert found["message"] == "the source refused our credentials: set its secret anew, then `dunwell connections resume books`"

    def test_what_is_not_open_cannot_be_dismissed(self, books: Console) -> None:
        answer = books.run("connections", "notices", "--dismiss", "7")
        assert (answer.code, answer.err) == (2, "there is no open notice 7\n")

    def test_those_of_an_unknown_connection_are_none_of_another(self, books: Console) -> None:
        fail(books)
        answer = books.run("connections", "notices", "boks")
        assert (answer.code, answer.out) == (2, "")


class TestFields:
    @pytest.fixture
    def drifted(self, books: Console) -> Console:
        put(books, lambda connection: connection.execute(sa.delete(table_of(SourceField))))
        drift(books)
        return books

    def test_show_what_is_not_as_it_was(self, drifted: Console) -> None:
        shown = drifted.run("connections", "fields", "books").succeeded().out
        assert "invoices terms number NEW" in " ".join(shown.split())
        assert [row["path"] for row in drifted.run("connections", "fields", "books", "--json").succeeded().document] == ["terms"]
        assert [row["path"] for row in drifted.run("connections", "fields", "books", "--all", "--json").succeeded().document] == ["id", "terms"]

    def test_a_word_settles_them_and_their_notice(self, drifted: Console) -> None:
        assert [row["kind"] for row in drifted.run("connections", "notices", "--json").succeeded().document] == ["SCHEMA_DRIFT"]
        assert drifted.run("connections", "fields", "books", "--accept").succeeded().err == "1 accepted\n"
        assert drifted.run("connections", "fields", "books", "--json").succeeded().document == []
        assert drifted.run("connections", "notices", "--json").succeeded().document == []

    def test_a_word_on_every_field_is_refused(self, drifted: Console) -> None:
        answer = drifted.run("connections", "fields", "books", "--accept", "--all")
        assert answer.code == 2
        assert "use one of the two" in " ".join(answer.err.replace("│", " ").split())
