"""What the systems serve agrees with the ledger, whatever happened: each added up on its own."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.world.world import World
from tests.connectors.sandbox.world.audit import Audit, minor
from tests.connectors.sandbox.world.worlds import demo, lived_in, mend_all
from tests.examples import examples

LIVED = settings(max_examples=examples(5), deadline=None)
SEEDS = st.integers(0, 10_000)


def _invoices_agree(world: World) -> None:
    audit, truth = Audit(world), world.ledger.truth("accounting")["invoices"]
    for key, body in audit.served("invoices"):
        facts, currency = truth[key], body["currency"]
        amounts = {name: minor(body[name], currency) for name in ("total", "amount_paid", "amount_credited", "balance")}
        assert amounts["total"] == facts["total_minor"] == sum(minor(line["amount"], currency) for line in body["lines"])
        assert amounts["amount_paid"] == facts["paid_minor"] == audit.paid[key]
        assert amounts["amount_credited"] == facts["credited_minor"] == audit.credited[key]
        assert facts["due_minor"] == audit.due(key, body)
        assert amounts["balance"] == (0 if body["status"] == "void" else facts["due_minor"])
        assert facts["total_minor"] == facts["paid_minor"] + facts["credited_minor"] + facts["written_off_minor"] + facts["due_minor"]
        assert body["status"] == facts["status"]
        assert not body["due_parts"] or sum(minor(part["amount"], currency) for part in body["due_parts"]) == amounts["total"]


def _money_agrees(world: World) -> None:
    audit, truth = Audit(world), world.ledger.truth("accounting")
    for key, body in audit.served("payments"):
        facts, counts = truth["payments"][key], body["status"] == "settled"
        assert minor(body["amount"], body["currency"]) == facts["amount_minor"]
        assert facts["unapplied_minor"] == (audit.unused(key, body, "amount") if counts else 0)
        assert not counts or facts["amount_minor"] == facts["allocated_minor"] + facts["refunded_minor"] + facts["unapplied_minor"]
    for key, body in audit.served("credit_notes"):
        facts, counts = truth["credit_notes"][key], body["status"] != "void"
        assert minor(body["balance"], body["currency"]) == facts["unused_minor"] == (audit.unused(key, body, "total") if counts else 0)


def _nothing_is_over_allocated(world: World) -> None:
    truth = world.ledger.truth("accounting")
    assert all(each["due_minor"] >= 0 for each in truth["invoices"].values() if not each["deleted"])
    assert all(each["unapplied_minor"] >= 0 for each in truth["payments"].values() if not each["deleted"])
    assert all(each["unused_minor"] >= 0 for each in truth["credit_notes"].values())


def _balances_agree(world: World) -> None:
    audit, truth = Audit(world), world.ledger.truth("accounting")["customers"]
    sums = audit.balances()
    for key, facts in truth.items():
        assert _net(facts) == sums.get(key, {})
    for key, body in audit.served("customers"):
        reported = {code: minor(text, code) for code, text in body["balances"].items()}
        agrees = {code: amount for code, amount in reported.items() if amount} == sums.get(key, {})
        assert agrees is (key not in world.misreported)


def _net(facts: dict[str, Any]) -> dict[str, int]:
    net = Counter[str](facts["outstanding_minor"])
    net.subtract(facts["unapplied_minor"])
    net.subtract(facts["unused_credit_minor"])
    return {code: amount for code, amount in net.items() if amount}


def _dates_are_in_order(world: World) -> None:
    today = world.now.date().isoformat()
    audit = Audit(world)
    dated = {key: stored.body.get("date", "") for key, stored in world.accounting.collections["invoices"].items()}
    for collection in ("payments", "credit_notes"):
        for _, body in audit.served(collection):
            assert body["date"] <= today
            assert all(dated[each["invoice_id"]] <= each["date"] <= today for each in body["allocations"])


def _log_is_complete(world: World) -> None:
    for system in world.systems:
        assert [event.number for event in system.events] == list(range(1, len(system.events) + 1))
        versions: dict[tuple[str, str], list[int]] = {}
        for event in system.events:
            versions.setdefault((event.collection, event.object_id), []).append(event.version)
        for collection, objects in system.collections.items():
            for key, stored in objects.items():
                seen = versions.pop((collection, key), [])
                assert seen == (list(range(1, stored.version + 1)) if stored.is_visible else [])
                assert stored.created_at <= stored.updated_at <= world.now
        assert not versions


CHECKS = (_invoices_agree, _money_agrees, _nothing_is_over_allocated, _balances_agree, _dates_are_in_order, _log_is_complete)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.strip("_"))
def test_three_years_of_ordinary_life_agree(check: Callable[[World], None]) -> None:
    check(demo())


@LIVED
@given(seed=SEEDS)
def test_any_activities_agree(seed: int) -> None:
    world = lived_in(seed, 60)
    mend_all(world)

    for check in CHECKS:
        check(world)


@LIVED
@given(seed=SEEDS)
def test_poison_hides_the_truth_from_readers_and_does_not_change_it(seed: int) -> None:
    world = lived_in(seed, 60)
    poisoned = {system.name: world.ledger.truth(system.name) for system in world.systems}

    mend_all(world)

    for system in world.systems:
        for collection, facts in world.ledger.truth(system.name).items():
            before = poisoned[system.name][collection]
            for key in before.keys() - _touched_by_new_ones(world, poisoned):
                assert {name: value for name, value in before[key].items() if name != "last_good"} == facts[key]


def _touched_by_new_ones(world: World, before: dict[str, dict[str, Any]]) -> set[str]:
    """Customers of documents that could be counted only when they were mended."""
    after = world.ledger.truth("accounting")
    new = [(collection, key) for collection in ("invoices", "payments") for key in after[collection].keys() - before["accounting"][collection].keys()]
    return {after[collection][key]["customer_id"] for collection, key in new}


@LIVED
@given(seed=SEEDS)
def test_every_object_that_is_served_is_in_the_truth_and_the_other_way_round(seed: int) -> None:
    world = lived_in(seed, 60)

    for system in world.systems:
        truth, poisoned = world.ledger.truth(system.name), world.ledger.poisoned(system.name)
        for collection, objects in system.collections.items():
            served = {key: stored for key, stored in objects.items() if stored.is_visible}
            never_good = {key for key in poisoned.get(collection, ()) if key not in truth[collection]}
            assert served.keys() - never_good == truth[collection].keys()
            assert all(truth[collection][key]["deleted"] == stored.is_deleted for key, stored in served.items() if key not in never_good)
            assert {key for key, facts in truth[collection].items() if "last_good" in facts} == poisoned.get(collection, set()) - never_good


def test_rates_are_positive_decimals() -> None:
    rates = [Decimal(each.body["rate"]) for each in demo().accounting.collections["rates"].values()]

    assert len(rates) > 500
    assert min(rates) > 0
