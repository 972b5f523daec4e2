"""What landing leaves for matching: whom to compare, what a source knows of other systems, and what it has merged."""

import pytest
import sqlalchemy as sa

from hub.identity.matching import find_all_matches
from hub.model import Change, Customer, ExternalReference, RejectedRecord, UnmatchedCustomer, table_of
from hub.plugins.connector import Page
from hub.plugins.records import CrossReference, CustomerRecord, Deletion
from hub.vocabulary import ConnectionKind, MatchRule, Stream
from tests.sync.conftest import Hub
from tests.sync.records import customer, invoice

IN_BOOKS = [CrossReference(external_id="C1", kind=ConnectionKind.ACCOUNTING)]


def waiting(hub: Hub) -> set[str]:
    """The names of those who wait to be compared; nobody does after that."""
    names = dict(hub.rows(Customer, "id", "name"))
    found = {names[key] for (key,) in hub.rows(UnmatchedCustomer, "customer_id")}
    with hub.store.write() as connection:
        connection.execute(sa.delete(table_of(UnmatchedCustomer)))
    return found


async def test_new_and_changed_and_deleted_customers_wait_and_no_others(hub: Hub) -> None:
    await hub.sync([customer("C1"), customer("C2")])
    assert waiting(hub) == {"Customer C1", "Customer C2"}
    await hub.sync([customer("C1"), customer("C2", email="ap@c2.example"), invoice()])
    assert waiting(hub) == {"Customer C2"}
    await hub.sync(Page(records=(), cursor=None, deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C1")]))
    assert waiting(hub) == {"Customer C1"}


async def test_ids_elsewhere_are_changes_like_others(hub: Hub) -> None:
    await hub.sync([customer("C1")])
    await hub.sync([customer("C1", known_as=IN_BOOKS, hub_reference="7")])
    changes = {field: (old, new) for field, old, new in hub.rows(Change, "field", "old_value", "new_value")}
    assert changes == {"known_as": (None, '[{"external_id":"C1","kind":"ACCOUNTING"}]'), "hub_reference": (None, '"7"')}


@pytest.mark.parametrize(
    "poison",
    [
        {"known_as": [CrossReference(external_id="", kind=ConnectionKind.CRM)]},
        {"known_as": [CrossReference(external_id="x" * 256, kind=ConnectionKind.CRM)]},
        {"known_as": [CrossReference(external_id="1")]},
        {"known_as": [CrossReference(external_id="1", kind=ConnectionKind.CRM, connection="crm")]},
        {"known_as": [CrossReference(external_id="1", connection="c" * 101)]},
        {"hub_reference": ""},
        {"hub_reference": "7" * 256},
    ],
)
async def test_ids_elsewhere_that_are_none_are_refused(hub: Hub, poison: dict[str, object]) -> None:
    await hub.sync([customer("BAD", **poison), customer("GOOD")])
    assert hub.rows(RejectedRecord, "external_id") == [("BAD",)]


async def test_what_was_merged_is_kept_until_it_comes_back(hub: Hub) -> None:
    await hub.sync([customer("C1"), customer("C2")])
    await hub.sync(Page(records=(), cursor=None, deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="C2", merged_into="C1")]))
    assert dict(hub.rows(ExternalReference, "external_id", "merged_into_external_id")) == {"C1": None, "C2": "C1"}
    with hub.store.write() as connection:
        (found,) = find_all_matches(connection, now=hub.clock.now())
    assert found.rule is MatchRule.UPSTREAM_MERGE
    await hub.sync([customer("C2", name="Back")])
    assert dict(hub.rows(ExternalReference, "external_id", "merged_into_external_id")) == {"C1": None, "C2": None}


async def test_a_customer_of_another_system_is_found_whichever_is_synced_first(hub: Hub) -> None:
    hub.connect("crm", ConnectionKind.CRM)
    await hub.sync([CustomerRecord(external_id="9", name="Other", known_as=IN_BOOKS)], name="crm")
    with hub.store.write() as connection:
        assert find_all_matches(connection, now=hub.clock.now()) == []
    await hub.sync([customer("C1")], name="books")
    with hub.store.write() as connection:
        (found,) = find_all_matches(connection, now=hub.clock.now())
    assert found.rule is MatchRule.CROSS_REFERENCE
