"""Kept figures stay fresh while the hub runs: at the turn of the business date, and when something touched customers outside a run."""

from datetime import timedelta

import anyio
import sqlalchemy as sa
import structlog

from hub.app.composition import Hub
from hub.health.basis import Basis
from hub.health.reading import is_kept
from hub.health.refresh import is_anyone_marked
from hub.model import SyncRun, table_of
from hub.store.engine import run_in_thread
from hub.sync.service import follow_up, today
from hub.vocabulary import SyncRunStatus

_RUNS = table_of(SyncRun)
_RUN_GRACE = timedelta(minutes=15)
"""How long a sync run is left to bring the figures up itself, once, at its end; after that it is taken for a long or a lost one."""

_log = structlog.get_logger(__name__)


async def keep_figures_fresh(hub: Hub, *, every_seconds: float) -> None:
    """Look again and again until it is cancelled; a failure is logged, and tried again at the next look."""
    while True:
        try:
            if await run_in_thread(lambda: refresh_if_needed(hub)):
                _log.info("figures refreshed", business_date=today(hub.sync).isoformat())
        except Exception:  # noqa: BLE001 - the outermost loop: it goes on, and the log tells why it could not
            _log.exception("figures could not be refreshed")
        await anyio.sleep(every_seconds)


def refresh_if_needed(hub: Hub) -> bool:
    """Bring the kept figures up if they hold for another day or other settings, or customers are marked dirty; returns whether it did anything."""
    with hub.store.read() as connection:
        is_needed = _has_turned(connection, hub) or (is_anyone_marked(connection) and not _is_syncing(connection, hub))
    if is_needed:
        follow_up(hub.sync)
    return is_needed


def _has_turned(connection: sa.Connection, hub: Hub) -> bool:
    return not is_kept(connection, Basis.of(hub.settings.workspace, today(hub.sync)))


def _is_syncing(connection: sa.Connection, hub: Hub) -> bool:
    recent = _RUNS.c.started_at > hub.clock.now() - _RUN_GRACE
    return connection.execute(sa.select(_RUNS.c.id).where(_RUNS.c.status == SyncRunStatus.RUNNING, recent).limit(1)).first() is not None
