"""Schedules that the hub keeps for itself: they are there in every hub, and a person may pause them like any other."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.model import Schedule, table_of

_SCHEDULES = table_of(Schedule)


def keep_standing(connection: sa.Connection, standing: Mapping[str, tuple[str, timedelta]], *, now: datetime) -> None:
    """Have a schedule for each name: the kind of its jobs, and how often they run. One that is there keeps its slots and its pause.

    The names hold a space, which no connection's name does.
    """
    for name, (kind, every) in standing.items():
        seconds = int(every.total_seconds())
        same = sa.update(_SCHEDULES).where(_SCHEDULES.c.name == name).values(kind=kind, interval_seconds=seconds)
        if connection.execute(same).rowcount == 0:
            values = {"name": name, "kind": kind, "interval_seconds": seconds, "is_enabled": True, "is_declared": False, "next_slot_at": now}
            connection.execute(sa.insert(_SCHEDULES).values(**values))
