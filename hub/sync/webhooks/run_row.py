"""The run behind a page of fetched objects: it begins and ends within the page's transaction, so it is never seen under way.

A sync of the same connection may go on meanwhile; neither takes the other for a run that was cut off.
"""

from datetime import datetime

import sqlalchemy as sa

from hub.model import SyncRun, table_of
from hub.sync import run_log
from hub.sync.context import PageWork
from hub.sync.request import FeedOutcome, SyncRequest
from hub.sync.run_log import RunStart
from hub.vocabulary import SyncRunStatus

TRIGGER = "WEBHOOK"
"""What started such a run."""

_RUNS = table_of(SyncRun)


def begin(connection: sa.Connection, request: SyncRequest, *, now: datetime) -> int:
    """Make the run's row; returns its id."""
    start = RunStart(connection_id=request.connection_id, trigger=TRIGGER, job_run_id=request.job_run_id)
    return run_log.insert_run(connection, start, now=now)


def end(connection: sa.Connection, run_id: int, feed: str, *, work: PageWork, notice_count: int, now: datetime) -> None:
    """End the run with what its page did; `notice_count` is how many the page itself brought."""
    notices = notice_count + len(work.notices)
    run_log.note_counts(connection, run_id, work.counts, notices=notices)
    feeds = {feed: FeedOutcome(feed, work.counts, notices).as_document()}
    run_log.end_run(connection, run_id, status=SyncRunStatus.SUCCEEDED, message=None, feeds=feeds, now=now)
