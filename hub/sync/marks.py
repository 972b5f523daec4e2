"""Marks: what a complete list has named so far. They are kept with the pages of the list, so that a list can be read in several runs."""

import sqlalchemy as sa

from hub.model import SweepMark, table_of
from hub.plugins.connector import Page
from hub.store.bulk import insert_missing
from hub.sync.context import RunContext
from hub.sync.texts import clean
from hub.vocabulary import Stream

_MARKS = table_of(SweepMark)
_ID_LENGTH = 255
UNREADABLE = ""
"""Stands for rows whose id could not be read; no object has this id."""


def start_marks(connection: sa.Connection, connection_id: int, feed: str) -> None:
    """Forget the marks of an earlier read: a list is read from its start."""
    connection.execute(sa.delete(_MARKS).where(_MARKS.c.connection_id == connection_id, _MARKS.c.feed == feed))


def mark_seen(connection: sa.Connection, run: RunContext, stream: Stream, *, page: Page) -> None:
    """Mark what a page names, also what was refused: a row that cannot be read is there all the same.

    That the id of a row could not even be read is remembered too, as a mark without an id: then nobody knows what the list names.
    """
    named = {record.external_id for record in page.records if record.stream is stream}
    named |= {refusal.external_id or UNREADABLE for refusal in page.refusals}
    rows = [(run.connection_id, run.feed, stream.stored, clean(external_id)[:_ID_LENGTH]) for external_id in sorted(named.union(page.listed))]
    insert_missing(connection, _MARKS, columns=("connection_id", "feed", "stream", "external_id"), rows=rows)


def is_marked(connection_id: int, feed: str, stream: Stream, *, external_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether an external id has been named by the list that is read as `feed`."""
    columns = _MARKS.c
    return sa.exists().where(columns.connection_id == connection_id, columns.feed == feed, columns.stream == stream, columns.external_id == external_id)


def has_unreadable(connection: sa.Connection, connection_id: int, feed: str) -> bool:
    """Whether a row of the list could not be read at all."""
    columns = _MARKS.c
    same = sa.and_(columns.connection_id == connection_id, columns.feed == feed, columns.external_id == UNREADABLE)
    return connection.execute(sa.select(columns.feed).where(same).limit(1)).first() is not None
