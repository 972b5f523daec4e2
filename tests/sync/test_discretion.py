"""hub/sync/discretion.py: whatever a source says in its errors, no secret of its connection is kept anywhere, or told to anybody."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import date

import msgspec
import pytest
import sqlalchemy as sa

from hub.errors import AuthorisationError, HubError, SourceContractError, TransientSourceError
from hub.jobs import LocalEngine, NewJob, connection_lock, submit
from hub.jobs.scheduling import SYNC_JOB
from hub.model import METADATA, JobRun, SyncRun
from hub.plugins.connector import Feed, FetchingSource, Page
from hub.plugins.tokens import ForgetfulTokens
from hub.sync.discretion import Discretion
from hub.sync.jobs import WEBHOOKS_JOB, SyncJobs, submit_webhooks
from hub.sync.webhooks import events
from hub.vocabulary import Stream, SyncRunStatus
from tests.sync.records import customer
from tests.sync.scripted import ScriptedSource
from tests.sync.test_trying import SECRET, Bench, bench
from tests.sync.webhooks.world import hint, item, tell

__all__ = ["bench"]

TOLD = "GET https://books.example/v1/customers?api_key=*** answered 500"

Kind = Callable[..., HubError]
EVERY_KIND = pytest.mark.parametrize("kind", [TransientSourceError, AuthorisationError, SourceContractError])


def error(kind: Kind, secret: str = SECRET) -> HubError:
    return kind(TOLD.replace("***", secret), connection="books")


async def work(bench: Bench) -> None:
    """Do every job that is due, without waiting."""

    async def no_sleep(_seconds: float) -> None: ...

    jobs = SyncJobs(replace(bench.services, sleep=no_sleep))
    handlers = {SYNC_JOB: jobs.sync, WEBHOOKS_JOB: jobs.webhooks}
    await LocalEngine(bench.hub.store, bench.hub.clock, handlers, zone=bench.hub.workspace.time_zone, redact=str, jitter=lambda: 1.0).drain()


def places_of_secret(bench: Bench) -> list[str]:
    """The columns of the database in which the secret stands."""
    with bench.hub.store.read() as connection:
        rows = [(table.name, row) for table in METADATA.sorted_tables for row in connection.execute(sa.select(table)).mappings()]
    return [f"{name}.{column}" for name, row in rows for column, value in row.items() if SECRET in str(value)]


@EVERY_KIND
async def test_a_run_and_its_job_keep_no_secret_and_all_the_rest(bench: Bench, kind: Kind) -> None:
    bench.source.answer = lambda: [Feed("customers", (Stream.CUSTOMERS,))]
    bench.source.left["customers"] = [error(kind) for _ in range(9)]
    with bench.hub.store.write() as connection:
        submit(connection, NewJob(SYNC_JOB, "sync", lock=connection_lock(1), connection_id=1), now=bench.hub.clock.now())
    await work(bench)
    assert bench.hub.rows(SyncRun, "status", "message") == [(SyncRunStatus.FAILED, TOLD)]
    assert bench.hub.rows(JobRun, "error") == [(TOLD,)]
    assert places_of_secret(bench) == []


@EVERY_KIND
async def test_events_of_webhooks_keep_none(bench: Bench, kind: Kind) -> None:
    async def fail(_stream: Stream, _external_ids: Sequence[str]) -> Page:
        raise error(kind)

    bench.source.fetch = fail  # pyright: ignore[reportAttributeAccessIssue] - it can never be asked
    tell(bench.hub, item(1, hint("C1", 1)))
    with bench.hub.store.write() as connection:
        submit_webhooks(connection, 1, services=bench.services)
    await work(bench)
    told = [*bench.hub.rows(JobRun, "error"), *((found.error,) for found in _events(bench))]
    assert any(TOLD in (text or "") for (text,) in told)
    assert places_of_secret(bench) == []


def _events(bench: Bench) -> Sequence[sa.Row[tuple[object, ...]]]:
    with bench.hub.store.read() as connection:
        return connection.execute(sa.select(events.EVENTS)).all()


async def test_tokens_that_a_source_gives_are_secret_as_soon_as_they_are_kept_and_when_they_are_found() -> None:
    kept = ForgetfulTokens()
    await kept.save(msgspec.json.encode({"type": "Bearer", "tokens": ["one-that-was-kept-before"]}).decode())
    discretion = Discretion([])
    tokens = discretion.tokens(kept)
    await tokens.load()
    await tokens.save("plain text that is a token")
    told = AuthorisationError("Bearer one-that-was-kept-before, then plain text that is a token", connection="books")
    with pytest.raises(AuthorisationError, match=r"^Bearer \*\*\*, then \*\*\*$"), discretion.kept():
        raise told


async def test_what_led_to_an_error_tells_no_secret_either() -> None:
    first = ValueError(f"key={SECRET}")
    told = TransientSourceError("the line broke", connection="books", feed=SECRET)
    with pytest.raises(TransientSourceError), Discretion([SECRET]).kept():
        raise told from ExceptionGroup("some", [first])
    assert (told.feed, str(first)) == ("***", "key=***")


async def test_a_source_can_do_what_it_could() -> None:
    closed: list[str] = []

    class Plain:
        async def feeds(self) -> Sequence[Feed]:
            return []

        async def read(self, feed: Feed, *, cursor: str | None, since: date | None) -> AsyncIterator[Page]:
            del feed, cursor, since
            try:
                yield Page(records=[customer()], cursor="1")
                yield Page(records=[], cursor=None)
            finally:
                closed.append("read")

        async def aclose(self) -> None:
            closed.append("source")

    source = Discretion([]).source(Plain())
    assert not isinstance(source, FetchingSource)
    assert isinstance(Discretion([]).source(ScriptedSource({})), FetchingSource)
    pages = source.read(Feed("customers", ()), cursor=None, since=None)
    assert (await anext(pages)).cursor == "1"
    assert isinstance(pages, AsyncGenerator)
    await pages.aclose()
    await source.aclose()
    assert closed == ["read", "source"]
