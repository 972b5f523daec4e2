"""Where a run begins to read a feed: where the last one had stopped or at the start, and where it goes on after that."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hub.plugins.connector import Feed
from hub.sync.listing import listed_stream
from hub.sync.request import SyncRequest
from hub.sync.run_log import NOTHING_DELIVERED, SavedPosition


def beginning(request: SyncRequest, feed: Feed, saved: SavedPosition, *, now: datetime) -> SavedPosition:
    """The position from which a run that begins now reads a feed, as it is saved before the first page."""
    if _goes_on(request, feed, saved, now=now):
        return replace(saved, reading_since=saved.reading_since or now, history_from=request.since)
    started = replace(saved, cursor=None, then_cursor=_then_cursor(feed, saved), reading_since=now, delivered=NOTHING_DELIVERED)
    if _reaches(request.reads_from, request.since):
        return replace(started, full_since=now, history_from=request.since)
    return started if started.then_cursor is not None else replace(started, history_from=request.reads_from)


def objection_to_order(feed: Feed, saved: SavedPosition) -> str | None:
    """Why a feed is held back: a newer file of it has been applied already (P17)."""
    if saved.sequence is None or feed.sequence is None or feed.sequence >= saved.sequence:
        return None
    mine, newer = _in_words(feed.sequence), _in_words(saved.sequence)
    return f"{feed.name}: this file is {mine}, a newer one ({newer}) has been imported: it is held back, nothing was changed"


def _goes_on(request: SyncRequest, feed: Feed, saved: SavedPosition, *, now: datetime) -> bool:
    """Whether there is a place to go on from, and no reason to read everything again."""
    is_same_content = saved.content_digest == feed.content_digest
    is_of_later = listed_stream(feed) is not None and saved.reading_since is not None and saved.reading_since > now  # what came since cannot be told
    starts_over = request.is_full or feed.full_open_list is not None or not is_same_content or is_of_later
    reaches_back = _reaches(saved.history_from, request.since)
    return saved.cursor is not None and reaches_back and not starts_over and not _is_compared_now(request, feed, saved, now=now)


def _reaches(day: date | None, wanted: date | None) -> bool:
    """Whether documents from a day on are all those from the wanted day on; None: there is no first day."""
    return day is None or (wanted is not None and day <= wanted)


def _is_compared_now(request: SyncRequest, feed: Feed, saved: SavedPosition, *, now: datetime) -> bool:
    """Whether everything is read once more, for what a cursor passes over: an edit that shows later than it says (P16).

    Never while a read goes on, and never for a file, whose content cannot change behind the cursor. That the last time is still to come
    says that the clock was wrong then: nobody knows when it was.
    """
    days = request.full_every_days
    if days is None or saved.full_since is None or saved.reading_since is not None or not _has_a_log(feed):
        return False
    return not timedelta(0) <= now - saved.full_since < timedelta(days=days)


def _then_cursor(feed: Feed, saved: SavedPosition) -> str | None:
    """Where to read on after a read from the start: where the last read had stopped, for what a source tells only once is told there.

    Such as that something was deleted: a list of what there is does not show it. A place that was of no use is not asked for again.
    """
    if not _has_a_log(feed):
        return None
    return saved.then_cursor or (saved.cursor if saved.problem is None else None)


def _has_a_log(feed: Feed) -> bool:
    """Whether what happens in the source can stand behind the cursor: neither in a file nor in a list of what there is."""
    return feed.content_digest is None and listed_stream(feed) is None


def _in_words(sequence: str) -> str:
    """A sequence as people wrote it: numbers are kept with zeros before them, so that they compare as text."""
    return sequence.lstrip("0") or "0" if sequence.isdigit() else sequence
