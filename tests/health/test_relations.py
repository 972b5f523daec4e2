"""Figures of any day agree with the definitions, on both databases."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.health.basis import Basis
from hub.health.rates import rebuild_rate_windows
from hub.health.relations import customer_currency_figures, customer_figures
from hub.model import Customer, table_of
from hub.store.engine import Store
from tests.health.oracle import Oracle
from tests.health.strategies import bases, worlds
from tests.health.worlds import World, rolled_back, write_world

_PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.dispose()


@_PROPERTY
@given(world=worlds(), views=st.lists(bases(), min_size=1, max_size=3))
def test_figures_of_any_day_are_what_the_definitions_say(store: Store, world: World, views: list[Basis]) -> None:
    with rolled_back(store) as connection:
        write_world(connection, world)
        rebuild_rate_windows(connection, "EUR")
        for basis in views:
            oracle = Oracle(world, basis)
            rows = connection.execute(sa.select(customer_figures(basis))).mappings()
            assert {row["customer_id"]: dict(row) for row in rows} == oracle.customer_rows()
            rows = connection.execute(sa.select(customer_currency_figures(basis))).mappings()
            assert {(row["customer_id"], row["currency"]): dict(row) for row in rows} == oracle.currency_rows()


@_PROPERTY
@given(world=worlds(), basis=bases(), data=st.data())
def test_figures_of_some_customers_are_those_that_they_have_among_all(store: Store, world: World, basis: Basis, *, data: st.DataObject) -> None:
    wanted = data.draw(st.sets(st.sampled_from([customer.id or 0 for customer in world.customers])))
    with rolled_back(store) as connection:
        write_world(connection, world)
        rebuild_rate_windows(connection, "EUR")
        customers = table_of(Customer)
        some = sa.select(customers.c.id).where(customers.c.id.in_(wanted))
        rows = connection.execute(sa.select(customer_figures(basis, some))).mappings()
        expected = Oracle(world, basis).customer_rows()
        assert {row["customer_id"]: dict(row) for row in rows} == {key: expected[key] for key in wanted}
