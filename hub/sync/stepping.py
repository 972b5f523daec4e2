"""How whatever is done outside the runs of connections begins: by a person, a rule, or whoever pushes."""

import sqlalchemy as sa

from hub.clock import Clock, business_date
from hub.config import Settings
from hub.health.basis import Basis
from hub.store.lock import own_books
from hub.sync.context import RunContext, context_outside_runs
from hub.sync.registry import authority_ids
from hub.sync.turning import kept_day


def begin_step(connection: sa.Connection, settings: Settings, clock: Clock, *, actor: str | None, reason: str | None) -> RunContext:
    """Own the books, so that nobody writes beside it, and keep to the day and the rates that kept amounts hold for."""
    own_books(connection)
    workspace = settings.workspace
    today = kept_day(connection, Basis.of(workspace, business_date(clock, workspace.time_zone)))
    run = context_outside_runs(connection, workspace, Basis.of(workspace, today), now=clock.now())
    run.authority, run.actor, run.reason = authority_ids(connection, settings), actor, reason
    return run
