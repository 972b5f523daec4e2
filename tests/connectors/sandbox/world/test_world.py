"""The same world every time: from its seed, in however many steps, and the same yesterday whatever today is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.world.world import World
from tests.connectors.sandbox.world.worlds import NOW, demo, lived_in, printed, young


def test_the_same_seed_gives_the_same_world_twice() -> None:
    assert printed(young(5)) == printed(young(5))


def test_another_seed_gives_another_world() -> None:
    assert printed(young(5)) != printed(young(6))


def test_the_same_activities_give_the_same_world_twice() -> None:
    assert printed(lived_in(3, 120)) == printed(lived_in(3, 120))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), hours=st.lists(st.integers(0, 24 * 260), min_size=1, max_size=4))
def test_time_may_pass_in_any_number_of_steps(seed: int, hours: list[int]) -> None:
    stepwise = young(seed, NOW - timedelta(days=260), customers=4)
    for hour in sorted(hours):
        stepwise.advance(NOW - timedelta(days=260) + timedelta(hours=hour))
    stepwise.advance(NOW)

    assert printed(stepwise) == printed(young(seed, NOW, customers=4))


def test_what_was_there_yesterday_is_there_unchanged_today() -> None:
    yesterday, today = young(2, NOW - timedelta(days=1)), young(2, NOW)

    for before, after in zip(yesterday.systems, today.systems, strict=True):
        assert after.events[: len(before.events)] == before.events
        for collection, objects in before.collections.items():
            for key, stored in objects.items():
                now = after.collections[collection][key]
                assert now == stored or now.updated_at > NOW - timedelta(days=1)


def test_a_future_invoice_is_owed_from_its_day_on_without_being_touched() -> None:
    invoices = young(1, customers=20).accounting.collections["invoices"].values()
    invoice = next(each for each in invoices if date.fromisoformat(each.body["date"]) > each.created_at.date() + timedelta(days=10))
    dated = datetime.fromisoformat(invoice.body["date"]).replace(tzinfo=UTC)
    customer_id, currency = invoice.body["customer_id"], invoice.body["currency"]

    before = young(1, dated - timedelta(seconds=1), customers=20)
    owed_before = before.ledger.truth("accounting")["customers"][customer_id]["outstanding_minor"].get(currency, 0)
    before.advance(dated)

    total = before.ledger.truth("accounting")["invoices"][invoice.id]["due_minor"]
    assert before.ledger.truth("accounting")["customers"][customer_id]["outstanding_minor"][currency] == owed_before + total
    assert before.accounting.collections["customers"][customer_id].updated_at == dated
    assert before.accounting.collections["invoices"][invoice.id].version == 1


def test_time_never_goes_back() -> None:
    world = young(1)

    with pytest.raises(ValueError, match="is over"):
        world.advance(NOW - timedelta(seconds=1))


def test_a_base_currency_without_rates_is_refused() -> None:
    with pytest.raises(ValueError, match="'CHF' is none of the currencies"):
        World(1, 1, NOW, base_currency="CHF")


def test_rates_lead_to_the_base_currency_from_the_first_day_on() -> None:
    world = World(1, 1, NOW, base_currency="USD", founded=date(2026, 11, 10))

    rates = [each.body for each in world.accounting.collections["rates"].values()]

    assert {(each["currency"], each["base_currency"]) for each in rates} == {(code, "USD") for code in ("EUR", "GBP", "JPY", "KWD")}
    assert {each["date"] for each in rates} == {"2026-11-10", "2026-11-16"}


def test_a_small_world_has_8_customers_and_about_40_invoices() -> None:
    worlds = [World.small(seed, NOW) for seed in range(6)]

    assert {len(world.accounting.collections["customers"]) for world in worlds} == {8}
    assert 25 <= sum(len(world.accounting.collections["invoices"]) for world in worlds) / 6 <= 60


# --- what there is to see -------------------------------------------------------------------------


def test_150_customers_have_about_3500_invoices_in_three_years() -> None:
    truth = demo().ledger.truth("accounting")

    assert len(truth["customers"]) == 150
    assert 3000 <= len(truth["invoices"]) <= 4200


@pytest.mark.parametrize(
    ("collection", "field", "expected"),
    [
        ("accounting.invoices", "currency", {"EUR", "USD", "GBP", "JPY", "KWD"}),
        ("accounting.invoices", "status", {"draft", "open", "paid", "void", "written_off"}),
        ("accounting.invoices", "disputed", {True, False}),
        ("accounting.payments", "status", {"settled", "returned", "charged_back", "void"}),
        ("accounting.payments", "method", {"card", "transfer", "cheque", "direct_debit", "cash"}),
        ("accounting.credit_notes", "status", {"open", "used", "void"}),
        ("gateway.charges", "status", {"settled", "failed", "returned", "disputed"}),
        ("gateway.charges", "failure_code", {None, "insufficient_funds", "expired_card", "do_not_honor"}),
        ("gateway.charges", "attempt", {1, 2, 3}),
        ("crm.subscriptions", "status", {"active", "cancelled"}),
        ("crm.companies", "deleted", {True, False}),
    ],
)
def test_every_kind_of_thing_happens(collection: str, field: str, expected: set[object]) -> None:
    system, _, name = collection.partition(".")
    found = {facts.get(field) for facts in demo().ledger.truth(system)[name].values()}

    assert expected <= found


def test_open_invoices_are_spread_over_all_ages() -> None:
    today = demo().now.date()
    ages = [(today - each["due_date"]).days for each in demo().ledger.truth("accounting")["invoices"].values() if each.get("status") == "open"]

    buckets = [sum(low <= age <= high for age in ages) for low, high in ((-999, 0), (1, 30), (31, 60), (61, 90), (91, 9999))]

    assert min(buckets) >= 3


def test_some_customers_are_projects_of_others_and_share_their_domain() -> None:
    customers = {key: each.body for key, each in demo().accounting.collections["customers"].items()}

    children = [(each, customers[each["parent_id"]]) for each in customers.values() if each["parent_id"]]

    assert len(children) >= 8
    assert all(child["email"].partition("@")[2] == parent["email"].partition("@")[2] for child, parent in children)


def test_the_crm_spells_some_names_in_its_own_way_and_does_not_know_every_number() -> None:
    customers = {key: each.body["name"] for key, each in demo().accounting.collections["customers"].items()}
    companies = [each.body for each in demo().crm.collections["companies"].values()]

    differing = [each for each in companies if each["accounting_id"] and each["name"] != customers[each["accounting_id"]]]

    assert len(differing) >= 10
    assert any(each["accounting_id"] is None for each in companies)


def test_names_are_in_several_scripts() -> None:
    names = "".join(each.body["name"] for each in demo().accounting.collections["customers"].values())

    assert any("\u4e00" <= letter <= "\u9fff" for letter in names)
    assert any("\u0600" <= letter <= "\u06ff" for letter in names)
    assert any("\u00c0" <= letter <= "\u017f" for letter in names)


def test_an_invoice_paid_long_ago_was_updated_long_ago() -> None:
    paid = [each for each in demo().accounting.collections["invoices"].values() if each.body["paid_on"]]

    late = [each for each in paid if each.updated_at.date() - date.fromisoformat(each.body["paid_on"]) > timedelta(days=60)]

    assert len(paid) > 2500
    assert len(late) < len(paid) / 100
