"""What the pages of a run are written by, from what was asked for and the day and rates of the moment."""

from datetime import datetime

import sqlalchemy as sa

from hub.clock import business_date
from hub.health.basis import Basis
from hub.health.rate_table import load_rate_table, rates_fingerprint
from hub.identity.precedence import Precedence
from hub.sync.context import RunContext
from hub.sync.request import SyncRequest


def run_context(connection: sa.Connection, request: SyncRequest, *, run_id: int, feed: str, now: datetime) -> RunContext:
    """The context of one feed of a run. `now` stamps what it writes."""
    basis = Basis.of(request.workspace, business_date(request.clock, request.workspace.time_zone))
    seen = rates_fingerprint(connection)  # before the rates themselves: what is brought in between is then noticed with the first page
    return RunContext(
        connection_id=request.connection_id,
        connection_name=request.connection_name,
        run_id=run_id,
        feed=feed,
        now=now,
        today=basis.as_of,
        zone=request.workspace.time_zone,
        rates=load_rate_table(connection, basis.base_currency, basis.conversion_date),
        basis=basis,
        authority=request.authority,
        precedence=Precedence(request.workspace.precedence),
        unconfirmed_days=request.workspace.unconfirmed_days,
        actor=request.actor,
        dialect=connection.dialect.name,
        rates_seen=seen,
    )
