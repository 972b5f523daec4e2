"""The authenticator: turns the bearer token of a request into a principal, and notes when each token was last used."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

import structlog

from hub.access.principal import Principal
from hub.access.tokens import mark_used, verify_token
from hub.clock import Clock
from hub.errors import StoreError
from hub.store.engine import Store

NOTE_EVERY = timedelta(minutes=1)
"""A token's last use is written at most this often."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Authenticator:
    """Callable: bearer token in, principal out, None when the token is not valid. Safe to call from several threads.

    The database decides on every call, so that a revoked token is refused by the next request. Last uses are written behind the
    request by one thread of its own: no answer waits for another writer. `close` waits for what is still to be written.
    """

    store: Store
    clock: Clock
    _noted: dict[int, datetime] = field(default_factory=dict[int, datetime], init=False)
    _lock: Lock = field(default_factory=Lock, init=False)
    _writer: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the writer; its thread starts with the first use."""
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="token-use")

    def __call__(self, secret: str) -> Principal | None:
        """The caller that the token stands for; one read of the database."""
        now = self.clock.now()
        with self.store.read() as connection:
            found = verify_token(connection, secret, now=now)
        if found is None:
            return None
        if self._is_due(found.principal.token_id, found.last_used_at, now):
            self._writer.submit(self._note, found.principal.token_id, now).add_done_callback(_report)
        return found.principal

    def close(self) -> None:
        """Write what is still to be written, and stop."""
        self._writer.shutdown(wait=True)

    def _is_due(self, token_id: int, last_used_at: datetime | None, now: datetime) -> bool:
        with self._lock:
            known = [instant for instant in (last_used_at, self._noted.get(token_id)) if instant is not None]
            if known and now - max(known) < NOTE_EVERY:
                return False
            self._noted[token_id] = now
            return True

    def _note(self, token_id: int, now: datetime) -> None:
        with self.store.write() as connection:
            mark_used(connection, token_id, now=now)


def _report(done: Future[None]) -> None:
    """A last use that could not be written is not worth a failed request, but it is worth a line in the log."""
    error = done.exception()
    if error is not None:
        _log.warning("last use of a token was not written", error=type(error).__name__, is_store_error=isinstance(error, StoreError))
