"""Who may use the hub: users with a login, and API tokens kept only as hashes."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from hub.model.columns import Row, binary, enum_column, instant, primary_key, reference_to
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
