"""Who may use the hub, what they did, and which of their requests were answered: users, API tokens, the audit log, outcomes."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import JsonDocument, Row, binary, enum_column, instant, json_column, primary_key, reference_to
from hub.vocabulary import Role


class User(Row, table=True):
    """A colleague with a login and a role."""

    __tablename__ = "user_account"

    id: int | None = primary_key()
    colleague_id: int | None = reference_to("colleague.id", nullable=True)
    login: str = Field(max_length=320, unique=True)
    role: Role = enum_column(Role)
    password_hash: str | None = Field(default=None, max_length=255)
    is_active: bool = Field(default=True)
    created_at: datetime = instant()


class ApiToken(Row, table=True):
    """An API token: `token_hash` is the SHA-256 of the secret, which is shown once and never kept. `expires_at` None: no expiry."""

    __tablename__ = "api_token"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)

    id: int | None = primary_key()
    name: str = Field(max_length=200)
    role: Role = enum_column(Role)
    user_id: int | None = reference_to("user_account.id", nullable=True)
    token_hash: bytes = binary(32)
    created_at: datetime = instant()
    expires_at: datetime | None = instant(nullable=True)
    revoked_at: datetime | None = instant(nullable=True)
    last_used_at: datetime | None = instant(nullable=True)


class AuditEntry(Row, table=True):
    """One thing that somebody did to one row through the API. Append-only.

    `actor` is the token's name as it was. `entity` is the row's type in the API. `input` is what was asked for, without secrets;
    `changes` maps each field that changed to the value before and after, as a list of two. `reason` None: nobody said.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (sa.Index("ix_audit_entry__entity", "entity", "entity_id", "id"),)

    id: int | None = primary_key()
    actor: str = Field(max_length=200)
    token_id: int = Field(sa_type=sa.BigInteger)
    action: str = Field(max_length=64)
    entity: str = Field(max_length=64)
    entity_id: int = Field(sa_type=sa.BigInteger)
    input: JsonDocument | None = json_column()
    changes: JsonDocument | None = json_column()
    reason: str | None = Field(default=None, max_length=500)
    request_id: str = Field(max_length=64)
    done_at: datetime = instant(index=True)


class RequestOutcome(Row, table=True):
    """What became of a request that came with an idempotency key, so that the same request is not done twice; kept for a day.

    `key_hash` is made from the key and the token that used it, `input_hash` from what was asked for, with the key as its secret: who
    reads the table can guess neither. `outcome` holds ids and refusals, never a secret.
    """

    __tablename__ = "request_outcome"

    key_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary(32), primary_key=True))
    input_hash: bytes = binary(32)
    outcome: JsonDocument | None = json_column()
    created_at: datetime = instant(index=True)
