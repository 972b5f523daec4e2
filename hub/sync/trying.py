"""Trying a connection: its source is asked what there is to read and for a first page of it, which is not kept; what came of that is.

A job does it, since no transaction may wait for an outside system. It is never repeated by itself: whoever tries a connection wants to know.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import anyio
import sqlalchemy as sa
import structlog

from hub.config import ConnectionSettings
from hub.errors import SourceContractError
from hub.jobs import JobHandle, fence
from hub.jobs.outcomes import describe, sole_cause
from hub.model import Connection, ConnectionTest, table_of
from hub.plugins.connector import Feed, Source
from hub.store.engine import run_in_thread
from hub.sync.asked import Asking, submit_asked
from hub.sync.opening import SyncServices, find_connection, opened_source
from hub.sync.service import today
from hub.sync.sweep import objection_to_feeds
from hub.sync.texts import clean
from hub.vocabulary import ConnectionTestStatus

TEST_JOB = "connection-test"
SECONDS = 30.0
"""How long a source may take to answer."""

KEPT = 20
"""How many tests of a connection are kept."""

_MOST_FEEDS = 200
_TESTS = table_of(ConnectionTest)
_CONNECTIONS = table_of(Connection)

_log = structlog.get_logger(__name__)


def submit_test(connection: sa.Connection, asking: Asking) -> tuple[int, int]:
    """Have a connection tried; returns the ids of the test and of its job. Belongs to the transaction of the request."""
    values = {"connection_id": asking.connection_id, "status": ConnectionTestStatus.WAITING, "asked_by": asking.by, "asked_at": asking.now}
    test_id = int(connection.execute(sa.insert(_TESTS).values(**values).returning(_TESTS.c.id)).scalar_one())
    job_id = submit_asked(connection, TEST_JOB, asking, lock=f"test:{asking.connection_id}", asked={"test": test_id})
    connection.execute(sa.update(_TESTS).where(_TESTS.c.id == test_id).values(job_run_id=job_id))
    mine = sa.and_(_TESTS.c.connection_id == asking.connection_id, _TESTS.c.status != ConnectionTestStatus.WAITING)
    old = sa.select(_TESTS.c.id).where(mine).order_by(_TESTS.c.id.desc()).offset(KEPT)
    connection.execute(sa.delete(_TESTS).where(_TESTS.c.id.in_(old.scalar_subquery())))
    return test_id, job_id


async def do_test(services: SyncServices, job: JobHandle, *, seconds: float = SECONDS) -> None:
    """Try the connection of a job, and keep what came of it."""
    begin = anyio.current_time()
    try:
        connection = await run_in_thread(partial(_find, services, job))
        outcome = await _try(services, connection, seconds)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is what the test has found
        _log.info("a connection could not be tried", job=job.id, error=type(error).__name__)
        outcome = _Outcome(problem=describe(sole_cause(error)))
    await run_in_thread(partial(_keep, services, job, outcome, milliseconds=round((anyio.current_time() - begin) * 1000)))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a source said: the feeds that it has, or what is the matter."""

    feeds: Sequence[str] | None = None
    problem: str | None = None


async def _try(services: SyncServices, connection: ConnectionSettings, seconds: float) -> _Outcome:
    try:
        with anyio.fail_after(seconds):
            names = await _feeds(services, connection)
    except TimeoutError:
        return _Outcome(problem=f"the source gave no answer within {seconds:g} seconds")
    return _Outcome(feeds=names)


async def _feeds(services: SyncServices, connection: ConnectionSettings) -> Sequence[str]:
    async with opened_source(services, connection) as source:
        feeds = await _look_into(services, connection, source)
    return [feed.name for feed in feeds[:_MOST_FEEDS]]


async def _look_into(services: SyncServices, connection: ConnectionSettings, source: Source) -> Sequence[Feed]:
    """The feeds. Many a source knows them without asking anybody, so a page is asked for, too, of what has changed today."""
    feeds = await source.feeds()
    problem = objection_to_feeds(feeds)
    if problem is not None:
        raise SourceContractError(problem, connection=connection.name)
    if feeds:
        pages = source.read(feeds[0], cursor=None, since=today(services))
        await anext(pages, None)
        if isinstance(pages, AsyncGenerator):
            await pages.aclose()
    return feeds


def _find(services: SyncServices, job: JobHandle) -> ConnectionSettings:
    with services.store.read() as connection:
        name = connection.execute(sa.select(_CONNECTIONS.c.name).where(_CONNECTIONS.c.id == job.connection_id)).scalar_one()
        return find_connection(connection, services.settings, name)


def _keep(services: SyncServices, job: JobHandle, outcome: _Outcome, *, milliseconds: int) -> None:
    payload = cast("dict[str, Any]", job.payload or {})
    values: dict[str, Any] = {
        "status": ConnectionTestStatus.PASSED if outcome.problem is None else ConnectionTestStatus.FAILED,
        "problem": None if outcome.problem is None else clean(outcome.problem),
        "feeds": None if outcome.feeds is None else [clean(name) for name in outcome.feeds],
        "milliseconds": milliseconds,
        "ended_at": services.clock.now(),
    }
    with services.store.write() as connection:
        fence(connection, job)
        connection.execute(sa.update(_TESTS).where(_TESTS.c.id == payload["test"]).values(**values))
