"""Single activities: all of them happen, and each leaves what it says."""

from datetime import timedelta
from functools import cache

import pytest

from connectors.sandbox.world.acts.activity import ACTIVITIES
from connectors.sandbox.world.world import World
from tests.connectors.sandbox.world.worlds import NOW, chance, lived_in

_SILENT = {"late_write"}
"""Activities that nobody can see."""


@cache
def _acted() -> dict[str, int]:
    """How much the logs grew with each kind of activity, in several small worlds."""
    grown: dict[str, int] = {}
    for seed in range(4):
        world, random, at = World.small(seed, NOW), chance(seed), NOW
        for _ in range(350):
            before = _events(world)
            at += timedelta(seconds=random.choice((0, 30, 20_000)))
            name = world.act(random, at)
            grown[name] = max(grown.get(name, 0), _events(world) - before)
    return grown


def _events(world: World) -> int:
    return sum(len(system.events) for system in world.systems)


@pytest.mark.parametrize("name", sorted(ACTIVITIES))
def test_every_activity_happens_by_chance_and_can_be_seen(name: str) -> None:
    assert (_acted()[name] > 0) is (name not in _SILENT)


def test_an_activity_of_the_past_is_refused() -> None:
    world = World.small(1, NOW)

    with pytest.raises(ValueError, match="is over"):
        world.act(chance(1), NOW - timedelta(seconds=1))


def test_an_activity_with_nothing_to_do_it_with_says_so() -> None:
    world = World.small(1, NOW)

    assert world.perform("mended", chance(1), NOW) is False


def _performed(name: str, seed: int = 4) -> tuple[World, World]:
    """Two equal worlds, in the second of which an activity has happened a day later."""
    before, after = lived_in(seed, 25), lived_in(seed, 25)
    before.advance(at := before.now + timedelta(days=1))
    after.advance(at)
    for each in (before, after):
        each.commit_late(at)
    assert after.perform(name, chance(1), at + timedelta(hours=1))
    return before, after


def _changed(name: str, collection: str) -> list[tuple[dict[str, object], dict[str, object]]]:
    """Facts before and after an activity, of the accounting objects of a collection whose facts changed."""
    before, after = _performed(name)
    old, new = before.ledger.truth("accounting")[collection], after.ledger.truth("accounting")[collection]
    return [(old.get(key, {}), facts) for key, facts in new.items() if old.get(key) != facts]


def test_a_deleted_invoice_stays_allocated_in_its_payments() -> None:
    before, after = _performed("invoice_deleted")

    assert before.ledger.truth("accounting")["payments"] == after.ledger.truth("accounting")["payments"]


def test_an_invoice_recreated_with_its_id_is_the_same_object() -> None:
    world = World.small(3, NOW)
    invoices = world.accounting.collections["invoices"]
    world.perform("invoice_deleted", chance(2), NOW)
    deleted = next(each for each in invoices.values() if each.is_deleted)
    version = deleted.version

    world.perform("invoice_recreated_same_id", chance(2), NOW)

    assert not deleted.is_deleted
    assert deleted.version == version + 1
    assert [event.kind for event in world.accounting.events if event.object_id == deleted.id][-2:] == ["invoice.deleted", "invoice.updated"]


def test_an_invoice_recreated_with_another_id_has_its_number_and_nothing_paid() -> None:
    world = World.small(3, NOW)
    world.perform("invoice_deleted", chance(2), NOW)
    deleted = next(each for each in world.accounting.collections["invoices"].values() if each.is_deleted)

    world.perform("invoice_recreated_new_id", chance(2), NOW)

    again = next(each for key, each in world.accounting.collections["invoices"].items() if key != deleted.id and each.body["number"] == deleted.body["number"])
    assert deleted.is_deleted
    assert again.body["amount_paid"].strip("0.") == ""


def test_a_returned_payment_pays_nothing_any_more() -> None:
    [(before, after)] = _changed("payment_returned", "payments")

    assert before["status"] == "settled"
    assert (after["status"], after["allocated_minor"], after["unapplied_minor"]) == ("returned", 0, 0)
    assert after["allocations"] == before["allocations"]


def test_a_payment_deleted_under_a_paid_invoice_opens_it_again() -> None:
    changed = _changed("paid_invoice_reopened", "invoices")

    assert ("paid", "open") in [(before["status"], after["status"]) for before, after in changed]


def test_a_voided_credit_note_takes_nothing_off() -> None:
    [(_, after)] = _changed("credit_note_voided", "credit_notes")

    assert (after["status"], after["allocated_minor"], after["unused_minor"]) == ("void", 0, 0)


def test_what_remains_of_an_invoice_is_written_off() -> None:
    [(before, after)] = _changed("invoice_written_off", "invoices")

    assert (after["written_off_minor"], after["due_minor"]) == (before["due_minor"], 0)


def test_a_moved_invoice_is_owed_by_another_customer() -> None:
    [(before, after)] = _changed("invoice_moved", "invoices")

    assert after == {**before, "customer_id": after["customer_id"]}
    assert after["customer_id"] != before["customer_id"]


def test_several_objects_change_within_one_second() -> None:
    _, world = _performed("same_second")

    touched = [each for objects in world.accounting.collections.values() for each in objects.values() if each.updated_at == world.now]

    assert len({(each.collection, each.id) for each in touched}) >= 2


def test_customers_are_never_below_themselves() -> None:
    customers = lived_in(9, 200).ledger.truth("accounting")["customers"]

    for key in customers:
        above: list[str] = []
        head = customers[key]["parent_id"]
        while head is not None:
            assert head not in (key, *above)
            above.append(head)
            head = customers[head]["parent_id"]


def test_a_merged_company_names_the_one_that_took_its_place_and_has_nobody_left() -> None:
    world = World.small(2, NOW)
    world.perform("company_entered_twice", chance(3), NOW)

    world.perform("company_merged", chance(3), NOW)

    merged = next(each for each in world.crm.collections["companies"].values() if "merged_into" in each.body)
    assert merged.is_deleted
    assert not world.crm.collections["companies"][merged.body["merged_into"]].is_deleted
    assert merged.id not in {each.body["company_id"] for each in world.crm.living("contacts")}
