"""What the pages say can be done: commands, queries, links, targets of make, the example of an import. Each check is shown to find what it is for."""

import json
import re
import shlex
import shutil
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial, reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import sqlalchemy as sa
from graphql import GraphQLObjectType, parse, print_ast
from starlette.routing import Route
from starlette.testclient import TestClient

from hub.access.admin_token import ensure_admin_token
from hub.app import Hub, create_app, open_hub
from hub.clock import FixedClock
from hub.config import ConnectionSettings, load_settings
from hub.model import Customer, Invoice, table_of
from hub.sync.context import COUNTED
from hub.sync.request import SyncReport
from hub.sync.service import SyncOptions, sync_connection
from hub.vocabulary import ConnectionKind, SyncRunStatus
from schema.plugin import the_schema
from tests import pages
from tests.architecture import LAYERS
from tests.documents import ROOT, blocks, document, section, unlike
from tests.pages import Page
from tests.schema.test_customers import THE_QUERY

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""A moment of the day that README.md shows."""

OWING = """{ customers(first: 4, orderBy: [{field: OUTSTANDING, direction: DESC}]) { nodes {
    name health { outstanding { amount } overdueAmount { amount } overdueInvoiceCount openInvoiceCount } } } }"""
PAGES = pages.read_pages()
README = next(page for page in PAGES if page.name == "README.md")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
QUERIES = [pytest.param(query, id=f"{page.name}-{number}") for page in PAGES for number, query in enumerate(pages.queries(page), 1)]
PACKAGES = {"rules": False, "hub": True, "connectors": True, "schema": True}


# --- a hub with the sandbox -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Served:
    """The hub of `make run` on one day: its addresses, and how it is asked."""

    addresses: list[str]
    client: TestClient
    token: str
    synced: Mapping[str, SyncReport]
    folder: Path

    def answer(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer to an operation of the administrator."""
        asked = {"query": query, "variables": variables or {}}
        response = self.client.post("/graphql", json=asked, headers={"Authorization": f"Bearer {self.token}"})
        assert response.status_code == httpx.codes.OK
        return response.json()


@contextmanager
def opened(folder: Path) -> Generator[Hub]:
    """A hub with the settings of this project, and its data in a folder."""
    settings = load_settings(ROOT / "plugins.toml", {"DUNWELL_VAR": str(folder)})
    with open_hub(settings, clock=FixedClock(NOW), environ={}, upgrade=True) as hub:
        yield hub


def synced(hub: Hub, connection: ConnectionSettings) -> SyncReport:
    """One run of a connection."""
    return anyio.run(partial(sync_connection, hub.sync, connection, SyncOptions()))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    """A hub on SQLite that has synced the connections of plugins.toml: the sandbox, whole, since the pages name what is in it."""
    folder = tmp_path_factory.mktemp("var")
    with opened(folder) as hub:
        reports = {connection.name: synced(hub, connection) for connection in hub.settings.connections}
        assert {report.status for report in reports.values()} == {SyncRunStatus.SUCCEEDED}
        with serving(hub, folder, reports) as found:
            yield found


@contextmanager
def serving(hub: Hub, folder: Path, reports: Mapping[str, SyncReport]) -> Generator[Served]:
    """A hub as it is served, with its data in a folder."""
    token = ensure_admin_token(hub.store, hub.clock, folder / "admin-token")
    app = create_app(hub)
    with TestClient(app, base_url=pages.SERVER) as client:
        yield Served([route.path for route in app.routes if isinstance(route, Route)], client, token, reports, folder)


@pytest.fixture
def apart(served: Served, tmp_path: Path) -> Generator[Served]:
    """The same on a copy of its database, for whoever changes something."""
    with closing(sqlite3.connect(served.folder / "dunwell.db")) as source, closing(sqlite3.connect(tmp_path / "dunwell.db")) as copy:
        source.backup(copy)
    shutil.copy(served.folder / "secret-key", tmp_path)
    with opened(tmp_path) as hub, serving(hub, tmp_path, served.synced) as found:
        yield found


def asked_in(shell: str) -> Generator[str]:
    """What is given to each call of `ask`, with the names of variables in it."""
    words = shlex.split(shell.partition("echo; }")[2])
    for command, argument in pairwise(words):
        if command == "ask":
            yield argument


def note(known: dict[str, str], field: str, found: Mapping[str, Any]) -> None:
    """What the reader is told to take from an answer."""
    if found.get("nodes"):
        known["PUT THE ID HERE"] = found["nodes"][0]["id"]
    if field == "connectionCreate":
        known["$SHOP"] = found["connection"]["id"]
    if field == "recordsPush" and "$CUSTOMER" not in known:
        known["$CUSTOMER"] = found["results"][0]["nodeId"]


class TestWhatCanBeDone:
    @EVERY_PAGE
    def test_every_dunwell_command_is_understood(self, page: Page) -> None:
        assert pages.command_problems(page) == []

    @EVERY_PAGE
    def test_every_make_target_exists(self, page: Page) -> None:
        assert pages.make_problems(page, MAKEFILE) == []

    @EVERY_PAGE
    def test_every_curl_goes_to_a_route_with_the_token(self, page: Page, served: Served) -> None:
        assert pages.curl_problems(page, served.addresses) == []

    @pytest.mark.parametrize("query", QUERIES)
    def test_every_query_is_answered_on_the_sandbox(self, query: str, served: Served) -> None:
        answer = served.answer(query)
        assert "errors" not in answer
        assert None not in answer["data"].values()

    def test_the_readme_shows_what_the_first_start_brings(self, served: Served) -> None:
        [feeds, _] = README.blocks("text")[0].split("…", 1)
        shown = re.findall(r"^(\w+) +\w+ +(\d+) +0 +0$", feeds, re.MULTILINE)
        created = {outcome.feed: sum(number for (_, what), number in outcome.counts.items() if what == "created") for outcome in served.synced["books"].feeds}
        assert len(shown) >= 1
        assert {feed: int(number) for feed, number in shown} == {feed: created[feed] for feed, _ in shown}

    def test_the_readme_shows_who_owes_most(self, served: Served) -> None:
        shown = re.findall(r"^(.+?) +([\d,.]+) +([\d,.]+) +(\d+) +(\d+) +[\d,.]+ +[\d,.]+$", README.blocks("text")[0], re.MULTILINE)
        found = served.answer(OWING)["data"]["customers"]["nodes"]
        assert shown == [(customer["name"], *figures_in_words(customer["health"])) for customer in found]

    def test_the_readme_asks_what_the_api_was_accepted_by(self) -> None:
        assert print_ast(parse(pages.queries(README)[0])) == print_ast(parse(THE_QUERY))

    def test_what_the_readme_does_through_the_api_is_done(self, apart: Served) -> None:
        known: dict[str, str] = {}
        for written in asked_in("\n".join(blocks(section(README.text, "Act through it"), "sh"))):
            asked = reduce(lambda text, name: text.replace(name, known[name]), known, written)
            body = json.loads(asked)
            answer = apart.answer(body["query"], body.get("variables"))
            assert "errors" not in answer, answer
            [(field, found)] = answer["data"].items()
            assert found.get("userErrors", []) == []
            note(known, field, found)
        assert {"PUT THE ID HERE", "$SHOP", "$CUSTOMER"} <= known.keys()
        assert apart.answer("{ conflicts(where: {status: {eq: OPEN}}) { totalCount } }")["data"]["conflicts"] == {"totalCount": 0}
        customer = apart.answer('{ customerByExternalId(connection: "shop", externalId: "C-17") { name health { overdueAmount { amount } } } }')
        assert customer["data"]["customerByExternalId"] == {"name": "Optik Nord KG", "health": {"overdueAmount": {"amount": "1190.00"}}}

    def test_what_the_readme_asks_by_rules_is_answered(self, apart: Served) -> None:
        shell = "\n".join(blocks(section(README.text, "Ask by rules"), "sh"))
        bodies = [json.loads(written) for written in asked_in(f"echo; }}{shell}")]
        filtered, kept, matching = (apart.answer(body["query"], body.get("variables"))["data"] for body in bodies)
        assert filtered["customers"]["totalCount"] == kept["ruleSetCreate"]["ruleSet"]["matchCount"] > 0
        assert {"name": "Late payers"} in [match["ruleSet"] for node in matching["customers"]["nodes"] for match in node["matchingRuleSets"]]
        rules = set(re.findall(r"dunwell rules \w+(?: --about \w+)? '([^']+)'", shell))
        assert bodies[0]["variables"]["rule"] in rules

    def test_the_example_of_an_import_does_what_it_says(self, tmp_path: Path) -> None:
        [rows] = README.blocks("csv")
        (tmp_path / "invoices.csv").write_text(rows)
        (tmp_path / "invoices.toml").write_text(README.blocks("toml")[0])
        options = {"path": str(tmp_path / "invoices.csv"), "mapping": str(tmp_path / "invoices.toml")}
        with opened(tmp_path / "var") as hub:
            report = synced(hub, ConnectionSettings("invoices", "files", ConnectionKind.FILES, options=options))
            with hub.store.read() as connection:
                due = connection.execute(sa.select(sa.func.sum(table_of(Invoice).c.amount_due_minor))).scalar_one()
                names = connection.execute(sa.select(table_of(Customer).c.name)).scalars().all()
        assert (report.total("created"), report.total("rejected"), report.total("notice")) == (3, 0, 0)
        assert (due, names) == (167050, ["Optik Nord"])

    def test_the_connection_that_the_readme_declares_can_be_declared(self, tmp_path: Path) -> None:
        workspace = f'[workspace]\nname = "x"\nbase_currency = "EUR"\ntime_zone = "UTC"\n{README.blocks("toml")[1]}'
        (tmp_path / "plugins.toml").write_text(workspace)
        assert [found.name for found in load_settings(tmp_path / "plugins.toml", {}).connections] == ["ledger"]


class TestThePages:
    def test_every_relative_link_leads_somewhere(self) -> None:
        assert pages.link_problems(PAGES) == []

    def test_the_readme_links_to_every_page(self) -> None:
        assert {page.name for page in PAGES} - {"README.md"} <= pages.links_of(README)

    def test_every_command_option_and_argument_is_documented_and_no_other(self) -> None:
        assert pages.command_gaps(document("commands.md")) == set()

    def test_every_exit_code_is_documented_in_the_words_of_the_command(self) -> None:
        assert pages.exit_code_gaps(document("commands.md")) == []

    def test_every_figure_of_the_api_is_explained_and_no_other(self) -> None:
        assert unlike(figures_of_the_api(), document("figures.md"), r"[a-z]+[A-Za-z]*") == set()

    def test_every_count_and_status_of_a_run_is_explained(self) -> None:
        text = section(document("sync.md"), "One run")
        assert unlike({status.value for status in SyncRunStatus}, text, r"[A-Z_]+") == set()
        assert unlike(set(COUNTED), text, r"[a-z]+") == set()

    def test_every_folder_of_the_code_has_its_line(self) -> None:
        assert unlike(pages.folders(ROOT, PACKAGES), document("architecture.md"), r"[a-z_]+/([a-z_]+/)?") == set()

    def test_the_layers_are_those_that_are_enforced(self) -> None:
        there = {path.stem for path in (ROOT / "hub").iterdir()}
        lines = re.findall(r"^\d\. ([a-z, ]+)$", section(document("architecture.md"), "The house"), re.MULTILINE)
        assert [set(line.split(", ")) for line in lines] == [layer & there for layer in LAYERS if layer & there]

    def test_the_folders_that_the_readme_names_are_there(self) -> None:
        named = {cell for line in section(README.text, "The folders").splitlines() for cell in line.split("|")[1:2]}
        folders = {folder.strip(" `") for cell in named if "`" in cell for folder in cell.split(",")}
        assert {"hub/", "connectors/", "rules/", "schema/", "tests/"} <= folders
        assert [folder for folder in sorted(folders) if not (ROOT / folder).is_dir()] == []


def figures_in_words(health: Mapping[str, Any]) -> tuple[str, ...]:
    """Outstanding, overdue, and how many invoices are late and open, as `dunwell run` writes them."""
    amounts = (f"{Decimal(health[name]['amount']):,}" for name in ("outstanding", "overdueAmount"))
    return (*amounts, *(str(health[name]) for name in ("overdueInvoiceCount", "openInvoiceCount")))


def figures_of_the_api() -> set[str]:
    """The fields of every type that shows figures."""
    types = the_schema().core.type_map
    shown = [types[name] for name in ("CustomerHealth", "Receivables", "CustomerCurrencyHealth", "CurrencyReceivables", "AgeingBucket")]
    return {field for kind in shown if isinstance(kind, GraphQLObjectType) for field in kind.fields}


class TestTheChecks:
    @pytest.mark.parametrize(
        "call",
        [
            "dunwell imports x.csv --mapping x.toml",
            "dunwell import x.csv",
            "dunwell import x.csv --mapping x.toml --close-absent many",
            "dunwell token create reports --role king",
            "dunwell receivables --as-of 31.12.2025",
            "dunwell db downgrade",
            ".venv/bin/dunwell serve --port 8000",
            "PORT=1 dunwell serve now",
        ],
    )
    def test_a_call_that_would_be_refused_is_found(self, call: str) -> None:
        assert len(pages.command_problems(Page("x.md", f"```sh\n{call}\n```\n"))) >= 1

    @pytest.mark.parametrize("mention", ["dunwell sink", "dunwell token make", "dunwell receivables --until", "dunwell rejected replay --force"])
    def test_a_command_that_does_not_exist_is_found_in_prose(self, mention: str) -> None:
        assert len(pages.command_problems(Page("x.md", f"Try `{mention}` now."))) == 1

    @pytest.mark.parametrize("mention", ["dunwell", "dunwell token", "dunwell rejected replay", "dunwell import --preview"])
    def test_a_command_may_be_named_without_its_arguments(self, mention: str) -> None:
        assert pages.command_problems(Page("x.md", f"Try `{mention}` now.")) == []

    def test_calling_a_command_for_a_check_does_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert pages.call_problem(["db", "upgrade"]) is None
        assert list(tmp_path.iterdir()) == []

    def test_what_the_page_of_commands_lacks_or_invents_is_found(self) -> None:
        text = document("commands.md")
        assert pages.command_gaps(text.replace("| `--top` COUNT |", "| `--most` COUNT |", 1)) == {"dunwell receivables --top", "dunwell receivables --most"}
        assert pages.command_gaps(text.replace("| `ID` |", "| `TOKEN` |")) == {"dunwell token revoke ID", "dunwell token revoke TOKEN"}
        assert pages.command_gaps(text.replace("### dunwell serve", "### dunwell listen")) == {"dunwell serve", "dunwell listen"}
        assert pages.command_gaps(text.replace("| `--version` |", "| `--release` |")) == {"dunwell --version", "dunwell --release"}

    def test_an_exit_code_that_is_told_otherwise_is_found(self) -> None:
        assert pages.exit_code_gaps(document("commands.md").replace("| 0 | done |", "| 0 | fine |")) == ["| 0 | done |"]

    @pytest.mark.parametrize("text", ["`make coffee`", "```sh\nmake test coffee ARGS=-x\n```\n", "```sh\nPYTHON=python3.12 make -s coffee\n```\n"])
    def test_a_target_that_does_not_exist_is_found(self, text: str) -> None:
        assert pages.make_problems(Page("x.md", text), MAKEFILE) == ["x.md: make coffee"]

    @pytest.mark.parametrize("link", ["docs/none.md", "#nowhere", "docs/api.md#nowhere", "../README.md"])
    def test_a_link_that_leads_nowhere_is_found(self, link: str) -> None:
        assert pages.link_problems([Page("README.md", f"# Here\n[x]({link})"), Page("docs/api.md", "# API")]) == [f"README.md: {link}"]

    @pytest.mark.parametrize("link", ["docs/api.md", "#over-here", "docs/api.md#the-api", "LICENSE", "https://example.com/none"])
    def test_a_link_that_leads_somewhere_is_none(self, link: str) -> None:
        assert pages.link_problems([Page("README.md", f"# Over here\n[x]({link})"), Page("docs/api.md", "# The API")]) == []

    @pytest.mark.parametrize(
        "call",
        [
            f'curl -s {pages.SERVER}/graph -H "{pages.TOKEN}"',
            f"curl -s {pages.SERVER}/graphql",
            f'curl -s https://example.com/graphql -H "{pages.TOKEN}"',
        ],
    )
    def test_a_curl_that_goes_elsewhere_or_without_the_token_is_found(self, call: str) -> None:
        assert len(pages.curl_problems(Page("x.md", f"```sh\n{call}\n```\n"), ["/graphql"])) == 1

    @pytest.mark.parametrize("query", ["{ clients { nodes { id } } }", "{ customers(first: 251) { nodes { id } } }", "{ customers { nodes { id }"])
    def test_a_query_that_is_not_answered_is_found(self, query: str, served: Served) -> None:
        assert "errors" in served.answer(query)

    def test_queries_are_found_in_blocks_and_in_calls_of_curl(self) -> None:
        text = '```graphql\n{ viewer { name } }\n```\n```sh\ncurl x \\\n  -d \'{"query": "{ nodes }"}\'\n```\n'
        assert pages.queries(Page("x.md", text)) == ["{ viewer { name } }\n", "{ nodes }"]

    def test_a_folder_without_a_line_is_found(self, tmp_path: Path) -> None:
        for folder in ("hub", "hub/new", "rules"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "__init__.py").touch()
        assert pages.folders(tmp_path, {"hub": True, "rules": False}) == {"hub/new/", "rules/"}
