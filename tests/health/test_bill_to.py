"""Who is billed for a customer in a hierarchy (B43)."""

import pytest
import sqlalchemy as sa

from hub.health.bill_to import Place, resolve_bill_to, resolved_bill_to
from hub.model import Customer, DirtyCustomer, table_of
from hub.store.engine import Store
from hub.vocabulary import BillToPreference, EntityType
from tests.health.worlds import World, make_customer, rolled_back, write_world

BUYER, NEAREST, TOP = BillToPreference.BUYER, BillToPreference.IMMEDIATE_PARENT, BillToPreference.TOP_PARENT
FAMILY = {1: Place(None), 2: Place(1), 3: Place(2), 4: Place(3)}


@pytest.mark.parametrize(("default", "expected"), [(BUYER, 4), (NEAREST, 3), (TOP, 1)])
def test_the_preference_of_the_workspace_counts_where_there_is_no_other(default: BillToPreference, expected: int) -> None:
    assert resolved_bill_to(4, FAMILY, default) == expected


def test_a_customer_at_the_top_is_billed_itself() -> None:
    assert {resolved_bill_to(1, FAMILY, default) for default in BillToPreference} == {1}


def test_a_project_is_billed_to_its_immediate_parent() -> None:
    places = FAMILY | {4: Place(3, EntityType.PROJECT)}
    assert {resolved_bill_to(4, places, default) for default in BillToPreference} == {3}


def test_a_preference_of_the_customer_goes_before_all_others() -> None:
    places = FAMILY | {4: Place(3, EntityType.PROJECT, preference=TOP)}
    assert resolved_bill_to(4, places, BUYER) == 1


def test_a_parent_that_is_not_billed_is_skipped_upward() -> None:
    places = FAMILY | {3: Place(2, is_billed=False)}
    assert resolved_bill_to(4, places, NEAREST) == 2


def test_the_top_parent_is_the_highest_one_that_is_billed() -> None:
    places = FAMILY | {1: Place(None, is_billed=False)}
    assert resolved_bill_to(4, places, TOP) == 2


def test_where_no_parent_is_billed_the_customer_is() -> None:
    places = {key: Place(place.parent_id, is_billed=False) for key, place in FAMILY.items()}
    assert {resolved_bill_to(4, places, default) for default in BillToPreference} == {4}


def test_a_parent_that_has_not_arrived_bills_nobody() -> None:
    assert resolved_bill_to(5, {5: Place(99)}, TOP) == 5


def test_a_circle_ends_where_it_closes() -> None:
    circle = {1: Place(3), 2: Place(1), 3: Place(2)}
    assert [resolved_bill_to(key, circle, TOP) for key in circle] == [2, 3, 1]


def test_a_change_is_written_and_marks_everybody_whom_it_concerns(store: Store) -> None:
    customers, dirty = table_of(Customer), table_of(DirtyCustomer)
    with rolled_back(store) as connection:
        write_world(connection, World(customers=[make_customer(1), make_customer(2, parent_id=1), make_customer(3, parent_id=2), make_customer(4)]))
        assert resolve_bill_to(connection, BUYER) == set()
        assert resolve_bill_to(connection, NEAREST) == {1, 2, 3}
        billed = {row.id: row.bill_to_id for row in connection.execute(sa.select(customers.c.id, customers.c.bill_to_id))}
        assert billed == {1: 1, 2: 1, 3: 2, 4: 4}
        assert set(connection.execute(sa.select(dirty.c.customer_id)).scalars()) == {1, 2, 3}
        connection.execute(sa.delete(dirty))
        assert resolve_bill_to(connection, TOP) == {1, 2, 3}
        assert set(connection.execute(sa.select(dirty.c.customer_id)).scalars()) == {1, 2, 3}
