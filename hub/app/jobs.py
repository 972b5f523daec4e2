"""Jobs of a hub: what does each kind of them, and the engine that runs them in this process."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from hub.app.composition import Hub
from hub.app.redaction import redact_text
from hub.exports.jobs import EXPORT_JOB, ExportJobs
from hub.jobs import JobHandler, LocalEngine
from hub.jobs.local_engine import alone
from hub.jobs.scheduling import SYNC_JOB, register_schedules
from hub.jobs.standing import keep_standing
from hub.sync.asked import REPLAY_JOB, RESYNC_JOB
from hub.sync.imports.asked import IMPORT_JOB, PREVIEW_JOB
from hub.sync.imports.jobs import ImportJobs
from hub.sync.jobs import WATCH_JOB, WEBHOOKS_JOB, SyncJobs
from hub.sync.pushing import FOLLOW_UP_JOB
from hub.sync.removal import REMOVAL_JOB, do_removal
from hub.sync.trying import TEST_JOB, do_test

_LONG_KINDS = (SYNC_JOB, IMPORT_JOB, PREVIEW_JOB, EXPORT_JOB)
"""A first run takes hours, and one of a source that hangs no less; so may an export: webhooks and the look after connections go on beside them."""

_STANDING = {"watch connections": (WATCH_JOB, timedelta(minutes=5))}


def build_handlers(hub: Hub) -> Mapping[str, JobHandler]:
    """What does the jobs of each kind, by kind."""
    jobs, imports = SyncJobs(hub.sync), ImportJobs(hub.sync)
    return {
        SYNC_JOB: jobs.sync,
        RESYNC_JOB: jobs.resync,
        REPLAY_JOB: jobs.replay,
        IMPORT_JOB: imports.apply,
        PREVIEW_JOB: imports.preview,
        WEBHOOKS_JOB: jobs.webhooks,
        WATCH_JOB: jobs.watch,
        FOLLOW_UP_JOB: jobs.follow_up,
        REMOVAL_JOB: partial(do_removal, hub.sync),
        TEST_JOB: partial(do_test, hub.sync),
        EXPORT_JOB: ExportJobs(hub.services).export,
    }


def job_engine(hub: Hub) -> LocalEngine:
    """An engine for the jobs of a hub, which has not started; the schedules of the hub are brought in line."""
    declare_schedules(hub)
    zone = hub.settings.workspace.time_zone
    return LocalEngine(hub.store, hub.clock, build_handlers(hub), zone=zone, redact=redact_text, long_kinds=_LONG_KINDS)


def require_alone(hub: Hub) -> None:
    """Raise WorkedElsewhereError when another process runs the jobs of this database: better told at once than after a long start."""
    with alone(hub.store):
        return


def declare_schedules(hub: Hub) -> None:
    """Bring the rows of the schedules in line with plugins.toml and with what every hub has."""
    with hub.store.write() as connection:
        register_schedules(connection, hub.settings, hub.clock.now())
        keep_standing(connection, _STANDING, now=hub.clock.now())
