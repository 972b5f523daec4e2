from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from hub.app import Hub
from hub.app.refreshing import refresh_if_needed
from hub.clock import FixedClock
from hub.model import Connection, CustomerFigures, DirtyCustomer, FiguresState, SyncRun, table_of
from hub.vocabulary import ConnectionKind, SyncRunStatus
from tests.app.conftest import NOW
from tests.health.worlds import World, make_customer, write_rest

STATE = table_of(FiguresState)
FIGURES = table_of(CustomerFigures)
DIRTY = table_of(DirtyCustomer)


@pytest.fixture(autouse=True)
def fresh(hub: Hub) -> None:
    """Figures are kept for today."""
    assert refresh_if_needed(hub)


def touch_a_customer(hub: Hub) -> None:
    with hub.store.write() as connection:
        write_rest(connection, World(customers=[make_customer(1)]))
        connection.execute(sa.insert(DIRTY).values(customer_id=1))


def start_a_run(hub: Hub, *, minutes_ago: int) -> None:
    with hub.store.write() as connection:
        connection.execute(
            sa.insert(table_of(Connection)).values(
                id=1, name="a", connector="sample", kind=ConnectionKind.FILES, created_at=NOW, status="ACTIVE", is_declared=True
            )
        )
        run = SyncRun(connection_id=1, status=SyncRunStatus.RUNNING, started_at=NOW - timedelta(minutes=minutes_ago)).model_dump(exclude={"id"})
        connection.execute(sa.insert(table_of(SyncRun)).values(**run))


def figures_of(hub: Hub) -> Sequence[int]:
    with hub.store.read() as connection:
        return connection.execute(sa.select(FIGURES.c.customer_id)).scalars().all()


def kept_for(hub: Hub) -> date:
    with hub.store.read() as connection:
        return connection.execute(sa.select(STATE.c.business_date)).scalar_one()


def test_nothing_is_done_where_nothing_has_changed(hub: Hub) -> None:
    assert not refresh_if_needed(hub)


def test_a_customer_that_was_touched_gets_figures(hub: Hub) -> None:
    touch_a_customer(hub)
    assert refresh_if_needed(hub)
    assert figures_of(hub) == [1]
    assert not refresh_if_needed(hub)


def test_a_new_business_date_in_the_zone_of_the_workspace_brings_everything_up(hub: Hub, clock: FixedClock) -> None:
    clock.move_to(NOW.replace(hour=22, minute=59))
    assert not refresh_if_needed(hub)
    clock.move_to(NOW.replace(hour=23, minute=0))  # midnight in Berlin
    assert refresh_if_needed(hub)
    assert kept_for(hub) == date(2026, 3, 2)


def test_a_running_sync_brings_its_figures_up_itself(hub: Hub) -> None:
    start_a_run(hub, minutes_ago=1)
    touch_a_customer(hub)
    assert not refresh_if_needed(hub)


def test_a_run_that_was_cut_off_does_not_keep_figures_stale(hub: Hub) -> None:
    start_a_run(hub, minutes_ago=16)
    touch_a_customer(hub)
    assert refresh_if_needed(hub)


def test_a_new_business_date_does_not_wait_for_a_running_sync(hub: Hub, clock: FixedClock) -> None:
    start_a_run(hub, minutes_ago=1)
    clock.move_to(NOW + timedelta(days=1))
    assert refresh_if_needed(hub)
