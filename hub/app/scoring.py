"""The scorer of payment risk is asked beside everything else while the hub runs: nobody waits for it, not even the end of the hub."""

from collections.abc import Callable

import anyio
import structlog

from hub.evaluation.scoring import RiskScoring
from hub.store.engine import run_in_thread

_log = structlog.get_logger(__name__)


async def keep_risk_scored(scoring: RiskScoring, *, every_seconds: float) -> None:
    """Ask of whoever is marked, a batch a look, until it is cancelled; a failure is logged, and tried again at the next look.

    Whatever brings figures up in this process leaves the scorer to this. When it is cancelled, the batch that is being asked of is left behind.
    """
    with scoring.apart() as leave_behind:
        async with anyio.create_task_group() as beside:
            beside.start_soon(_when_cancelled, leave_behind)
            while True:
                if not await _was_asked(scoring):
                    await anyio.sleep(every_seconds)


async def _was_asked(scoring: RiskScoring) -> bool:
    try:
        return await run_in_thread(scoring.ask_once)
    except Exception:  # noqa: BLE001 - the outermost loop: it goes on, and the log tells why it could not
        _log.exception("the risk scorer could not be asked")
        return False


async def _when_cancelled(do: Callable[[], None]) -> None:
    """A thread is waited for by whoever started it, so somebody else has to tell it."""
    try:
        await anyio.sleep_forever()
    finally:
        do()
