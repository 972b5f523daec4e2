"""Deletions that no source tells: what is here and absent from a complete list of ids has been deleted at its source (ST15, P16).

Before anything is marked as deleted the source is asked for it by its id, where it can be: a list that shifted while it was read must
delete nothing. Many at once wait for a person: a source that answers with an empty list has most likely a fault of its own.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from hub.model import ExternalReference, table_of
from hub.plugins.connector import FetchingSource, Page
from hub.plugins.records import Deletion
from hub.store.bulk import chunks
from hub.sync.context import RunContext
from hub.sync.marks import is_marked
from hub.sync.sweep import Closing
from hub.vocabulary import Stream

_REFERENCES = table_of(ExternalReference)
_NEVER_MANY = 5
_ASKED_AT_ONCE = 100


def find_missing(connection: sa.Connection, run: RunContext, stream: Stream, *, listing_since: datetime) -> list[str]:
    """External ids that are alive here and that the list, begun at `listing_since`, does not name.

    What has changed here since then is left out: it may have come after its place in the list had been read.
    """
    columns = _REFERENCES.c
    named = is_marked(run.connection_id, run.feed, stream, external_id=columns.external_id)
    statement = sa.select(columns.external_id).where(*_living(run, stream), columns.changed_at <= listing_since, ~named).order_by(columns.external_id)
    return list(connection.execute(statement).scalars())


def objection(connection: sa.Connection, run: RunContext, stream: Stream, *, missing_count: int, closing: Closing, brake_percent: int) -> str | None:
    """Why what is missing may not be deleted now, and what to do; None: it may."""
    living_count = connection.execute(sa.select(sa.func.count()).select_from(_REFERENCES).where(*_living(run, stream))).scalar_one()
    is_many = missing_count > _NEVER_MANY and missing_count * 100 > living_count * brake_percent
    if not is_many or closing.approved_count == missing_count:
        return None
    what = f"{missing_count} of {living_count} {in_words(stream)}"
    remedy = f"look at them in the source; if they are really gone, run `dunwell sync {run.connection_name} --delete-absent {missing_count}`"
    if closing.approved_count is not None:
        return f"{what} are absent from the source, {closing.approved_count} were approved: nothing was deleted; {remedy}"
    return f"{what} are absent from the source, more than {brake_percent}%: nothing was deleted; {remedy}"


async def confirm_missing(source: object, stream: Stream, external_ids: Sequence[str], *, is_fetchable: bool) -> list[Page]:
    """Pages that say what has become of some ids: deleted where the source knows no more of them, and what it still has as it is."""
    if not is_fetchable or not isinstance(source, FetchingSource):
        return [_gone(stream, some) for some in chunks(external_ids, _ASKED_AT_ONCE)]
    pages: list[Page] = []
    for some in chunks(external_ids, _ASKED_AT_ONCE):
        found = await source.fetch(stream, some)
        known = {item.external_id for item in (*found.records, *found.deletions)} | {item.external_id for item in found.refusals}
        gone = [name for name in some if name not in known]
        deletions = (*found.deletions, *_gone(stream, gone).deletions)
        pages.append(Page(records=found.records, cursor=None, deletions=deletions, refusals=found.refusals, notices=found.notices))
    return pages


def in_words(stream: Stream) -> str:
    """A stream as people say it: `credit notes`."""
    return stream.value.lower().replace("_", " ")


def _gone(stream: Stream, external_ids: Sequence[str]) -> Page:
    return Page(records=(), cursor=None, deletions=[Deletion(stream=stream, external_id=name) for name in external_ids])


def _living(run: RunContext, stream: Stream) -> tuple[sa.ColumnElement[bool], ...]:
    columns = _REFERENCES.c
    return (columns.connection_id == run.connection_id, columns.stream == stream, columns.is_deleted_at_source.is_(False))
