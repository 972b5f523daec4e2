"""The hub at work, as a process of its own: it answers with the token that it wrote, and ends well when it is told to."""

import re
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from hub.model import SyncRun, table_of
from tests.console import Console

HANG_SECONDS = 60

ENDS = {"sqlite": ("run", signal.SIGINT), "postgresql": ("serve", signal.SIGTERM)}
"""The command and the signal that ends it, by database: each of them once is enough, for a process takes seconds to start."""

OVERDUE = """
{ customers(first: 5, orderBy: [{field: OVERDUE_AMOUNT, direction: DESC}]) { totalCount nodes { id name
  links { connection kind connected externalId url reason }
  health { totalAmountPaid { amount currency } totalAmountDue { amount currency } billedAmount { amount currency } overdueAmount { amount currency }
    overdueInvoiceCount outstanding { amount currency } overduePercent ageing { label amount { amount currency } invoiceCount } asOf complete } }
  pageInfo { hasNextPage endCursor } } }
"""


@contextmanager
def served(console: Console, *arguments: str) -> Generator[tuple[subprocess.Popen[str], str, str]]:
    """The process, where it answers, and its token; it is killed if it has not ended by itself."""
    process = console.start(*arguments)
    try:
        url, token = _told(process)
        yield process, url, Path(token).read_text().strip()
    finally:
        process.kill()
        process.communicate(timeout=HANG_SECONDS)


def _told(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.match(r"GraphQL at (\S+) with the token in (\S+); stop with Ctrl-C", line):
            return found[1], found[2]
    raise AssertionError(f"it ended with {process.wait()} and did not serve")


def ask(url: str, token: str | None, query: str) -> httpx.Response:
    """One query, tried until the server listens."""
    transport = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=transport, timeout=HANG_SECONDS) as client:
        return client.post(url, json={"query": query}, headers={} if token is None else {"authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def synced(example: Console) -> Console:
    example.run("run", "--no-serve").succeeded()
    return example


def test_it_answers_with_its_token_and_ends_well(synced: Console) -> None:
    command, number = ENDS[synced.url.partition(":")[0].partition("+")[0]]
    secret = synced.run("token", "create", "reader", "--role", "auditor").succeeded().out.strip()
    with served(synced, command) as (process, url, token):
        data = ask(url, token, OVERDUE).json()["data"]["customers"]
        refused = ask(url, None, "{ viewer { name } }")
        let_in = ask(url, secret, "{ customers { totalCount } }")
        synced.run("token", "revoke", str(synced.run("token", "list", "--json").document[-1]["id"])).succeeded()
        shut_out = ask(url, secret, "{ customers { totalCount } }")
        process.send_signal(number)
        assert process.wait(HANG_SECONDS) == 0
    assert (len(data["nodes"]), data["pageInfo"]["hasNextPage"]) == (5, True)
    assert (refused.status_code, let_in.status_code, shut_out.status_code) == (401, 200, 401)


class TestAnAddressThatIsTaken:
    @pytest.fixture
    def port(self) -> Generator[str]:
        """A port that somebody listens on."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            yield str(taken.getsockname()[1])

    @pytest.mark.parametrize("command", ["run", "serve"])
    def test_is_told_before_any_work(self, console: Console, command: str, port: str) -> None:
        answer = console.run(command, PORT=port)
        assert (answer.code, answer.out) == (3, "")
        assert f"cannot listen on 127.0.0.1, port {port}: " in answer.err
        assert "choose another port with PORT or hub.port, another address with DUNWELL_HOST or hub.host" in answer.err
        assert console.rows(table_of(SyncRun)) == []

    def test_does_not_matter_where_nothing_is_served(self, console: Console, port: str) -> None:
        console.run("run", "--no-serve", PORT=port).succeeded()

    def test_that_does_not_exist_is_told_too(self, console: Console) -> None:
        answer = console.run("serve", DUNWELL_HOST="192.0.2.1")
        assert (answer.code, answer.out) == (3, "")
        assert "cannot listen on 192.0.2.1, port 0: " in answer.err


def test_serving_needs_the_schema_of_this_version(empty: Console) -> None:
    answer = empty.run("serve")
    assert (answer.code, answer.out, answer.err) == (1, "", "the database has no tables yet: run `dunwell db upgrade`\n")
