"""connectors/sandbox/world/identity.py: who is who in truth, and that nobody is told."""

from collections import defaultdict

import orjson
import pytest

from connectors.sandbox.world.acts.activity import ACTIVITIES, RARE_ACTIVITIES
from connectors.sandbox.world.crm_postings import Company
from connectors.sandbox.world.gateway_postings import GatewayCustomer
from connectors.sandbox.world.identity import parties_of
from connectors.sandbox.world.postings import Customer
from tests.connectors.sandbox.world.worlds import chance, demo, young


def test_a_customer_its_company_and_itself_at_the_gateway_are_one_party() -> None:
    entries = demo().ledger.entries
    parties = parties_of(entries)
    for company in entries.of(Company).values():
        if company.accounting_id is not None:
            assert parties["crm", company.id] == parties["accounting", company.accounting_id]
    for customer in entries.of(GatewayCustomer).values():
        if customer.reference is not None:
            assert parties["gateway", customer.id] == parties["accounting", customer.reference]


def test_a_project_is_a_party_of_its_own() -> None:
    entries = demo().ledger.entries
    parties = parties_of(entries)
    projects = [each for each in entries.of(Customer).values() if each.parent_id]
    assert projects
    assert all(parties["accounting", each.id] != parties["accounting", each.parent_id or ""] for each in projects)


def test_companies_that_were_merged_are_one_party() -> None:
    entries = demo().ledger.entries
    parties = parties_of(entries)
    merged = [each for each in entries.of(Company).values() if each.merged_into]
    assert merged
    assert all(parties["crm", each.id] == parties["crm", each.merged_into or ""] for each in merged)


def test_every_party_is_served_by_somebody_and_nobody_serves_it_as_such() -> None:
    world = demo()
    by_party: defaultdict[str, int] = defaultdict(int)
    for party in parties_of(world.ledger.entries).values():
        by_party[party] += 1
    assert max(by_party.values()) >= 4  # in three systems, and twice in one
    served = orjson.dumps([stored.body for system in world.systems for objects in system.collections.values() for stored in objects.values()])
    assert b'"party"' not in served


@pytest.mark.parametrize("name", sorted(RARE_ACTIVITIES))
def test_a_rare_activity_happens_when_it_is_asked_for(name: str) -> None:
    world = young(3)
    assert world.perform(name, chance(1), world.now)
    assert name not in ACTIVITIES


def test_what_is_entered_anew_is_the_party_that_it_was() -> None:
    world = young(3)
    before = set(world.ledger.entries.of(Customer))
    assert world.perform("customer_recreated", chance(1), world.now)
    customers = world.ledger.entries.of(Customer)
    (new,) = set(customers) - before
    parties = parties_of(world.ledger.entries)
    old = next(key for key in before if customers[key].is_deleted and parties["accounting", key] == parties["accounting", new])
    assert customers[old].reference != customers[new].reference
