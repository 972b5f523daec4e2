"""The self-check is silent where all agrees, and names what does not."""

import pytest
import sqlalchemy as sa
from hypothesis import given

from hub.health.basis import Basis
from hub.health.mismatch import OutstandingMismatch, read_outstanding_mismatches
from hub.health.refresh import turn_business_date
from hub.health.selfcheck import check_figures
from hub.model import Customer, CustomerFigures, Invoice, table_of
from hub.store.engine import Store
from tests.health.keeping import write_kept_world
from tests.health.properties import FEW
from tests.health.strategies import today_bases, worlds
from tests.health.test_reading import example
from tests.health.worlds import BASE, TODAY, World, rolled_back


@FEW
@given(world=worlds(), basis=today_bases)
def test_nothing_is_found_where_everything_was_kept_up(store: Store, world: World, basis: Basis) -> None:
    with rolled_back(store) as connection:
        write_kept_world(connection, world, basis)
        turn_business_date(connection, basis)
        assert check_figures(connection, basis) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (sa.update(table_of(CustomerFigures)).values(overdue_minor=1), ("customer 1", "overdue_minor", 1, 60_00)),
        (sa.update(table_of(CustomerFigures)).values(outstanding_minor=1), ("customer 1", "sum of ageing buckets", 200_00, 1)),
        (sa.update(table_of(Invoice)).values(converted_due_minor=1), ("open invoice 2", "converted_due_minor", 1, 10_00)),
        (sa.delete(table_of(CustomerFigures)), ("customer 1", "row", None, "the row")),
    ],
    ids=["a figure", "the buckets", "an amount of an invoice", "a row"],
)
def test_what_differs_is_named(store: Store, change: sa.Update | sa.Delete, expected: tuple[str, str, object, object]) -> None:
    basis = Basis(TODAY, BASE)
    with rolled_back(store) as connection:
        write_kept_world(connection, example(), basis)
        turn_business_date(connection, basis)
        connection.execute(change)
        found = check_figures(connection, basis, [1])
    shown = [(one.subject, one.column, one.kept, "the row" if one.column == "row" else one.computed) for one in found]
    assert expected in shown


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        (None, None),
        ({"EUR": 30_00}, ()),
        ({"EUR": 30_01}, (OutstandingMismatch("EUR", 30_01, 30_00),)),
        ({"EUR": 30_00, "USD": 5}, (OutstandingMismatch("USD", 5, 0),)),
    ],
    ids=["nothing reported", "agrees", "one cent off", "a currency of which we know nothing"],
)
def test_any_minor_unit_that_a_source_reports_otherwise_is_a_mismatch(
    store: Store, reported: dict[str, int] | None, expected: tuple[OutstandingMismatch, ...] | None
) -> None:
    basis = Basis(TODAY, BASE)
    with rolled_back(store) as connection:
        write_kept_world(connection, example(), basis)
        connection.execute(sa.update(table_of(Customer)).values(reported_balances=reported))
        assert read_outstanding_mismatches(connection, basis, [1]) == {1: expected}
