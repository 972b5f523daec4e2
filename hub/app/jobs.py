"""Jobs of a hub: what does each kind of them, and the engine that runs them in this process."""

from collections.abc import Mapping

from hub.app.composition import Hub
from hub.app.redaction import redact_text
from hub.jobs import JobHandler, LocalEngine
from hub.jobs.scheduling import register_schedules


def build_handlers(_hub: Hub) -> Mapping[str, JobHandler]:
    """What does the jobs of each kind, by kind."""
    return {}


def job_engine(hub: Hub) -> LocalEngine:
    """An engine for the jobs of a hub, which has not started; the schedules that plugins.toml declares are brought in line."""
    declare_schedules(hub)
    return LocalEngine(hub.store, hub.clock, build_handlers(hub), zone=hub.settings.workspace.time_zone, redact=redact_text)


def declare_schedules(hub: Hub) -> None:
    """Bring the rows of the schedules in line with plugins.toml."""
    with hub.store.write() as connection:
        register_schedules(connection, hub.settings, hub.clock.now())
