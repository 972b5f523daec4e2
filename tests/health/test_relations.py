"""Figures of any day agree with the definitions, on both databases."""

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hub.health.basis import Basis
from hub.health.rates import rebuild_rate_windows
from hub.health.relations import customer_currency_figures, customer_figures
from hub.model import Customer, table_of
from hub.store.engine import Store
from tests.health.oracle import Oracle
from tests.health.properties import FEW
from tests.health.strategies import bases, worlds
from tests.health.worlds import BASE, World, rolled_back, write_world


@FEW
@given(world=worlds(), views=st.lists(bases(), min_size=1, max_size=3))
def test_figures_of_any_day_are_what_the_definitions_say(store: Store, world: World, views: list[Basis]) -> None:
    with rolled_back(store) as connection:
        write_world(connection, world)
        rebuild_rate_windows(connection, BASE)
        for basis in views:
            oracle = Oracle(world, basis)
            rows = connection.execute(sa.select(customer_figures(basis))).mappings()
            assert {row["customer_id"]: dict(row) for row in rows} == oracle.customer_rows()
            rows = connection.execute(sa.select(customer_currency_figures(basis))).mappings()
            assert {(row["customer_id"], row["currency"]): dict(row) for row in rows} == oracle.currency_rows()


@FEW
@given(world=worlds(), basis=bases(), data=st.data())
def test_figures_of_some_customers_are_those_that_they_have_among_all(store: Store, world: World, basis: Basis, *, data: st.DataObject) -> None:
    wanted = data.draw(st.sets(st.sampled_from([customer.id or 0 for customer in world.customers])))
    customers = table_of(Customer)
    some = sa.select(customers.c.id).where(customers.c.id.in_(wanted))
    expected = Oracle(world, basis)
    with rolled_back(store) as connection:
        write_world(connection, world)
        rebuild_rate_windows(connection, BASE)
        rows = connection.execute(sa.select(customer_figures(basis, some))).mappings()
        assert {row["customer_id"]: dict(row) for row in rows} == {key: row for key, row in expected.customer_rows().items() if key in wanted}
        rows = connection.execute(sa.select(customer_currency_figures(basis, some))).mappings()
        assert {(row["customer_id"], row["currency"]) for row in rows} == {key for key in expected.currency_rows() if key[0] in wanted}
