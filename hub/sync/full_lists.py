"""Deletions that no source tells: what is here and absent from a complete list of ids has been deleted at its source (ST15, P16).

Before anything is marked as deleted the source is asked for it by its id, where it can be: a list that shifted while it was read must
delete nothing. Many at once wait for a person: a source that answers with an empty list has most likely a fault of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from hub.model import ExternalReference, table_of
from hub.plugins.connector import FetchingSource, Page
from hub.plugins.records import Deletion
from hub.store.bulk import chunks
from hub.sync.answers import answered
from hub.sync.context import RunContext
from hub.sync.in_time import in_time
from hub.sync.marks import is_marked
from hub.sync.request import SyncRequest
from hub.sync.sweep import Closing
from hub.vocabulary import Stream

_REFERENCES = table_of(ExternalReference)
_NEVER_MANY = 5
_ASKED_AT_ONCE = 100
_LONGEST_RUN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Missing:
    """An object that is alive here and that the list does not name, with the version that is known of it."""

    external_id: str
    source_version: int | None
    source_updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """What a complete list tells. `held` says why what is missing may not be deleted; None: it may. `returned` are ids that are deleted here."""

    held: str | None
    missing: Sequence[Missing]
    returned: Sequence[str]


def find_missing(connection: sa.Connection, run: RunContext, stream: Stream, *, listing_since: datetime) -> list[Missing]:
    """What is alive here and the list, begun at `listing_since`, does not name.

    What has changed here since then is left out: it may have come after its place in the list had been read.
    """
    columns = _REFERENCES.c
    named = is_marked(run.connection_id, run.feed, stream, external_id=columns.external_id)
    found = sa.select(columns.external_id, columns.source_version, columns.source_updated_at)
    statement = found.where(*_mine(run, stream, is_deleted=False), _changed_before(listing_since, run.now), ~named).order_by(columns.external_id)
    return [Missing(*row) for row in connection.execute(statement)]


def find_returned(connection: sa.Connection, run: RunContext, stream: Stream, *, listing_since: datetime) -> list[str]:
    """External ids that the list names and that are deleted here: they have come back, or were never gone."""
    columns = _REFERENCES.c
    named = is_marked(run.connection_id, run.feed, stream, external_id=columns.external_id)
    deleted = sa.select(columns.external_id).where(*_mine(run, stream, is_deleted=True), _changed_before(listing_since, run.now), named)
    return list(connection.execute(deleted.order_by(columns.external_id)).scalars())


def _changed_before(listing_since: datetime, now: datetime) -> sa.ColumnElement[bool]:
    """Whether what is here is older than the list. What a clock that was ahead has dated after any run that may go on now is, too."""
    changed_at = _REFERENCES.c.changed_at
    return sa.or_(changed_at <= listing_since, changed_at > now + _LONGEST_RUN)


def objection(connection: sa.Connection, run: RunContext, stream: Stream, *, missing_count: int, closing: Closing, brake_percent: int) -> str | None:
    """Why what is missing may not be deleted now, and what to do; None: it may."""
    mine = _mine(run, stream, is_deleted=False)
    living_count = connection.execute(sa.select(sa.func.count()).select_from(_REFERENCES).where(*mine)).scalar_one()
    is_many = (missing_count > _NEVER_MANY and missing_count * 100 > living_count * brake_percent) or missing_count == living_count > 1
    if not missing_count or closing.approved_count == missing_count or (closing.approved_count is None and not is_many):
        return None
    what = f"{missing_count} of {living_count} {in_words(stream)}"
    remedy = f"look at them in the source; if they are really gone, run `dunwell sync {run.connection_name} --delete-absent {missing_count}`"
    if closing.approved_count is not None:
        return f"{what} are absent from the source, {closing.approved_count} were approved: nothing was deleted; {remedy}"
    return f"{what} are absent from the source, more than {brake_percent}%: nothing was deleted; {remedy}"


async def ask_about(request: SyncRequest, stream: Stream, unlisted: Unlisted) -> list[Page]:
    """Pages that say what has become of what is missing and of what has returned: as the source has it now, deleted where it knows no more of it.

    What is missing and held is left alone. Where single objects cannot be fetched, the list alone counts, and what has returned waits for
    its next change. Raises TransientSourceError, too, when the source does not answer in time.
    """
    source = request.source
    missing = {item.external_id: item for item in unlisted.missing} if unlisted.held is None else {}
    if stream not in request.fetchable or not isinstance(source, FetchingSource):
        return [Page(records=(), cursor=None, deletions=[_gone(stream, item) for item in some]) for some in chunks(list(missing.values()), _ASKED_AT_ONCE)]
    pages: list[Page] = []
    for some in chunks([*missing, *unlisted.returned], _ASKED_AT_ONCE):
        found = await in_time(partial(source.fetch, stream, some), request.most_page_seconds, connection=request.connection_name)
        told = answered(found, {(stream, name) for name in some})
        unknown = [] if _is_any_unreadable(found, stream) else [name for name in some if name in missing and (stream, name) not in told]
        gone = [_gone(stream, missing[name]) for name in unknown]
        pages.append(Page(records=found.records, cursor=None, deletions=[*found.deletions, *gone], refusals=found.refusals, notices=found.notices))
    return pages


def _is_any_unreadable(page: Page, stream: Stream) -> bool:
    """Whether a page holds an object of a stream whose id could not be read: it may be any of those that were asked for."""
    return any(refusal.external_id is None and refusal.stream in {None, stream} for refusal in page.refusals)


def in_words(stream: Stream) -> str:
    """A stream as people say it: `credit notes`."""
    return stream.value.lower().replace("_", " ")


def _gone(stream: Stream, item: Missing) -> Deletion:
    """The deletion of the version that is known: whatever newer one comes meanwhile is not deleted by it."""
    return Deletion(stream=stream, external_id=item.external_id, source_version=item.source_version, source_updated_at=item.source_updated_at)


def _mine(run: RunContext, stream: Stream, *, is_deleted: bool) -> tuple[sa.ColumnElement[bool], ...]:
    columns = _REFERENCES.c
    return (columns.connection_id == run.connection_id, columns.stream == stream, columns.is_deleted_at_source.is_(is_deleted))
