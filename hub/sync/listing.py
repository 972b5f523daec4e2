"""Feeds that are complete lists: of what is open, or of everything that is there. What they do not name is closed, or was deleted."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.plugins.connector import Feed
from hub.sync import full_lists, marks, sweep
from hub.sync.context import RunContext
from hub.sync.full_lists import Unlisted
from hub.sync.request import Counts, SyncRequest
from hub.sync.run_log import SavedPosition
from hub.sync.sweep import NOTHING_APPROVED, Absent
from hub.vocabulary import Stream

_LISTED_EVERY = timedelta(hours=24)
"""How old the last complete list of ids is before it is read again; a full run reads it in any case."""


def listed_stream(feed: Feed) -> Stream | None:
    """What a feed lists completely; None: it is no list."""
    return feed.full_list if feed.full_open_list is None else feed.full_open_list.stream


def is_fresh(request: SyncRequest, feed: Feed, position: SavedPosition, *, now: datetime) -> bool:
    """Whether a list of ids was read so lately that it need not be read now. One from the future is of a clock that was wrong."""
    if feed.full_list is None or request.is_full or request.closing != NOTHING_APPROVED:
        return False
    return position.reading_since is None and position.data_as_of is not None and timedelta(0) <= now - position.data_as_of < _LISTED_EVERY


def close_unlisted(
    connection: sa.Connection, run: RunContext, request: SyncRequest, *, feed: Feed, unreadable_count: int
) -> tuple[str | None, Sequence[Absent], Counts]:
    """Close what a complete list of what is open does not name, if a person said so; otherwise say what would be closed, and why it is not."""
    listed = feed.full_open_list
    if listed is None:
        return None, (), Counter()
    absent = sweep.find_absent(connection, run.connection_id, feed.name, closed_on=listed.closed_on)
    if absent and unreadable_count:
        held = f"{unreadable_count} rows could not be read, so the list is not complete and nothing was closed: mend them and import again"
        return held, absent, Counter()
    held = sweep.objection(connection, run, absent, closing=request.closing, brake_percent=request.workspace.mass_close_percent)
    if held is not None or not absent:
        return held, absent, Counter()
    sweep.close_absent(connection, run, listed, absent=absent)
    return None, absent, Counter({(listed.stream, "closed"): len(absent)})


def find_unlisted(connection: sa.Connection, run: RunContext, request: SyncRequest, *, stream: Stream, listing_since: datetime) -> Unlisted:
    """What a complete list of everything tells: what it does not name, whether that may be deleted, and what it names and is deleted here."""
    missing = full_lists.find_missing(connection, run, stream, listing_since=listing_since)
    if missing and marks.has_unreadable(connection, run.connection_id, run.feed):
        held = f"rows of {run.feed} could not be read, so the list is not complete and nothing was deleted: look at the rejected records"
    else:
        percent = request.workspace.mass_close_percent
        held = full_lists.objection(connection, run, stream, missing_count=len(missing), closing=request.closing, brake_percent=percent)
    return Unlisted(held, missing, full_lists.find_returned(connection, run, stream, listing_since=listing_since))
