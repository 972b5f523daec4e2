"""`dunwell sync` of several connections: each is synced whatever becomes of the others, and what became of it is told."""

import pytest

from hub.model import Connection, Customer, SyncRun, table_of
from hub.vocabulary import ConnectionStatus
from tests.console import SETTINGS, Console

PLUGIN = '''
"""A connector whose sources do what their connection's option says."""

from hub.errors import AuthorisationError
from hub.plugins import ConnectionKind, ConnectorFacts, CustomerRecord, Feed, Page, Stream, StreamFacts, hookimpl


class Source:
    def __init__(self, connection, does):
        self.connection, self.does = connection, does

    async def feeds(self):
        return [Feed("customers", (Stream.CUSTOMERS,))]

    async def read(self, feed, *, cursor, since):
        if self.does == "stumbles":
            {}["missing"]
        if self.does == "refuses":
            raise AuthorisationError("the token was revoked", connection=self.connection)
        ada = CustomerRecord(external_id="C1", name="Ada")
        yield Page(records=[ada] if self.does == "delivers" else [], cursor=None)

    async def aclose(self):
        pass


class Trial:
    name = "trial"
    title = "a trial"
    kinds = (ConnectionKind.CRM,)
    facts = ConnectorFacts(streams=(StreamFacts(Stream.CUSTOMERS),))
    webhooks = None
    option_names = frozenset({"does"})

    def check_options(self, options, directory):
        return []

    def open(self, context):
        if context.options["does"] == "will not open":
            raise OSError(2, "No such file or directory", "books.db")
        return Source(context.connection, context.options["does"])


@hookimpl
def hub_connectors():
    return [Trial()]
'''


def with_connections(console: Console, **what_it_does: str) -> Console:
    """The workspace with connections by name, and what each of them does."""
    console.write("trial.py", PLUGIN)
    declared = [f'[connections.{name}]\nconnector = "trial"\nkind = "CRM"\noptions = {{ does = "{does}" }}\n' for name, does in what_it_does.items()]
    console.write("plugins.toml", "\n".join([SETTINGS, '[[plugins]]\nmodule = "trial.py"\n', *declared]))
    return console


def customers(console: Console) -> list[str]:
    return [row["name"] for row in console.rows(table_of(Customer))]


class TestAConnectionThatStumbles:
    @pytest.mark.parametrize(
        ("does", "reason"),
        [
            ("stumbles", "a bug in its connector or in the hub (KeyError), see the log"),
            ("will not open", "books.db: No such file or directory"),
        ],
        ids=["a bug", "a fault of the machine"],
    )
    def test_does_not_keep_the_others_from_being_synced(self, console: Console, does: str, reason: str) -> None:
        answer = with_connections(console, a=does, b="delivers").run("sync")
        assert answer.code == 1
        assert f"a was not synced: {reason}\n" in answer.err
        assert customers(console) == ["Ada"]

    def test_does_not_keep_the_hub_from_running(self, console: Console) -> None:
        answer = with_connections(console, a="stumbles", b="delivers").run("run", "--no-serve")
        assert answer.code == 1
        assert "the admin token is in" in answer.err
        assert customers(console) == ["Ada"]

    def test_shows_where_a_bug_is_in_the_log_and_nothing_of_what_was_meant(self, console: Console) -> None:
        with_connections(console, a="stumbles", b="will not open")
        answer = console.run("sync")
        assert answer.err.count("Traceback") == 1
        assert "trial.py" in answer.err

    def test_is_told_to_machines(self, console: Console) -> None:
        answer = with_connections(console, a="stumbles", b="delivers").run("sync", "--json")
        assert answer.document["a"] == {"error": "a bug in its connector or in the hub (KeyError), see the log"}
        assert answer.document["b"]["status"] == "SUCCEEDED"


def test_a_sync_that_brings_nothing_says_so(console: Console) -> None:
    answer = with_connections(console, a="brings nothing").run("sync").succeeded()
    assert (answer.out, answer.err) == ("", "Synced a: nothing new\n")


def test_a_stream_that_a_connection_does_not_read_is_refused_with_what_it_reads(console: Console) -> None:
    answer = with_connections(console, a="delivers").run("sync", "a", "--stream", "invoices")
    assert (answer.code, answer.out, answer.err) == (2, "", "a does not read invoices: it reads customers\n")
    assert customers(console) == []
    with_connections(console, a="delivers").run("sync", "a", "--stream", "invoices", "--stream", "customers").succeeded()
    assert customers(console) == ["Ada"]


def test_a_paused_connection_says_that_it_is_paused_whatever_is_asked_of_it(console: Console) -> None:
    with_connections(console, a="delivers").run("connections", "pause", "a").succeeded()
    answer = console.run("sync", "a", "--stream", "invoices")
    assert answer.code == 1
    assert "paused" in answer.err


def test_a_connection_that_is_only_pushed_to_has_nothing_to_fetch(console: Console) -> None:
    console.write("plugins.toml", SETTINGS + '[connections.shop]\nconnector = "api"\nkind = "API"\n')
    answer = console.run("sync", "shop").succeeded()
    assert (answer.out, answer.err) == ("", "shop takes pushes; there is nothing to fetch\n")
    assert console.run("sync", "--json").succeeded().document == {"shop": {"error": None, "feeds": {}}}
    assert console.rows(table_of(SyncRun)) == []
    refused = console.run("sync", "shop", "--stream", "invoices")
    assert (refused.code, refused.err) == (2, "shop takes pushes; there is nothing to fetch\n")


def test_refused_credentials_are_told_with_what_to_do_and_that_helps(console: Console) -> None:
    answer = with_connections(console, a="refuses").run("sync")
    assert answer.code == 1
    assert "a failed: the token was revoked\nset its secret anew, then `dunwell connections resume a`\n" in answer.err
    assert [row["status"] for row in console.rows(table_of(Connection))] == [ConnectionStatus.NEEDS_AUTHORISATION]
    console.run("connections", "resume", "a").succeeded()
    assert [row["status"] for row in console.rows(table_of(Connection))] == [ConnectionStatus.ACTIVE]


def test_doctor_tells_what_has_never_run(console: Console) -> None:
    with_connections(console, a="delivers", b="delivers").run("sync", "a").succeeded()
    found = {finding["check"]: finding for finding in console.run("doctor", "--json").succeeded().document}
    assert (found["last runs"]["text"], found["last runs"]["isWell"]) == ("never run: b", None)
