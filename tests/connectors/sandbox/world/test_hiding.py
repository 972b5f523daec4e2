"""Late commits, poison and drift: what readers cannot see or read, and what the ledger says meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.sandbox.system import Stored
from connectors.sandbox.world.faults import DRIFTS, DriftKind
from connectors.sandbox.world.world import World
from tests.connectors.sandbox.world.worlds import NOW, chance, lived_in, printed


def _all_objects(world: World) -> list[Stored]:
    return [stored for system in world.systems for objects in system.collections.values() for stored in objects.values()]


def _with_hidden() -> tuple[World, Stored]:
    """A world with one new object that is not committed."""
    for seed in range(20):
        world = World.small(1, NOW)
        world.perform("late_write", chance(seed), NOW)
        hidden = [stored for stored in _all_objects(world) if not stored.is_visible]
        if hidden:
            return world, hidden[0]
    pytest.fail("no seed writes anything new")


def _with_late_edit() -> World:
    """A world with one edit that is not committed, and looks as if there were none."""
    before = printed(World.small(1, NOW))
    for seed in range(40):
        world = World.small(1, NOW)
        if world.perform("late_write", chance(seed), NOW) and printed(world) == before:
            return world
    pytest.fail("no seed edits anything")


def _truth(world: World) -> dict[str, Any]:
    return {system.name: world.ledger.truth(system.name) for system in world.systems}


def test_a_late_write_is_in_no_log_and_in_no_truth() -> None:
    world, hidden = _with_hidden()
    untouched = World.small(1, NOW)

    assert _truth(world) == _truth(untouched)
    assert [len(system.events) for system in world.systems] == [len(system.events) for system in untouched.systems]
    assert hidden.id not in {stored.id for stored in _all_objects(untouched)}


def test_a_late_commit_shows_and_says_that_it_was_written_up_to_a_minute_ago() -> None:
    world, hidden = _with_hidden()
    at = NOW + timedelta(hours=5)

    world.commit_late(at)

    assert hidden.is_visible
    assert at - timedelta(seconds=60) <= hidden.updated_at < at
    assert any(hidden.id in facts for collections in _truth(world).values() for facts in collections.values())


def test_a_late_edit_is_served_as_before_until_it_is_committed() -> None:
    world = _with_late_edit()
    at = NOW + timedelta(hours=1)

    world.commit_late(at)

    [edited] = [stored for stored in _all_objects(world) if stored.updated_at > NOW]
    assert at - timedelta(seconds=60) <= edited.updated_at < at
    assert edited.body["due_date"] == world.ledger.truth("accounting")["invoices"][edited.id]["due_date"].isoformat()


def test_there_may_be_nothing_to_commit() -> None:
    world = World.small(1, NOW)

    world.commit_late()

    assert printed(world) == printed(World.small(1, NOW))


# --- poison ---------------------------------------------------------------------------------------


def _poisoned(*, is_new: bool) -> tuple[World, str, str, str]:
    """A world with one poisoned object, and where that is."""
    for seed in range(60):
        world = World.small(1, NOW)
        known = {(stored.collection, stored.id) for stored in _all_objects(world)}
        if world.perform("poisoned", chance(seed), NOW):
            [(system, collection, key)] = [
                (system.name, collection, key) for system in world.systems for collection, keys in world.ledger.poisoned(system.name).items() for key in keys
            ]
            if ((collection, key) not in known) is is_new:
                return world, system, collection, key
    pytest.fail("no seed does it")


def test_the_truth_of_a_poisoned_object_is_its_last_good_version() -> None:
    world, system, collection, key = _poisoned(is_new=False)
    good = World.small(1, NOW).ledger.truth(system)[collection][key]

    assert world.ledger.truth(system)[collection][key] == {**good, "last_good": True}


def test_an_object_that_was_never_good_is_in_no_truth_until_it_is_mended() -> None:
    world, system, collection, key = _poisoned(is_new=True)
    absent = key not in world.ledger.truth(system)[collection]

    world.perform("mended", chance(1), NOW + timedelta(minutes=1))

    assert absent
    assert "last_good" not in world.ledger.truth(system)[collection][key]
    assert not world.ledger.poisoned(system)


def test_poison_breaks_one_value_and_mending_puts_it_right() -> None:
    world, system, collection, key = _poisoned(is_new=False)
    [good] = [each.collections[collection][key] for each in World.small(1, NOW).systems if each.name == system]
    [bad] = [each.collections[collection][key] for each in world.systems if each.name == system]
    broken = {name for name in good.body if bad.body.get(name, "missing") != good.body[name]}

    world.perform("mended", chance(1), NOW + timedelta(minutes=1))

    assert len(broken) == 1
    assert bad.body == good.body
    assert bad.version == good.version + 2


def test_nothing_else_happens_to_what_is_poisoned() -> None:
    world, system, collection, key = _poisoned(is_new=False)
    facts = world.ledger.truth(system)[collection][key]
    random, at = chance(5), NOW
    for _ in range(150):
        at += timedelta(minutes=7)
        if world.act(random, at) == "mended" and key not in world.ledger.poisoned(system).get(collection, ()):
            break
        sums = {"outstanding_minor", "unapplied_minor", "unused_credit_minor"}
        now = world.ledger.truth(system)[collection][key]
        assert {name: value for name, value in now.items() if name not in sums} == {name: value for name, value in facts.items() if name not in sums}


# --- drift ----------------------------------------------------------------------------------------


def test_a_new_field_is_in_all_bodies_and_in_those_to_come() -> None:
    world = World.small(1, NOW)
    world.drift("invoice_field_added")

    world.perform("new_invoice", chance(1), NOW)

    assert all("channel" in each.body for each in world.accounting.collections["invoices"].values())


def test_a_number_becomes_text() -> None:
    world = World.small(1, NOW)

    world.drift("payment_terms_as_text")

    assert {type(each.body["payment_terms_days"]) for each in world.accounting.collections["customers"].values()} == {str}


def test_a_required_field_is_gone_and_no_version_says_so() -> None:
    world, before = World.small(1, NOW), World.small(1, NOW)

    world.drift("invoice_currency_removed")

    invoices = world.accounting.collections["invoices"]
    assert all("currency" not in each.body for each in invoices.values())
    assert [each.version for each in invoices.values()] == [each.version for each in before.accounting.collections["invoices"].values()]


@pytest.mark.parametrize("kind", sorted(DRIFTS))
def test_a_drift_that_is_taken_back_leaves_nothing(kind: DriftKind) -> None:
    world = lived_in(7, 30)
    before = printed(world)

    world.drift(kind)
    during = printed(world)
    world.end_drift(kind)

    assert during != before
    assert printed(world) == before
