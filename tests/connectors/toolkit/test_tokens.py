"""Tokens that rotate are asked for once, saved before they are used, and never lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import parse_qs

import anyio
import httpx
import pytest

from connectors.toolkit.http import HttpClient
from connectors.toolkit.tokens import RefreshedToken
from hub.plugins import AuthorisationError, FixedClock, ForgetfulTokens, SourceContractError, SourceError, TokenStore, TransientSourceError
from tests.connectors.toolkit.workbench import NOON, client_of


@dataclass
class Ledger:
    """A system that notes what happens, in order. A refresh token is worth nothing as soon as what came after it has been used."""

    steps: list[str] = field(default_factory=list[str])
    number: int = 0
    used: int = 0
    valid_from: int = 0
    expires_in: object = 1800
    refuses: tuple[int, str] | None = None

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        if request.url.path == "/api/token":
            return self._exchange(parse_qs(request.content.decode())["refresh_token"][0])
        number = int(request.headers["Authorization"].removeprefix("Bearer at-"))
        self.steps.append(f"use {number}")
        if number < self.valid_from:
            return httpx.Response(401)
        self.used = max(self.used, number)
        return httpx.Response(200, json={"number": number})

    def _exchange(self, presented: str) -> httpx.Response:
        self.steps.append(f"refresh {presented}")
        if self.refuses is not None:
            return httpx.Response(self.refuses[0], text=self.refuses[1])
        if int(presented.removeprefix("rt-")) < self.used:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.number += 1
        return httpx.Response(200, json={"access_token": f"at-{self.number}", "refresh_token": f"rt-{self.number}", "expires_in": self.expires_in})


@dataclass
class NotingTokens:
    """A token store that notes when it saves."""

    ledger: Ledger
    inner: ForgetfulTokens = field(default_factory=ForgetfulTokens)
    failure: Exception | None = None

    async def load(self) -> str | None:
        return await self.inner.load()

    async def save(self, text: str) -> None:
        if self.failure is not None:
            raise self.failure
        await self.inner.save(text)
        self.ledger.steps.append("save")

    @asynccontextmanager
    async def exclusive(self) -> AsyncGenerator[None]:
        async with self.inner.exclusive():
            yield


def connected(ledger: Ledger, store: TokenStore, *, secret: str = "rt-0") -> HttpClient:
    plain = client_of(httpx.MockTransport(ledger.answer))
    return replace(plain, credential=RefreshedToken(plain, "/token", store=store, secret=secret))


async def test_the_first_token_comes_from_the_secret_and_is_saved_before_it_is_used() -> None:
    ledger = Ledger()
    await connected(ledger, NotingTokens(ledger)).get_json("/v1/invoices")
    assert ledger.steps == ["refresh rt-0", "save", "use 1"]


async def test_a_token_that_cannot_be_saved_is_not_used() -> None:
    ledger = Ledger()
    with pytest.raises(OSError, match="disk"):
        await connected(ledger, NotingTokens(ledger, failure=OSError("disk is full"))).get_json("/v1/invoices")
    assert ledger.steps == ["refresh rt-0"]


async def test_fifty_who_ask_at_once_refresh_once() -> None:
    ledger = Ledger()
    client = connected(ledger, ForgetfulTokens())
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(client.get_json, "/v1/invoices")
    assert [step for step in ledger.steps if step.startswith("refresh")] == ["refresh rt-0"]
    assert ledger.steps.count("use 1") == 50


async def test_fifty_who_are_refused_at_once_refresh_once_and_ask_once_more() -> None:
    ledger = Ledger()
    client = connected(ledger, ForgetfulTokens())
    await client.get_json("/v1/invoices")
    ledger.valid_from = 2
    ledger.steps.clear()
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(client.get_json, "/v1/invoices")
    assert [step for step in ledger.steps if step.startswith("refresh")] == ["refresh rt-1"]
    assert ledger.steps.count("use 2") == 50


async def test_two_sources_of_one_connection_share_what_is_saved() -> None:
    ledger, store = Ledger(), ForgetfulTokens()
    await connected(ledger, store).get_json("/v1/invoices")
    await connected(ledger, store).get_json("/v1/invoices")
    assert ledger.steps == ["refresh rt-0", "use 1", "use 1"]


async def test_a_token_that_is_refused_again_stops_the_connection() -> None:
    ledger = Ledger(valid_from=99)
    with pytest.raises(AuthorisationError):
        await connected(ledger, ForgetfulTokens()).get_json("/v1/invoices")
    assert ledger.steps == ["refresh rt-0", "use 1", "refresh rt-1", "use 2"]


async def test_a_token_is_renewed_before_it_runs_out() -> None:
    ledger = Ledger()
    client = connected(ledger, ForgetfulTokens())
    await client.get_json("/v1/invoices")
    assert isinstance(client.clock, FixedClock)
    client.clock.move_to(NOON + timedelta(seconds=1700))
    assert await client.get_json("/v1/invoices") == {"number": 2}


@pytest.mark.parametrize("expires_in", [None, "soon"])
async def test_a_token_of_which_nobody_says_how_long_it_lasts_is_used_until_it_is_refused(expires_in: object) -> None:
    ledger = Ledger(expires_in=expires_in)
    client = connected(ledger, ForgetfulTokens())
    assert isinstance(client.clock, FixedClock)
    await client.get_json("/v1/invoices")
    client.clock.move_to(NOON + timedelta(days=400))
    assert await client.get_json("/v1/invoices") == {"number": 1}


async def test_after_a_crash_before_the_save_the_old_token_still_works() -> None:
    ledger, store = Ledger(), ForgetfulTokens()
    with pytest.raises(OSError, match="disk"):
        await connected(ledger, NotingTokens(ledger, store, failure=OSError("disk is full"))).get_json("/v1/invoices")
    assert await connected(ledger, store).get_json("/v1/invoices") == {"number": 2}


async def test_whoever_is_cancelled_while_tokens_are_on_their_way_still_saves_them() -> None:
    ledger = Ledger()
    store = NotingTokens(ledger)
    client = connected(ledger, store)
    async with anyio.create_task_group() as group:
        group.start_soon(client.get_json, "/v1/invoices")
        while not ledger.steps:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    assert ledger.steps == ["refresh rt-0", "save"]


class Overtaken(Ledger):
    """A system that refuses a refresh token because another process, which no lock stopped, has used it; `meanwhile` is what that one saved."""

    def __init__(self, store: TokenStore, meanwhile: str | None) -> None:
        super().__init__(refuses=(400, '{"error":"invalid_grant"}'))
        self.tokens = store
        self._meanwhile = meanwhile

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/token" and self._meanwhile is not None:
            await self.tokens.save(self._meanwhile)
        return await super().answer(request)


async def test_a_refused_refresh_goes_on_with_what_another_process_has_saved_meanwhile() -> None:
    ledger, store = Ledger(), ForgetfulTokens()
    await connected(ledger, store).get_json("/v1/invoices")
    saved = await store.load()
    overtaken = Overtaken(ForgetfulTokens(), saved)
    assert await connected(overtaken, overtaken.tokens).get_json("/v1/invoices") == {"number": 1}
    assert overtaken.steps == ["refresh rt-0", "use 1"]


async def test_a_refused_refresh_beside_which_nothing_was_saved_is_refused() -> None:
    overtaken = Overtaken(ForgetfulTokens(), None)
    with pytest.raises(AuthorisationError):
        await connected(overtaken, overtaken.tokens).get_json("/v1/invoices")
    assert overtaken.steps == ["refresh rt-0"]


async def test_another_secret_begins_anew() -> None:
    ledger, store = Ledger(), ForgetfulTokens()
    await connected(ledger, store).get_json("/v1/invoices")
    ledger.steps.clear()
    await connected(ledger, store, secret="rt-77").get_json("/v1/invoices")
    assert ledger.steps == ["refresh rt-77", "use 2"]


async def test_a_store_that_holds_something_else_begins_with_the_secret() -> None:
    ledger, store = Ledger(), ForgetfulTokens()
    await store.save("no tokens")
    assert await connected(ledger, store).get_json("/v1/invoices") == {"number": 1}


async def test_a_source_that_keeps_its_refresh_token_is_asked_with_it_again() -> None:
    presented: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/token":
            presented.append(parse_qs(request.content.decode())["refresh_token"][0])
            return httpx.Response(200, json={"access_token": f"at-{len(presented)}"})
        return httpx.Response(401 if len(presented) == 1 else 200, json={})

    plain = client_of(httpx.MockTransport(answer))
    await replace(plain, credential=RefreshedToken(plain, "/token", store=ForgetfulTokens(), secret="rt-0")).get_json("/v1/invoices")
    assert presented == ["rt-0", "rt-0"]


@pytest.mark.parametrize(
    ("status", "body", "family"),
    [
        (400, '{"error":"invalid_grant"}', AuthorisationError),
        (401, '{"error":"invalid_client"}', AuthorisationError),
        (401, "", AuthorisationError),
        (400, '{"error":"invalid_request"}', SourceContractError),
        (500, "", TransientSourceError),
        (200, "<html>", TransientSourceError),
        (200, "{}", SourceContractError),
        (200, "[]", SourceContractError),
        (200, '{"access_token":"a","refresh_token":5}', SourceContractError),
    ],
)
async def test_a_refresh_that_fails_says_what_happens_next_and_no_secret(status: int, body: str, family: type[SourceError]) -> None:
    ledger = Ledger(refuses=(status, body))
    with pytest.raises(SourceError) as caught:
        await connected(ledger, ForgetfulTokens(), secret="rt-5550199").get_json("/v1/invoices")
    assert type(caught.value) is family
    assert "5550199" not in str(caught.value)
    assert ledger.steps == ["refresh rt-5550199"]
