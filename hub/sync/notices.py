"""Notices of a connection (ST18): raised once while something goes on, dismissed by a person, resolved when it is over.

Each step leaves an event (`notice.raised`, `notice.dismissed`, `notice.resolved`) for later stages.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.errors import NotFoundError
from hub.model import Connection, ConnectionNotice, Event, table_of
from hub.sync.texts import clean
from hub.vocabulary import NoticeKind

_NOTICES = table_of(ConnectionNotice)
_CONNECTIONS = table_of(Connection)
_EVENTS = table_of(Event)

_SUBJECT_LENGTH = 300

RAISED, DISMISSED, RESOLVED = "notice.raised", "notice.dismissed", "notice.resolved"
"""The kinds of event; the payload names notice, connection, kind, subject and message, and who did it."""


def raise_notice(connection: sa.Connection, connection_id: int, kind: NoticeKind, *, message: str, subject: str = "", now: datetime) -> bool:
    """Tell people of something; returns whether it is news.

    While one notice of this kind and subject is open, it is only brought up to date. A dismissed one comes up again when its message
    changes: then something else is the matter than what the person saw.
    """
    about = {"kind": kind, "subject": clean(subject, _SUBJECT_LENGTH), "message": clean(message)}
    known = _touch(connection, connection_id, about, now=now)
    if known is None:
        _lock(connection, connection_id)  # two may see the same at once; the second one then finds the first one's notice
        known = _touch(connection, connection_id, about, now=now)
    if known is not None:
        return known
    insert = sa.insert(_NOTICES).values(connection_id=connection_id, **about, raised_at=now, last_seen_at=now)
    notice_id = connection.execute(insert.returning(_NOTICES.c.id)).scalar_one()
    _note_event(connection, RAISED, _payload(notice_id, connection_id, about), now=now)
    return True


def resolve_notice(connection: sa.Connection, connection_id: int, kind: NoticeKind, *, subject: str | None = "", now: datetime, by: str | None = None) -> int:
    """Say that something is over; returns how many notices that ends. `subject` None: whatever the subject. `by` None: nobody, it ended by itself."""
    mine = [_NOTICES.c.connection_id == connection_id, _NOTICES.c.kind == kind]
    if subject is not None:
        mine.append(_NOTICES.c.subject == clean(subject, _SUBJECT_LENGTH))
    return resolve_where(connection, sa.and_(*mine), now=now, by=by)


def resolve_where(connection: sa.Connection, condition: sa.ColumnElement[bool], *, now: datetime, by: str | None = None) -> int:
    """Resolve every open notice that a condition over the table of notices names; returns how many there were."""
    columns = (_NOTICES.c.id, _NOTICES.c.connection_id, _NOTICES.c.kind, _NOTICES.c.subject, _NOTICES.c.message)
    resolve = sa.update(_NOTICES).where(_NOTICES.c.resolved_at.is_(None), condition).values(resolved_at=now, resolved_by=by)
    found = connection.execute(resolve.returning(*columns)).mappings().all()
    for row in found:
        _note_event(connection, RESOLVED, _payload(row["id"], row["connection_id"], row, by=by), now=now)
    return len(found)


def dismiss_notice(connection: sa.Connection, notice_id: int, *, now: datetime, by: str) -> None:
    """Keep an open notice out of sight while the same goes on. Raises NotFoundError when it is not there, resolved or dismissed."""
    columns = (_NOTICES.c.connection_id, _NOTICES.c.kind, _NOTICES.c.subject, _NOTICES.c.message)
    is_shown = sa.and_(_NOTICES.c.id == notice_id, is_open(_NOTICES))
    dismiss = sa.update(_NOTICES).where(is_shown).values(dismissed_at=now, dismissed_by=by)
    found = connection.execute(dismiss.returning(*columns)).mappings().first()
    if found is None:
        raise NotFoundError(f"there is no open notice {notice_id}")
    _note_event(connection, DISMISSED, _payload(notice_id, found["connection_id"], found, by=by), now=now)


def is_open(notices: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a notice is for people to look at: neither over nor dismissed."""
    return sa.and_(notices.c.resolved_at.is_(None), notices.c.dismissed_at.is_(None))


def _touch(connection: sa.Connection, connection_id: int, about: dict[str, Any], *, now: datetime) -> bool | None:
    """Bring the open notice up to date: whether that made it news again; None when there is none."""
    same = sa.and_(
        _NOTICES.c.connection_id == connection_id,
        _NOTICES.c.kind == about["kind"],
        _NOTICES.c.subject == about["subject"],
        _NOTICES.c.resolved_at.is_(None),
    )
    found = connection.execute(sa.select(_NOTICES.c.id, _NOTICES.c.message, _NOTICES.c.dismissed_at).where(same).order_by(_NOTICES.c.id)).first()
    if found is None:
        return None
    comes_up_again = found.dismissed_at is not None and found.message != about["message"]
    values: dict[str, Any] = {"message": about["message"], "last_seen_at": now}
    if comes_up_again:
        values |= {"raised_at": now, "dismissed_at": None, "dismissed_by": None}
        _note_event(connection, RAISED, _payload(found.id, connection_id, about), now=now)
    connection.execute(sa.update(_NOTICES).where(_NOTICES.c.id == found.id).values(**values))
    return comes_up_again


def _lock(connection: sa.Connection, connection_id: int) -> None:
    """Keep others from raising notices of the connection until the transaction ends; SQLite has one writer anyhow."""
    connection.execute(sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.id == connection_id).with_for_update(key_share=True))


def _payload(notice_id: int, connection_id: int, about: Any, *, by: str | None = None) -> dict[str, Any]:  # noqa: ANN401 - a mapping or a row of one
    told = {"notice_id": notice_id, "connection_id": connection_id, "kind": about["kind"].value, "subject": about["subject"], "message": about["message"]}
    return told if by is None else told | {"by": by}


def _note_event(connection: sa.Connection, kind: str, payload: dict[str, Any], *, now: datetime) -> None:
    connection.execute(sa.insert(_EVENTS).values(kind=kind, payload=payload, happened_at=now))
