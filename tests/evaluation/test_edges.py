"""Edges of single fields, each on rows made by hand: days of changed clocks, rates, numbers too long, keys that two tables share."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Rows
from hub.health.basis import Basis
from hub.store.engine import Store
from hub.vocabulary import ConversionDate, Lifecycle
from rules.fields import Level, Operator
from rules.parsing import parse_rule
from tests.evaluation.worlds import (
    BOOK,
    CATALOGUE,
    World,
    make_basis,
    make_dispute,
    make_message,
    make_method,
    make_promise,
    write_world,
)
from tests.health.worlds import day, make_attempt, make_credit, make_customer, make_invoice, make_payment, make_rate, make_settlement, rolled_back

TODAY_BASIS = make_basis()


def told(
    store: Store, world: World, expected: Mapping[str, set[int]], *, kind: str = "customers", asked: Basis = TODAY_BASIS, kept: Basis | None = None
) -> None:
    """Hold rules against a world, by kept figures where the day is today, and by computed ones."""
    with rolled_back(store) as connection:
        write_world(connection, world, kept or asked)
        for is_kept in (True, False) if kept is None else (False,):
            facts = Facts(asked, is_kept)
            rows: Rows = {"customers": BOOK.customers, "invoices": BOOK.invoices, "credit notes": BOOK.credit_notes}[kind](facts)
            found = matches(connection, [parse_rule(text) for text in expected], rows)
            assert {text: {match.id for match in found if match.holds(number)} for number, text in enumerate(expected)} == dict(expected)


def test_days_begin_at_midnight_in_the_zone_of_the_workspace_also_when_the_clocks_change(store: Store) -> None:
    moments = [
        datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    ]
    world = World(
        customers=[make_customer(key) for key in (1, 2, 3, 4)],
        messages=[make_message(key, key, sent_at=moment) for key, moment in enumerate(moments, 1)],
    )
    expected = {
        "last_email_date < 2026-03-29": {1},
        "last_email_date = 2026-03-29": {2, 3},
        "last_email_date != 2026-03-29": {1, 4},
        "last_email_date <= 2026-03-29": {1, 2, 3},
        "last_email_date > 2026-03-29": {4},
        "last_email_date between 2026-03-28 and 2026-03-29": {1, 2, 3},
    }
    told(store, world, expected)


def test_a_reply_that_came_after_the_day_is_none_yet(store: Store) -> None:
    message = make_message(1, 1, sent_at=datetime(2026, 3, 1, 12, tzinfo=UTC), replied_at=datetime(2026, 3, 20, 12, tzinfo=UTC))
    world = World(customers=[make_customer(1)], messages=[message])
    told(store, world, {"last_reply_date is not set": {1}, "last_email_date = 2026-03-01": {1}}, asked=make_basis(date(2026, 3, 10)), kept=TODAY_BASIS)


def test_a_dispute_without_a_date_is_converted_at_the_rate_of_the_day(store: Store) -> None:
    world = World(
        customers=[make_customer(1)],
        disputes=[make_dispute(1, 1, currency="USD", amount_minor=300, opened_on=None)],
        rates=[make_rate(1, "USD", "EUR", numerator=2)],
    )
    told(store, world, {"open_issue_amount = 6 EUR": {1}}, asked=make_basis(conversion_date=ConversionDate.DOCUMENT_DATE))


def test_the_amount_of_a_draft_is_converted_as_well(store: Store) -> None:
    drafts = [
        make_invoice(1, 1, lifecycle=Lifecycle.DRAFT, currency="USD", total_minor=300),
        make_invoice(2, 1, document_date=day(9), currency="USD", total_minor=400),
    ]
    world = World(customers=[make_customer(1)], invoices=drafts, rates=[make_rate(1, "USD", "EUR", numerator=2)])
    told(store, world, {"converted_amount = 6 EUR": {1}, "converted_amount = 8 EUR": {2}}, kind="invoices")


def test_the_amount_of_a_credit_note_is_converted_at_the_rate_of_the_day_that_is_asked_for(store: Store) -> None:
    rates = [make_rate(1, "USD", "EUR", numerator=2, rate_date=day(-30)), make_rate(2, "USD", "EUR", numerator=3)]
    world = World(customers=[make_customer(1)], credits=[make_credit(1, 1, currency="USD", total_minor=100, document_date=day(-20))], rates=rates)
    told(store, world, {"converted_amount = 2 EUR": {1}}, kind="credit notes", asked=make_basis(day(-1)), kept=TODAY_BASIS)


def test_a_credit_note_has_neither_attempts_nor_payments_of_the_invoice_with_its_key(store: Store) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(1, 1, total_minor=100)],
        credits=[make_credit(1, 1, total_minor=100)],
        attempts=[make_attempt(1, 1, invoice_id=1)],
        payments=[make_payment(1, 1, amount_minor=100)],
        settlements=[make_settlement(1, 1, payment_id=1, amount_minor=100, allocated_minor=100)],
    )
    rules = ("any attempt (always)", "any payment (always)", "last_attempt_date is set")
    told(store, world, {rule: set[int]() for rule in rules}, kind="credit notes")
    told(store, world, {rule: {1} for rule in rules}, kind="invoices")


def test_a_payment_that_was_moved_to_another_invoice_is_not_one_of_the_first_any_more_and_a_returned_one_still_is(store: Store) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(key, 1, total_minor=10_00, document_date=day(-30)) for key in (1, 2, 3)],
        payments=[make_payment(1, 1, amount_minor=10_00, payment_date=day(-20)), make_payment(2, 1, amount_minor=7_00, payment_date=day(-20))],
        settlements=[
            make_settlement(1, 1, payment_id=1, amount_minor=10_00, effective_date=day(-20)),
            make_settlement(2, 1, payment_id=1, amount_minor=-10_00, effective_date=day(-5)),
            make_settlement(3, 2, payment_id=1, amount_minor=10_00, effective_date=day(-5)),
            make_settlement(4, 3, payment_id=2, amount_minor=7_00, effective_date=day(-20)),
            make_settlement(5, 3, payment_id=2, amount_minor=-7_00, effective_date=day(-5), reversed_on=day(-5)),
        ],
    )
    told(store, world, {"any payment (always)": {2, 3}, "count of payments = 0": {1}}, kind="invoices")
    told(store, world, {"any payment (always)": {1, 3}}, kind="invoices", asked=make_basis(day(-6)), kept=TODAY_BASIS)


def test_of_a_customer_that_its_source_has_deleted_nothing_is_known_though_its_documents_are(store: Store) -> None:
    world = World(
        customers=[make_customer(1, is_deleted=True, email="gone@gone.example", city="Goa", custom={"tier": 1})],
        invoices=[make_invoice(1, 1, total_minor=100)],
        attempts=[make_attempt(1, 1, invoice_id=1)],
        methods=[make_method(1, 1)],
        promises=[make_promise(1, 1, amount_minor=5)],
    )
    rules = [f"{field.id} is set" for field in CATALOGUE.at_level(Level.CUSTOMER) if Operator.IS_SET in field.allowed_operators]
    assert {"customer_email is set", "outstanding is set", "open_promise_amount is set", "outstanding_mismatch is set"} <= set(rules)
    rules += ['payment_risk includes ("LOW", "MEDIUM", "HIGH")', 'primary_payment_method includes ("CARD", "NONE")', "any attempt (customer_email is set)"]
    told(store, world, {rule: set[int]() for rule in rules}, kind="invoices")
    told(store, world, {"always": {1}, "any attempt (always)": {1}}, kind="invoices")


@pytest.mark.parametrize("entry", [True, False, "x", "12.", "1e5", "+", " 1", "1\n", "2026-02-30\n", "٣"])
def test_what_is_no_number_and_no_day_is_missing(store: Store, entry: str | bool) -> None:  # noqa: FBT001 - what a source says
    world = World(customers=[make_customer(1, custom={"tier": entry, "Score %": entry, "since": entry})])
    told(store, world, {"custom.tier is set or custom.score is set or custom.since is set": set(), "custom.tier != 0 or custom.score != 0": set()})


def test_a_whole_number_too_long_to_be_added_up_is_missing(store: Store) -> None:
    invoices = [make_invoice(key, 1, custom={"boxes": boxes}) for key, boxes in enumerate(("9" * 15, "9" * 15, "1" + "0" * 15, "9" * 30, "1.5"), 1)]
    expected = {"sum of custom.boxes over invoices = 1999999999999998": {1}, "count of invoices (custom.boxes is set) = 2": {1}}
    told(store, World(customers=[make_customer(1)], invoices=invoices), expected)


def test_sums_take_the_currency_that_is_named_and_leave_out_what_is_missing(store: Store) -> None:
    invoices = [
        make_invoice(1, 1, total_minor=300),
        make_invoice(2, 1, total_minor=200),
        make_invoice(3, 1, total_minor=900, currency="JPY"),
        make_invoice(4, 1, total_minor=900, lifecycle=Lifecycle.DRAFT),
        make_invoice(5, 1, total_minor=900, is_authoritative=False),
        make_invoice(6, 1, total_minor=900, document_date=day(1)),
    ]
    expected = {
        "sum of balance over invoices = 5 EUR": {1},
        "sum of amount over invoices > 899.5 JPY": {1},
        "sum of amount over invoices = 0 USD": {1, 2},
        "sum of converted_balance over invoices = 5 base": {1},
        "sum of balance over invoices (balance > 2 EUR) between 3 EUR and 4 EUR": {1},
        "count of invoices = 3": {1},
        "count of invoices < 0.5": {2},
        "all invoices (balance > 1 USD)": {2},
        "no invoice (always)": {2},
    }
    told(store, World(customers=[make_customer(1), make_customer(2)], invoices=invoices), expected)


def test_quantifiers_go_through_invoices_into_their_attempts_and_payments(store: Store) -> None:
    world = World(
        customers=[make_customer(1), make_customer(2)],
        invoices=[make_invoice(1, 1, total_minor=100), make_invoice(2, 1, total_minor=100), make_invoice(3, 2, total_minor=100)],
        attempts=[
            make_attempt(1, 1, invoice_id=1, amount_minor=100),
            make_attempt(2, 2, invoice_id=3, amount_minor=100),
            make_attempt(3, 2, invoice_id=3, amount_minor=50),
        ],
    )
    expected = {
        "any invoice (no attempt (always))": {1},
        "all invoices (any attempt (attempt_amount = 1 EUR))": {2},
        "any invoice (all attempts (attempt_amount = 1 EUR) and count of attempts >= 1)": {1},
        "any invoice (sum of attempt_amount over attempts = 1.50 EUR)": {2},
        "not any invoice (count of attempts (attempt_amount < 1 EUR) = 1)": {1},
    }
    told(store, world, expected)
