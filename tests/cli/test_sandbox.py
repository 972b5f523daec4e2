"""`dunwell sandbox`: which one is served, with what, and that it ends well."""

import signal
import socket
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import httpx
import pytest
from starlette.types import ASGIApp

from hub.cli.sandbox import pick
from hub.errors import NotFoundError
from hub.plugins.sandbox import Sandbox
from tests.console import SETTINGS, Console

HANG_SECONDS = 60
PLUGIN = '[[plugins]]\nmodule = "trial.py"\n'
TRIAL = '''
"""A sandbox that tells what it was asked for; `ending` ends itself as soon as it is served."""

import signal
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from hub.plugins import hookimpl


class Trial:
    title = "a trial"
    systems = ("books", "till")

    def __init__(self, name, ends):
        self.name, self.ends = name, ends

    def build(self, settings):
        names = ("seed", "customers", "base_currency", "fault_rate", "fault_seed", "webhook_urls")
        asked = {name: getattr(settings, name) for name in names}
        if self.ends:
            print(asked)

        async def tell(request):
            return JSONResponse(asked)

        @asynccontextmanager
        async def lifespan(app):
            if self.ends:
                signal.raise_signal(signal.SIGINT)
            yield

        return Starlette(routes=[Route("/", tell)], lifespan=lifespan)

    def describe(self, url):
        return [f"books: {url}/, without a key"]


@hookimpl
def hub_sandboxes():
    return [Trial("ending", True), Trial("lasting", False)]
'''


@pytest.fixture
def trial(console: Console) -> Console:
    """A workspace with a plugin that brings two sandboxes."""
    console.write("trial.py", TRIAL)
    console.write("plugins.toml", SETTINGS + PLUGIN)
    return console


class TestServing:
    def test_tells_the_address_and_ends_well_at_the_signal(self, trial: Console) -> None:
        answer = trial.run("sandbox", "ending", "--port", "0").succeeded()
        assert "books: http://127.0.0.1:" in answer.err
        assert answer.err.splitlines()[1] == "stop with Ctrl-C"

    def test_without_options_asks_for_a_small_world_without_faults(self, trial: Console) -> None:
        answer = trial.run("sandbox", "ending", "--port", "0").succeeded()
        assert answer.out == "{'seed': 1, 'customers': 200, 'base_currency': 'EUR', 'fault_rate': 0.0, 'fault_seed': 1, 'webhook_urls': {}}\n"

    def test_hands_over_what_was_asked_for(self, trial: Console) -> None:
        options = "--port 0 --seed 7 --customers 30 --fault-rate 0.25 --fault-seed 9 --webhooks books=http://x/a --webhooks till=https://x/b?c=d".split()
        wanted = {"seed": 7, "customers": 30, "base_currency": "EUR", "fault_rate": 0.25, "fault_seed": 9}
        urls = {"books": "http://x/a", "till": "https://x/b?c=d"}
        assert trial.run("sandbox", "ending", *options).succeeded().out == f"{wanted | {'webhook_urls': urls}}\n"

    def test_as_a_process_of_its_own_answers_and_ends_well(self, trial: Console) -> None:
        with started(trial, "sandbox", "lasting", "--port", "0", "--seed", "5") as (process, url):
            with httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=HANG_SECONDS) as client:
                assert client.get(url).json()["seed"] == 5
            process.send_signal(signal.SIGTERM)
            assert process.wait(HANG_SECONDS) == 0


@contextmanager
def started(console: Console, *arguments: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The process, and where it answers; it is killed if it has not ended by itself."""
    process = console.start(*arguments)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("books: "), line
        yield process, line.removeprefix("books: ").partition(",")[0]
    finally:
        process.kill()
        process.communicate(timeout=HANG_SECONDS)


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("http://x/a", "--webhooks http://x/a: write SYSTEM=URL, where SYSTEM is books or till"),
            ("crm=http://x/a", "--webhooks crm=http://x/a: write SYSTEM=URL, where SYSTEM is books or till"),
            ("books=x/a", "--webhooks books=x/a: the address must begin with http:// or https://"),
            ("books=http://", "--webhooks books=http://: the address must begin with http:// or https://"),
            ("books=http://x:y/", "--webhooks books=http://x:y/: Invalid port: 'y'"),
        ],
    )
    def test_an_address_for_webhooks_that_is_none_is_told(self, trial: Console, text: str, told: str) -> None:
        answer = trial.run("sandbox", "ending", "--webhooks", text)
        assert (answer.code, answer.out, answer.err) == (2, "", f"{told}\n")

    def test_two_addresses_for_one_system_are_told(self, trial: Console) -> None:
        answer = trial.run("sandbox", "ending", "--webhooks", "books=http://x/", "--webhooks", "books=http://y/")
        assert (answer.code, answer.err) == (2, "--webhooks books=http://y/: books has an address already\n")

    @pytest.mark.parametrize("options", [("--fault-rate", "1.5"), ("--customers", "0"), ("--port", "70000")], ids=" ".join)
    def test_a_number_out_of_its_range_is_told(self, trial: Console, options: tuple[str, str]) -> None:
        answer = trial.run("sandbox", "ending", *options)
        assert (answer.code, answer.out) == (2, "")
        assert options[0] in answer.err

    def test_a_port_that_is_taken_is_told_before_any_work(self, trial: Console) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            answer = trial.run("sandbox", "ending", "--port", str(taken.getsockname()[1]))
        assert (answer.code, answer.out) == (3, "")
        assert answer.err.endswith("; choose another port with --port, or 0 for any that is free\n")

    def test_a_name_that_no_sandbox_has_is_told(self, trial: Console) -> None:
        answer = trial.run("sandbox", "lost")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("there is no sandbox lost; there is ending (a trial), lasting (a trial)")

    def test_that_a_name_is_needed_is_told_where_there_are_several(self, trial: Console) -> None:
        answer = trial.run("sandbox")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("say which sandbox to serve: ending (a trial), lasting (a trial)")


class TestPicking:
    def test_the_only_one_needs_no_name(self, one: Sandbox) -> None:
        assert pick({"one": one}, None) is one

    @pytest.mark.parametrize("name", [None, "one"])
    def test_where_there_is_none_the_person_is_told(self, name: str | None) -> None:
        none: Mapping[str, Sandbox] = {}
        with pytest.raises(NotFoundError, match="no plugin brings a sandbox"):
            pick(none, name)

    @pytest.fixture
    def one(self) -> Sandbox:
        return One()


class One:
    """A sandbox of which only the name matters."""

    name = "one"
    title = "one"
    systems: tuple[str, ...] = ()

    def build(self, settings: object) -> ASGIApp:
        raise NotImplementedError

    def describe(self, url: str) -> list[str]:
        return [url]
