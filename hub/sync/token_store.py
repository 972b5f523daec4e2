"""The secrets that sources change by themselves, such as refresh tokens that may be used once: sealed in the database, one for each connection."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

import anyio
import sqlalchemy as sa
from sqlalchemy import exc

from hub.access.sealing import SealedPlace, Sealer, Secret
from hub.clock import Clock
from hub.config import ConnectionOrigin, ConnectionSettings, thawed
from hub.crashpoints import crashpoint
from hub.errors import ConflictError, NotFoundError, StoreError, TransientSourceError
from hub.model import Connection, ConnectionSecret, table_of
from hub.store.bulk import insert_into
from hub.store.engine import Store, run_in_thread
from hub.store.lock import exclusive
from hub.vocabulary import ConnectionStatus

_CONNECTIONS = table_of(Connection)
_SECRETS = table_of(ConnectionSecret)
_NAME = "tokens"
_LOOK_AGAIN_SECONDS = 0.01
_OTHER_PROCESS_SECONDS = 0.05
_PATIENCE_SECONDS = 30.0


class TokenSafe:
    """The changing secrets of all connections of one database. A process has one, so that all who use a connection share its lock."""

    def __init__(self, store: Store, sealer: Sealer, clock: Clock, *, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        """Nothing is read before the first use. `patience_seconds` is how long another process is waited for."""
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    def of_connection(self, found: ConnectionSettings) -> "StoredTokens":
        """The changing secret of a connection. Of one that was made through the API it is kept only while that leads where it does now."""
        return self.of(found.name, options=thawed(found.options) if found.origin is ConnectionOrigin.MADE else None)

    def of(self, connection: str, *, options: Mapping[str, Any] | None = None) -> "StoredTokens":
        """The changing secret of the connection with that name; `options` are those it must have for as long as it is kept, None: any."""
        with self._guard:
            lock = self._locks.setdefault(connection, Lock())
        patience = self._patience_seconds
        return StoredTokens(self._store, self._sealer, self._clock, connection=connection, options=options, lock=lock, patience_seconds=patience)


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The changing secret of one connection; a `hub.plugins.TokenStore`. Made by `TokenSafe`."""

    _store: Store
    _sealer: Sealer
    _clock: Clock
    connection: str = field(kw_only=True)
    options: Mapping[str, Any] | None = field(kw_only=True)
    lock: Lock = field(kw_only=True, repr=False)
    patience_seconds: float = field(kw_only=True, repr=False)

    async def load(self) -> str | None:
        """What was saved last; None: nothing was. Raises SealingError when it cannot be opened."""
        found = await run_in_thread(self._load)
        return None if found is None else found.reveal()

    async def save(self, text: str) -> None:
        """Keep a new value; when this returns it is committed. Raises StoreError when the database does not take it."""
        await run_in_thread(partial(self._save, Secret(text)))

    @asynccontextmanager
    async def exclusive(self) -> AsyncGenerator[None]:
        """Be the only one, whatever the process, thread and event loop, that asks the source for a new secret of the connection.

        Those who wait hold no thread: whoever asks the source needs one to save what it is given. Raises TransientSourceError when
        another process does not come to an end.
        """
        while not self.lock.acquire(blocking=False):  # noqa: ASYNC110 - an event belongs to one event loop
            await anyio.sleep(_LOOK_AGAIN_SECONDS)
        try:
            async with self._alone_among_processes():
                yield
        finally:
            self.lock.release()

    @asynccontextmanager
    async def _alone_among_processes(self) -> AsyncGenerator[None]:
        held = ExitStack()
        try:
            await self._hold(held)
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_thread(held.close)

    async def _hold(self, held: ExitStack) -> None:
        """Have `held` hold the lock that all processes share, as soon as it is free."""
        with anyio.move_on_after(self.patience_seconds):
            while not await run_in_thread(partial(self._try_to_hold, held)):  # noqa: ASYNC110 - nobody tells another process
                await anyio.sleep(_OTHER_PROCESS_SECONDS)
            return
        message = f"for {self.patience_seconds:g} seconds another process has been asking for new tokens"
        raise TransientSourceError(message, connection=self.connection)

    def _try_to_hold(self, held: ExitStack) -> bool:
        try:
            held.enter_context(exclusive(self._store, f"{_NAME}-{self.connection}"))
        except ConflictError:
            return False
        return True

    def _load(self) -> Secret | None:
        statement = sa.select(_SECRETS.c.ciphertext).join(_CONNECTIONS, _CONNECTIONS.c.id == _SECRETS.c.connection_id)
        with self._store.read() as connection:
            found = connection.execute(statement.where(_CONNECTIONS.c.name == self.connection, _SECRETS.c.name == _NAME)).scalar_one_or_none()
        return None if found is None else self._sealer.open(found, _place(self.connection))

    def _save(self, secret: Secret) -> None:
        sealed = self._sealer.seal(secret, _place(self.connection))
        try:
            with self._store.write() as connection:
                self._keep(connection, sealed)
                crashpoint("tokens.before_commit")
        except exc.DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise StoreError(f"the new tokens of the connection {self.connection!r} could not be kept ({reason})") from error
        crashpoint("tokens.saved")

    def _keep(self, connection: sa.Connection, sealed: bytes) -> None:
        mine = sa.and_(_CONNECTIONS.c.name == self.connection, _CONNECTIONS.c.status != ConnectionStatus.REMOVED)
        row = connection.execute(sa.select(_CONNECTIONS.c.id, _CONNECTIONS.c.options).where(mine).with_for_update(read=True, key_share=True)).first()
        if row is None or (self.options is not None and row.options != self.options):
            raise NotFoundError(f"there is no connection {self.connection!r} to keep tokens of, or it leads elsewhere by now")
        connection_id = int(row.id)
        changed: dict[str, Any] = {"ciphertext": sealed, "updated_at": self._clock.now()}
        insert = insert_into(connection, _SECRETS).values(connection_id=connection_id, name=_NAME, **changed)
        connection.execute(insert.on_conflict_do_update(index_elements=["connection_id", "name"], set_=changed))


def is_anything_sealed(store: Store) -> bool:
    """Whether a sealed secret is kept: then a key file that is not there was lost."""
    with store.read() as connection:
        return connection.execute(sa.select(_SECRETS.c.connection_id).limit(1)).first() is not None


def seal_anew(store: Store, sealer: Sealer) -> int:
    """Seal with the first key whatever another one has sealed; returns how much that was. After it the others can go.

    Each secret in a transaction of its own, so that it can be stopped at any moment, and connectors may save new ones meanwhile.
    """
    with store.read() as connection:
        columns = (_SECRETS.c.connection_id, _CONNECTIONS.c.name.label("connection"), _SECRETS.c.name, _SECRETS.c.ciphertext)
        rows = connection.execute(sa.select(*columns).join(_CONNECTIONS, _CONNECTIONS.c.id == _SECRETS.c.connection_id)).all()
    outdated = [row for row in rows if sealer.is_outdated(row.ciphertext)]
    count = 0
    for row in outdated:
        place = SealedPlace(_SECRETS.name, row.connection, row.name)
        anew = sealer.seal(sealer.open(row.ciphertext, place), place)
        same = sa.and_(_SECRETS.c.connection_id == row.connection_id, _SECRETS.c.name == row.name, _SECRETS.c.ciphertext == row.ciphertext)
        with store.write() as connection:
            count += connection.execute(sa.update(_SECRETS).where(same).values(ciphertext=anew)).rowcount
        crashpoint("tokens.sealed_anew")
    return count


def _place(connection: str) -> SealedPlace:
    return SealedPlace(_SECRETS.name, connection, _NAME)
