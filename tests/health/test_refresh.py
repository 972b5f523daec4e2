"""Kept figures equal the formulas: all of them, those of touched customers, and after the date or the rates turned."""

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hub.health.basis import Basis
from hub.health.refresh import refresh_all, refresh_dirty, turn_business_date
from hub.model import CustomerCurrencyFigures, CustomerFigures, DirtyCustomer, Invoice, table_of
from hub.store.engine import Store
from tests.health.keeping import write_kept_world
from tests.health.oracle import Oracle
from tests.health.properties import FEW
from tests.health.strategies import bases, today_bases, worlds
from tests.health.worlds import World, rolled_back

_DIRTY = table_of(DirtyCustomer)


def kept_rows(connection: sa.Connection) -> dict[int, dict[str, object]]:
    return {row["customer_id"]: dict(row) for row in connection.execute(sa.select(table_of(CustomerFigures))).mappings()}


def kept_currency_rows(connection: sa.Connection) -> dict[tuple[int, str], dict[str, object]]:
    rows = connection.execute(sa.select(table_of(CustomerCurrencyFigures))).mappings()
    return {(row["customer_id"], row["currency"]): dict(row) for row in rows}


@FEW
@given(world=worlds(), basis=today_bases)
def test_kept_figures_are_what_the_definitions_say(store: Store, world: World, basis: Basis) -> None:
    with rolled_back(store) as connection:
        write_kept_world(connection, world, basis)
        assert refresh_all(connection, basis) == len(world.customers)
        oracle = Oracle(world, basis)
        assert kept_rows(connection) == oracle.customer_rows()
        assert kept_currency_rows(connection) == oracle.currency_rows()


@FEW
@given(world=worlds(), basis=today_bases, data=st.data())
def test_a_refresh_of_touched_customers_leaves_the_same_as_one_of_all(store: Store, world: World, basis: Basis, *, data: st.DataObject) -> None:
    touched = data.draw(st.sets(st.sampled_from([customer.id or 0 for customer in world.customers])))
    with rolled_back(store) as connection:
        write_kept_world(connection, world, basis)
        refresh_all(connection, basis)
        _add_to_totals(connection, world, touched)
        if touched:
            connection.execute(sa.insert(_DIRTY), [{"customer_id": key} for key in touched])
        refresh_dirty(connection, basis)
        assert kept_rows(connection) == Oracle(world, basis).customer_rows()
        assert connection.execute(sa.select(_DIRTY.c.customer_id)).all() == []


def _add_to_totals(connection: sa.Connection, world: World, customers: set[int]) -> None:
    """One more minor unit on every invoice of some customers, in the workspace currency and without parts."""
    invoices = table_of(Invoice)
    for invoice in world.invoices:
        if invoice.customer_id in customers and invoice.currency == "EUR" and not invoice.has_due_parts:
            invoice.total_minor += 1
            invoice.amount_due_minor += 1
            values: dict[str, object] = {"total_minor": invoice.total_minor, "converted_total_minor": invoice.total_minor}
            values |= {"amount_due_minor": invoice.amount_due_minor, "converted_due_minor": invoice.amount_due_minor}
            values["first_open_due_date"] = invoice.due_date if invoice.amount_due_minor > 0 else None
            connection.execute(sa.update(invoices).where(invoices.c.id == invoice.id).values(values))


@FEW
@given(world=worlds(), before=bases(), after=bases())
def test_the_turn_of_the_date_brings_everything_kept_along(store: Store, world: World, *, before: Basis, after: Basis) -> None:
    with rolled_back(store) as connection:
        write_kept_world(connection, world, after)
        turn_business_date(connection, before)  # converts at the rates of another day
        assert turn_business_date(connection, after) == (before != after)
        assert not turn_business_date(connection, after)
        assert kept_rows(connection) == Oracle(world, after).customer_rows()
