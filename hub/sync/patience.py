"""Patience: how often and how long a source is asked again after a passing fault, from the last position that was kept."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from hub.errors import TransientSourceError
from hub.jobs.backoff import JITTER, Jitter, backoff_seconds

T = TypeVar("T")

TRIES = 6
"""How often in a row one thing is asked for in vain before the run gives up; every page that is kept starts the count anew."""

LONGEST_WAIT = timedelta(minutes=2)
"""How long a run waits for a source that asks for it; when it asks for longer the run ends, and its job is put off until then."""

MOST_WAITED = timedelta(minutes=30)
"""How long all waits of a run may be together, each counted by itself; what would go beyond that ends the run, and the next one goes on."""

_FIRST_SECONDS = 2
_MOST_SECONDS = 60
_LATER_SHARE = 0.1

Sleep = Callable[[float], Awaitable[None]]
Waiting = Callable[[float | None, str | None], Awaitable[None]]
"""Told how many seconds are waited from now on, and why; None: the waiting is over."""


class Patience:
    """The tries and the waits of one run, which all its feeds share: once they are used up, what is left is asked for once only."""

    def __init__(self, *, sleep: Sleep, waiting: Waiting, jitter: Jitter = JITTER) -> None:
        """`sleep` waits; `waiting` is told before and after."""
        self._sleep = sleep
        self._jitter = jitter
        self._waiting = waiting
        self._is_used_up = False
        self._waited_seconds = 0.0

    async def keep_asking(self, ask: Callable[["Tries"], Awaitable[T]]) -> T:
        """Call `ask` until it succeeds, again after every TransientSourceError as long as there is patience; then raises that error.

        `ask` calls `made_progress` of what it is given whenever something was kept.
        """
        tries = Tries(self._jitter)
        retrying = AsyncRetrying(
            sleep=lambda seconds: self._wait(seconds, tries),
            retry=retry_if_exception_type(TransientSourceError),
            wait=tries.wait_seconds,
            stop=lambda state: self._ends(state, tries),
            reraise=True,
        )

        async def attempt() -> T:
            return await ask(tries)

        return await retrying(attempt)

    def _ends(self, state: RetryCallState, tries: "Tries") -> bool:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.retry_after_seconds if isinstance(error, TransientSourceError) else None
        is_too_long = asked is not None and asked > LONGEST_WAIT.total_seconds()
        waited_seconds = self._waited_seconds + state.upcoming_sleep
        if self._is_used_up or is_too_long or tries.failures_in_a_row >= TRIES or waited_seconds > MOST_WAITED.total_seconds():
            self._is_used_up = True
        else:
            self._waited_seconds = waited_seconds
        return self._is_used_up

    async def _wait(self, seconds: float, tries: "Tries") -> None:
        await self._waiting(seconds, tries.failure)
        await self._sleep(seconds)
        await self._waiting(None, None)


class Tries:
    """The tries of one thing."""

    def __init__(self, jitter: Jitter) -> None:
        """None was in vain yet."""
        self._jitter = jitter
        self.failures_in_a_row = 0
        self.failure: str | None = None

    def made_progress(self) -> None:
        """Something was kept: what fails next fails for the first time."""
        self.failures_in_a_row = 0

    def wait_seconds(self, state: RetryCallState) -> float:
        """As long as the source asks for and up to a tenth more, else longer with every failure: by chance, so that not everybody comes back at once."""
        self.failures_in_a_row += 1
        error = state.outcome.exception() if state.outcome is not None else None
        self.failure = None if error is None else str(error)
        if isinstance(error, TransientSourceError) and error.retry_after_seconds is not None:
            return max(0.0, error.retry_after_seconds) * (1 + _LATER_SHARE * self._jitter())
        return backoff_seconds(self.failures_in_a_row, self._jitter, first=_FIRST_SECONDS, most=_MOST_SECONDS)
