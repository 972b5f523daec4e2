"""Idempotency keys: a request that comes again with its key gets the outcome of the first time, and is not done again.

Key and outcome stand in the transaction of the effect, so that either both are there or neither is.
"""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.errors import ConflictError, KeyReusedError
from hub.model import RequestOutcome, table_of
from hub.store.lock import take_if_free

KEPT_FOR = timedelta(hours=24)
"""How long an outcome is kept; after that its key is as good as new."""

LONGEST_KEY = 255

_AT_ONCE = 5_000
_OUTCOMES = table_of(RequestOutcome)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A key as one caller used it, and what was asked for with it; neither can be read from the hashes."""

    key_hash: bytes
    input_hash: bytes

    @staticmethod
    def of(caller: Principal, key: str, asked: bytes) -> "RequestKey":
        """`asked` is the same for the same request and no other: the action with its input."""
        bound = hashlib.sha256(f"{caller.token_id}:{key}".encode()).digest()
        secret = hashlib.sha256(key.encode()).digest()
        return RequestKey(bound, hashlib.blake2b(asked, digest_size=32, key=secret).digest())


@dataclass(slots=True)
class KeysInFlight:
    """The keys that requests of this process are worked on with. Safe for use by several threads."""

    _held: set[bytes] = field(default_factory=set[bytes])
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def hold(self, key: RequestKey) -> Generator[None]:
        """Be the only one with a key; begin before the transaction and end after it. Raises ConflictError at once when another is."""
        with self._lock:
            if key.key_hash in self._held:
                raise _in_flight()
            self._held.add(key.key_hash)
        try:
            yield
        finally:
            with self._lock:
                self._held.discard(key.key_hash)


def recall(connection: sa.Connection, key: RequestKey, *, now: datetime) -> dict[str, Any] | None:
    """The kept outcome of a key; None: it is new, and this transaction has it alone.

    Raises KeyReusedError when the key came with another input, ConflictError when another process works on a request with it.
    """
    if not take_if_free(connection, key.key_hash):
        raise _in_flight()
    mine = _OUTCOMES.c.key_hash == key.key_hash
    connection.execute(sa.delete(_OUTCOMES).where(mine, _OUTCOMES.c.created_at <= now - KEPT_FOR))
    found = connection.execute(sa.select(_OUTCOMES.c.input_hash, _OUTCOMES.c.outcome).where(mine)).first()
    if found is None:
        return None
    if found.input_hash != key.input_hash:
        raise KeyReusedError("this idempotency key came before with another input: use a new key for each thing that is to be done", path=("idempotencyKey",))
    outcome: dict[str, Any] = found.outcome
    return outcome


def remember(connection: sa.Connection, key: RequestKey, outcome: dict[str, Any], *, now: datetime) -> None:
    """Keep the outcome of a key that `recall` found to be new, in the same transaction."""
    values: dict[str, Any] = {"key_hash": key.key_hash, "input_hash": key.input_hash, "outcome": outcome, "created_at": now}
    connection.execute(sa.insert(_OUTCOMES).values(values))


def forget_outcomes(connection: sa.Connection, now: datetime) -> int:
    """Delete some of the outcomes that are kept for long enough; returns how many, 0 when none is left."""
    old = sa.select(_OUTCOMES.c.key_hash).where(_OUTCOMES.c.created_at <= now - KEPT_FOR).limit(_AT_ONCE)
    return connection.execute(sa.delete(_OUTCOMES).where(_OUTCOMES.c.key_hash.in_(old))).rowcount


def _in_flight() -> ConflictError:
    return ConflictError("a request with this idempotency key is being worked on: send it again in a moment", path=("idempotencyKey",))
