"""hub/sync/aftermath.py: no run fails without a word to people, and a fault that passes is not hidden by one that does not."""

from collections.abc import Sequence

import pytest

from hub.errors import HubError, SourceContractError, StoreError, TransientSourceError
from hub.jobs.outcomes import outcome_of
from hub.model import ConnectionNotice
from hub.plugins.connector import Feed
from hub.sync.request import SyncReport
from hub.vocabulary import JobStatus, NoticeKind, SyncRunStatus
from tests.sync.records import customer
from tests.sync.scripted import ScriptedSource, Step
from tests.sync.test_engine import Runner, page, runner, transient

__all__ = ["runner"]

BROKEN = SourceContractError("items is no list", connection="books", feed="one")


def status_of_job(runner: Runner, report: SyncReport) -> JobStatus:
    assert report.error is not None
    return outcome_of(report.error, 1, now=runner.hub.clock.now(), jitter=lambda: 1.0).status


def lasting() -> list[Step]:
    """A passing fault that goes on for longer than a run has patience."""
    return [transient() for _ in range(6)]


@pytest.mark.parametrize(
    "error",
    [SourceContractError("there is no invoices.csv", connection="books"), TransientSourceError("the line broke", connection="books", retry_after_seconds=1e6)],
    ids=lambda error: type(error).__name__,
)
async def test_a_source_that_cannot_name_its_feeds_is_told_until_it_can(runner: Runner, error: HubError) -> None:
    class Silent(ScriptedSource):
        async def feeds(self) -> Sequence[Feed]:
            raise error

    report = await runner.run(Silent({}))
    assert report.status is SyncRunStatus.FAILED
    assert runner.hub.rows(ConnectionNotice, "kind", "subject", "message") == [(NoticeKind.SYNC_FAILED, "", str(error))]
    await runner.script(page(customer()))
    assert runner.notices() == [(NoticeKind.SYNC_FAILED, "", False)]


async def test_a_broken_feed_does_not_keep_a_passing_fault_of_another_from_being_tried_again(runner: Runner) -> None:
    report = await runner.run(ScriptedSource({"one": [BROKEN], "two": lasting()}))
    assert status_of_job(runner, report) is JobStatus.QUEUED
    assert runner.notices() == [(NoticeKind.CONTRACT_BROKEN, "one", True), (NoticeKind.SYNC_FAILED, "", True)]


async def test_when_the_fault_has_passed_only_the_broken_feed_is_told(runner: Runner) -> None:
    await runner.run(ScriptedSource({"one": [BROKEN], "two": lasting()}))
    report = await runner.run(ScriptedSource({"one": [BROKEN], "two": [page()]}))
    assert status_of_job(runner, report) is JobStatus.DEAD
    assert runner.notices() == [(NoticeKind.CONTRACT_BROKEN, "one", True), (NoticeKind.SYNC_FAILED, "", False)]


async def test_what_stops_every_feed_is_told_before_all_else(runner: Runner) -> None:
    report = await runner.run(ScriptedSource({"one": [BROKEN], "two": lasting(), "three": [StoreError("the disk is full")]}))
    assert isinstance(report.error, StoreError)
    assert runner.notices()[-1] == (NoticeKind.SYNC_FAILED, "", True)
