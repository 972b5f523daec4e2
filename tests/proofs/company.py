"""A company in the sandbox and a hub that reads it, with faults, with things that happen while it is read, and with webhooks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import anyio
import httpx
import sqlalchemy as sa

from connectors.sandbox.connecting import connect
from connectors.sandbox.connector import SandboxConnector
from connectors.sandbox.options import read_options
from connectors.sandbox.server import build_app, in_process_transport
from connectors.sandbox.server.faults import FaultSchedule
from connectors.sandbox.server.sending import deliveries
from connectors.sandbox.source import SandboxSource
from connectors.sandbox.world import World
from connectors.toolkit.limits import Limiters
from hub.clock import FixedClock
from hub.config import ConnectionSettings
from hub.crashpoints import watch_crashpoints
from hub.errors import SignatureError, SourceError
from hub.health.basis import Basis
from hub.health.selfcheck import check_figures
from hub.model import Connection, RejectedRecord, WaitingRecord, table_of
from hub.plugins.connector import ConnectionContext, Source
from hub.store.engine import Store
from hub.sync.opening import opened_source
from hub.sync.quick_pages import PAGE_BY_PAGE, Joining
from hub.sync.request import SyncReport
from hub.sync.service import SyncOptions, follow_up, sync_connection, sync_request, today
from hub.sync.sweep import Closing
from hub.sync.webhooks.processing import process_webhooks
from hub.vocabulary import RejectionStatus, SyncRunStatus
from tests.proofs.hubs import SECRETS, SYSTEMS, WORKSPACE, make_hub
from tests.proofs.truth import differences

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
_REJECTED = table_of(RejectedRecord)
_WAITING = table_of(WaitingRecord)
_MOST_RUNS = 40
_MOST_AT_ONCE = 200
_LAGGING_SHARE = 0.3
_MEANWHILE = 12


class Restless(httpx.AsyncBaseTransport):
    """Passes requests on with small pages, lets things happen between them, and answers now and then from a copy that lags behind."""

    def __init__(self, inner: httpx.AsyncBaseTransport, company: "Company", *, page_size: int) -> None:
        self._inner = inner
        self._company = company
        self._page_size = page_size
        self._copies: dict[str, tuple[int, bytes]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._company.happen()
        url, headers = request.url, request.headers
        if "limit" in url.params:
            size = _MOST_AT_ONCE if url.path.endswith("/rates") else self._page_size
            return await self._inner.handle_async_request(_with_url(request, url.copy_set_param("limit", size)))
        copy = self._copies.get(url.path)
        if copy is not None and self._company.lags():
            return httpx.Response(copy[0], content=copy[1], headers={"content-type": "application/json"}, request=request)
        response = await self._inner.handle_async_request(request)
        if request.method == "GET" and response.is_success and "authorization" in headers:
            self._copies[url.path] = (response.status_code, await response.aread())
        return response

    async def aclose(self) -> None:
        """The application goes on."""


def _with_url(request: httpx.Request, url: httpx.URL) -> httpx.Request:
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions)


class RestlessConnector(SandboxConnector):
    """The connector as it ships, over transports that the proof made."""

    def __init__(self, transports: dict[str, httpx.AsyncBaseTransport]) -> None:
        super().__init__(World)
        self._transports = transports

    def open(self, context: ConnectionContext) -> Source:
        options = read_options(context.options)
        return SandboxSource(connect(options, context, Limiters(), transport=self._transports[options.system.value]), options.system)


@dataclass
class Company:
    """One proof: a world, a store, and what goes on between them. Everything follows from `seed`."""

    store: Store
    seed: int
    folder: Path
    fault_rate: float = 0.15
    page_size: int | None = None
    restless_share: float = 0.3
    most_happenings: int = 60
    favourite: str | None = None
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a history, no secret
        self.world = World.small(self.seed, START)
        self.faults = FaultSchedule(seed=self.seed, rate=self.fault_rate)
        self.is_restless = False
        self._happened_count = 0
        app = build_app(self.world, clock=self.clock, faults=self.faults)
        page_size = self.page_size or self.random.choice((2, 4, 9, 20))
        transports = {name: Restless(in_process_transport(app), self, page_size=page_size) for name in SYSTEMS}
        joining = Joining(seconds=inf) if self.seed % 2 else PAGE_BY_PAGE
        connector = RestlessConnector(dict(transports))
        hub = make_hub(self.store, self.folder, connector, clock=self.clock, sleep=self._sleep, jitter=self.random.random, joining=joining)
        self.services, self._receiver = hub.services, hub.receiver
        self._told = {system.name: len(system.events) for system in self.world.systems}

    # --- what happens ----------------------------------------------------------------------------

    def tick(self, seconds: float) -> None:
        """Let time pass; nothing happens in it."""
        self.clock.move_to(self.clock.now() + timedelta(seconds=seconds))

    def act(self) -> str:
        """Let one thing happen, a little later: the favourite one if there is one."""
        self.tick(self.random.choice((0, 0, 1, 7)))
        at = max(self.clock.now(), self.world.now)
        if self.favourite is not None and self.world.perform(self.favourite, self.random, at):
            return self.favourite
        return self.world.act(self.random, at)

    def happen(self) -> None:
        """Between two requests something may happen."""
        if self.is_restless and self._happened_count < self.most_happenings and self.random.random() < self.restless_share:
            self._happened_count += 1
            self.act()

    def lags(self) -> bool:
        """Whether an answer comes from a copy that lags behind."""
        return self.is_restless and self.random.random() < _LAGGING_SHARE

    async def _sleep(self, seconds: float) -> None:
        self.tick(seconds)

    # --- reading ---------------------------------------------------------------------------------

    async def sync(self, name: str, options: SyncOptions | None = None) -> SyncReport:
        """One run of a connection, whatever becomes of it."""
        return await sync_connection(self.services, self._connection(name), options or SyncOptions())

    async def sync_until_done(self, name: str) -> None:
        """Run a connection until a run succeeds, as its schedule would, and release what is held as a person would who has looked."""
        problems: list[str] = []
        for _ in range(_MOST_RUNS):
            report = await self.sync(name)
            if report.status is SyncRunStatus.HELD:
                held = next(outcome.held for outcome in report.feeds if outcome.held)
                report = await self.sync(name, SyncOptions(closing=Closing(int(held.split()[0]), is_brake_released=True)))
            if report.status is SyncRunStatus.SUCCEEDED:
                return
            problems.append(str(report.error))
            self.tick(30)
        raise AssertionError(f"{name} did not come to its end: {problems[-1]}")

    def deliver(self, name: str) -> None:
        """Hand over what has happened since the last time as webhooks: grouped, repeated and in any order; some are lost."""
        system = next(found for found in self.world.systems if found.name == name)
        new = [event for event in system.events[self._told[name] :] if self.random.random() > 0.2]
        self._told[name] = len(system.events)
        for delivery in deliveries(system, new, secret=SECRETS[name], now=self.clock.now(), random=self.random):
            try:
                self._receiver.receive(name, {key.lower(): value for key, value in delivery.headers.items()}, delivery.body)
            except SignatureError as error:
                raise AssertionError(f"a genuine delivery was refused: {error}") from error

    async def work_on_webhooks(self, name: str) -> None:
        """Work on the events that are open; a fault of the source leaves them open."""
        connection = self._connection(name)
        watch_crashpoints(partial(self._meanwhile, name))
        try:
            async with opened_source(self.services, connection) as source:
                request = sync_request(self.services, self.store, connection, source=source, options=SyncOptions(trigger="WEBHOOK"), saves_position=False)
                await process_webhooks(self.store, request, give_up=lambda _connection, _message: None)
        except SourceError:
            return  # the job would try again later; so does the next delivery here
        finally:
            watch_crashpoints(None)

    def _meanwhile(self, name: str, place: str) -> None:
        """Between what a webhook has fetched and its being written, the company may go on and a whole run take place."""
        if place == "webhook.fetched" and (self.favourite is not None or self.random.random() < 0.5):
            watch_crashpoints(None)
            for _ in range(_MEANWHILE):
                self.tick(self.random.choice((1, 90, 200)))  # beyond what the next run reads again anyway
                self.act()
            run = Thread(target=anyio.run, args=(partial(self.sync, name),))
            run.start()
            run.join()
            watch_crashpoints(partial(self._meanwhile, name))

    def _connection(self, name: str) -> ConnectionSettings:
        return next(found for found in self.services.settings.connections if found.name == name)

    # --- the end ---------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Faults end, what was written late is committed, what was broken is mended, and every connection is read to its end, and once more a day later."""
        self.faults.is_on = False
        self.is_restless = False
        self.tick(2)
        self.world.commit_late(max(self.clock.now(), self.world.now))
        while self.world.perform("mended", self.random, max(self.clock.now(), self.world.now)):
            self.tick(1)
        for name in SYSTEMS:
            await self.sync_until_done(name)
        self.tick(timedelta(hours=25).total_seconds())
        self.world.advance(self.clock.now())
        for name in SYSTEMS:
            await self.sync_until_done(name)
        follow_up(self.services)

    def problems(self) -> list[str]:
        """Everything in which the store differs from the ledger, and kept figures from the formulas."""
        table = table_of(Connection)
        with self.store.read() as connection:
            ids: dict[str, int] = {row.name: row.id for row in connection.execute(sa.select(table.c.name, table.c.id))}
            lines = [line for name in SYSTEMS for line in differences(self.world, connection, system=name, connection_id=ids[name])]
            same = sa.and_(_WAITING.c.stream == _REJECTED.c.stream, _WAITING.c.external_id == _REJECTED.c.external_id)
            is_open = sa.and_(_REJECTED.c.status == RejectionStatus.OPEN, ~sa.exists().where(same))
            rejected = connection.execute(sa.select(_REJECTED.c.stream, _REJECTED.c.external_id).where(is_open)).all()
            wrong: list[Any] = check_figures(connection, Basis.of(WORKSPACE, today(self.services)))
            return [*lines, *(f"still rejected: {row}" for row in rejected), *(f"kept figure: {found}" for found in wrong)]


async def live(company: Company, *, steps: int) -> None:
    """A while in the life of a company and its hub."""
    random = company.random
    for _ in range(steps):
        for _ in range(random.randint(0, 6)):
            company.act()
        company.is_restless = random.random() < 0.7
        name = random.choice(tuple(SYSTEMS))
        match random.randrange(6):
            case 0 | 1:
                await company.sync(name)
            case 2:
                await company.sync(name, SyncOptions(is_full=True))
            case 3:
                company.deliver(name)
            case _:
                company.deliver(name)
                await company.work_on_webhooks(name)
        company.is_restless = False
        company.tick(random.choice((1, 60, 900)))


async def rush(company: Company) -> None:
    """Everything is read for the first time in the smallest pages, and something happens between any two requests."""
    company.is_restless = True
    for name in SYSTEMS:
        await company.sync(name)


async def hear(company: Company) -> None:
    """Much is told by webhooks, and while their objects are fetched, the same objects change again and are read by a run."""
    company.faults.is_on = False
    await company.sync("accounting")
    for _ in range(3):
        for _ in range(4):
            company.act()
        company.deliver("accounting")
        await company.work_on_webhooks("accounting")


async def prove(store: Store, seed: int, folder: Path) -> list[str]:
    """One seed: how the store differs from the ledger in the end."""
    match seed % 3:
        case 0:
            company = Company(store, seed, folder, page_size=2, restless_share=0.8, most_happenings=seed % 16)
            await rush(company)
        case 1:
            company = Company(store, seed, folder)
            await live(company, steps=6)
        case _:
            company = Company(store, seed, folder, favourite="customer_renamed")
            await hear(company)
    await company.settle()
    return company.problems()


def prove_now(store: Store, seed: int, folder: Path) -> list[str]:
    """The same, from code that is not async."""
    return anyio.run(partial(prove, store, seed, folder))
