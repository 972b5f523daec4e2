"""API tokens: made once, shown once, kept only as a SHA-256, with an expiry and a way to revoke them.

A token is 256 random bits, so a plain hash is as hard to invert as the token is to guess, and finding it by its hash takes the
same time whether or not a guess was near. Functions that take a connection write in the caller's transaction.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col

from hub.access.principal import Principal
from hub.errors import NotFoundError, RequestError
from hub.model import ApiToken, User, table_of
from hub.vocabulary import Role

PREFIX = "dun_"
"""How every token starts, so that people and scanners of leaked secrets recognise one."""

_RANDOM_BYTES = 32
_LONGEST_NAME = 200
_LONGEST_TOKEN = 200

_table = table_of(ApiToken)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token. `secret` is what the caller sends as bearer token; it can never be read again."""

    id: int
    name: str
    role: Role
    secret: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as it is listed: everything but its secret. Instants are UTC; None means never."""

    id: int
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_valid_at(self, instant: datetime) -> bool:
        """Whether it opens anything at that instant; at the instant of its expiry it no longer does."""
        return self.revoked_at is None and (self.expires_at is None or instant < self.expires_at)


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A token that was found valid: who it is, and when it was last seen (None: never)."""

    principal: Principal
    last_used_at: datetime | None


def issue_token(
    connection: sa.Connection, name: str, role: Role, *, now: datetime, expires_at: datetime | None = None, user_id: int | None = None
) -> IssuedToken:
    """Make and keep a token. `expires_at` None: no expiry.

    Raises RequestError for an empty or overlong name, and for an expiry that is not after `now`.
    """
    if not name.strip() or len(name) > _LONGEST_NAME:
        message = f"a token needs a name of 1 to {_LONGEST_NAME} characters, so that it can be told from others"
        raise RequestError(message, path=("name",))
    if expires_at is not None and expires_at <= now:
        message = "a token cannot expire before it is made"
        raise RequestError(message, path=("expiresAt",))
    secret = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    values = {"name": name, "role": role, "user_id": user_id, "token_hash": token_hash(secret), "created_at": now, "expires_at": expires_at}
    row = connection.execute(sa.insert(_table).values(values).returning(_table.c.id)).one()
    return IssuedToken(id=row.id, name=name, role=role, secret=secret, expires_at=expires_at)


def revoke_token(connection: sa.Connection, token_id: int, *, now: datetime) -> bool:
    """Make a token worthless from now on; returns whether it was not before, since revoking twice keeps the first instant.

    Raises NotFoundError for an unknown id.
    """
    found = connection.execute(sa.select(_table.c.revoked_at).where(_table.c.id == token_id)).one_or_none()
    if found is None:
        message = f"there is no token {token_id}"
        raise NotFoundError(message, path=("id",))
    valid = sa.and_(_table.c.id == token_id, _table.c.revoked_at.is_(None))
    return connection.execute(sa.update(_table).where(valid).values(revoked_at=now)).rowcount == 1


def revoke_tokens_named(connection: sa.Connection, name: str, *, now: datetime) -> None:
    """Make every token of one name worthless from now on; none is no error."""
    connection.execute(sa.update(_table).where(_table.c.name == name, _table.c.revoked_at.is_(None)).values(revoked_at=now))


def list_tokens(connection: sa.Connection) -> Sequence[TokenInfo]:
    """Every token ever made, oldest first, the expired and revoked ones included."""
    columns = _table.c.id, _table.c.name, _table.c.role, _table.c.created_at, _table.c.expires_at, _table.c.revoked_at, _table.c.last_used_at
    return [TokenInfo(*row) for row in connection.execute(sa.select(*columns).order_by(_table.c.id))]


def verify_token(connection: sa.Connection, secret: str, *, now: datetime) -> VerifiedToken | None:
    """The valid token with that secret; None for one that is unknown, expired, revoked, or of a user who is no longer active."""
    if not secret.startswith(PREFIX) or len(secret) > _LONGEST_TOKEN:
        return None
    return _find_valid(connection, _table.c.token_hash == token_hash(secret), now=now)


def find_principal(connection: sa.Connection, token_id: int, *, now: datetime) -> Principal | None:
    """Whom a token stands for now that was shown earlier; None: it is no longer valid. For work that goes on after its request."""
    found = _find_valid(connection, _table.c.id == token_id, now=now)
    return None if found is None else found.principal


def _find_valid(connection: sa.Connection, wanted: sa.ColumnElement[bool], *, now: datetime) -> VerifiedToken | None:
    statement = (
        sa.select(_table.c.id, _table.c.name, _table.c.role, _table.c.last_used_at)
        .outerjoin(User, col(User.id) == _table.c.user_id)
        .where(wanted, _table.c.revoked_at.is_(None))
        .where(sa.or_(_table.c.expires_at.is_(None), _table.c.expires_at > now))
        .where(sa.or_(_table.c.user_id.is_(None), col(User.is_active)))
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else VerifiedToken(Principal(row.name, row.role, row.id), row.last_used_at)


def mark_used(connection: sa.Connection, token_id: int, *, now: datetime) -> None:
    """Remember that a token was used."""
    connection.execute(sa.update(_table).where(_table.c.id == token_id).values(last_used_at=now))


def token_hash(secret: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
