"""`dunwell worker`: the jobs of the hub, without its API."""

import logging
import signal
from functools import partial

import anyio
import typer

from hub.app.application import REFRESH_SECONDS
from hub.app.jobs import job_engine
from hub.app.scoring import keep_risk_scored
from hub.cli.opening import SETTINGS_FILE, ExitCode, SettingsPath, hub_of
from hub.cli.output import say
from hub.errors import ConflictError
from hub.evaluation.scoring import RiskScoring
from hub.jobs import LocalEngine

_STOPS = (signal.SIGINT, signal.SIGTERM)


def worker(*, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """Run jobs and schedules until Ctrl-C. The database must be at this version's schema (`dunwell db upgrade`)."""
    with hub_of(settings, upgrade=False, log_level=logging.INFO) as hub:
        refusal = anyio.run(partial(_work, job_engine(hub), hub.scoring))
        if refusal is not None:
            say(str(refusal))
            raise typer.Exit(ExitCode.FAILED)


async def _work(engine: LocalEngine, scoring: RiskScoring) -> ConflictError | None:
    """Work until a signal; None: that was the end. Otherwise why it could not begin.

    The first signal ends it in good order; a second one, from then on, at once.
    """
    stop = anyio.Event()
    async with anyio.create_task_group() as beside:
        try:
            await beside.start(engine.run, stop)
        except ConflictError as error:
            return error
        say("jobs are run; stop with Ctrl-C")
        async with anyio.create_task_group() as scored:
            scored.start_soon(partial(keep_risk_scored, scoring, every_seconds=REFRESH_SECONDS))
            with anyio.open_signal_receiver(*_STOPS) as signals:
                async for _ in signals:
                    break
            scored.cancel_scope.cancel()
        stop.set()
    return None
