"""hub/sync/landing: refunds, payment methods, attempts and subscriptions, and what follows from them in figures."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import event

from hub.health.reading import read_customer_figures
from hub.model import (
    Change,
    CreditNote,
    CustomerFigures,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Refund,
    RejectedRecord,
    Subscription,
    SyncNotice,
    WaitingRecord,
)
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Record
from hub.vocabulary import AttemptKind, DunningStatus, PaymentSourceStatus, PaymentState, Stream, SubscriptionStatus
from tests.sync.conftest import Hub
from tests.sync.records import attempt, credit_note, customer, invoice, method, payment, rate, refund, subscription
from tests.sync.test_authority import both_know_the_customer
from tests.sync.test_properties import assert_kept_equals_formulas


def gone(stream: Stream, external_id: str) -> Page:
    return Page(records=[], cursor=None, deletions=[Deletion(stream=stream, external_id=external_id)])


# --- refunds --------------------------------------------------------------------------------------


async def test_a_refund_lowers_what_is_unapplied_from_its_day_on(hub: Hub) -> None:
    later = refund("R2", "15.00", payment_external_id="P1", refund_date=date(2026, 11, 25))
    await hub.sync([customer(), payment(), refund(payment_external_id="P1"), later])
    assert hub.rows(Payment, "refunded_minor", "unapplied_minor") == [(10_00, 90_00)]
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor") == [(90_00,)]
    hub.clock.move_to(hub.clock.now() + timedelta(days=5))
    hub.refresh()
    assert hub.rows(Payment, "refunded_minor", "unapplied_minor") == [(25_00, 75_00)]
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor") == [(75_00,)]


async def test_a_refund_of_a_credit_note_lowers_what_is_unutilised(hub: Hub) -> None:
    await hub.sync([customer(), credit_note(), refund(credit_note_external_id="N1")])
    assert hub.rows(CreditNote, "refunded_minor", "unutilised_minor") == [(10_00, 20_00)]
    assert hub.rows(CustomerFigures, "unutilised_credit_minor") == [(20_00,)]
    assert_kept_equals_formulas(hub)


async def test_a_refund_to_come_is_no_residual_of_today(hub: Hub) -> None:
    to_come = refund(credit_note_external_id="N1", refund_date=date(2026, 12, 1))
    await hub.sync([customer(), credit_note(balance_minor=20_00), to_come])
    assert hub.rows(CreditNote, "residual_minor", "unutilised_minor") == [(0, 30_00)]
    assert_kept_equals_formulas(hub)


async def test_a_refund_counts_only_while_it_is_settled(hub: Hub) -> None:
    names = [state.value for state in PaymentState]
    given = {name: refund(name, payment_external_id=name) for name in names}
    await hub.sync([customer(), *(payment(name) for name in names), *given.values()])
    await hub.sync([replace(given[state.value], state=state) for state in PaymentState])
    left = dict(zip(names, (unapplied for (unapplied,) in hub.rows(Payment, "unapplied_minor")), strict=True))
    assert left == dict.fromkeys(names, 100_00) | {"SETTLED": 90_00}
    assert_kept_equals_formulas(hub)


async def test_a_deleted_refund_counts_again_when_it_is_back(hub: Hub) -> None:
    records = [customer(), payment(), refund(payment_external_id="P1")]
    await hub.sync(records)
    await hub.sync(gone(Stream.REFUNDS, "R1"))
    assert hub.rows(Payment, "refunded_minor", "unapplied_minor") == [(0, 100_00)]
    assert_kept_equals_formulas(hub)
    await hub.sync(records)
    assert hub.rows(Payment, "refunded_minor", "unapplied_minor") == [(10_00, 90_00)]
    assert_kept_equals_formulas(hub)


async def test_a_refund_of_a_deleted_payment_is_in_no_figure_until_the_payment_is_back(hub: Hub) -> None:
    await hub.sync([customer(), payment(), refund(payment_external_id="P1")])
    await hub.sync(gone(Stream.PAYMENTS, "P1"))
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor") == [(0,)]
    await hub.sync([refund(payment_external_id="P1", amount="30.00")])
    assert_kept_equals_formulas(hub)
    await hub.sync([payment()])
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor") == [(70_00,)]
    assert_kept_equals_formulas(hub)


async def test_a_refund_that_turns_out_to_be_of_something_else_leaves_what_it_was_of(hub: Hub) -> None:
    await hub.sync([customer(), payment("P1"), payment("P2"), credit_note(), refund(payment_external_id="P1")])
    await hub.sync([refund(payment_external_id="P2")])
    assert hub.rows(Payment, "unapplied_minor") == [(100_00,), (90_00,)]
    await hub.sync([refund(credit_note_external_id="N1")])
    assert hub.rows(Payment, "unapplied_minor") == [(100_00,), (100_00,)]
    assert hub.rows(CreditNote, "unutilised_minor") == [(20_00,)]
    assert hub.rows(Refund, "payment_id", "credit_note_id") == [(None, 1)]
    assert [field for (field,) in hub.rows(Change, "field")].count("payment_external_id") == 2
    assert_kept_equals_formulas(hub)


@pytest.mark.parametrize("is_refund_first", [True, False], ids=["refund first", "payment first"])
async def test_a_refund_in_another_currency_lowers_nothing_whichever_comes_first(hub: Hub, *, is_refund_first: bool) -> None:
    records: list[Record] = [payment(), refund(payment_external_id="P1", currency="JPY")]
    await hub.sync([customer(), rate("JPY", 1, 163)])
    for record in reversed(records) if is_refund_first else records:
        await hub.sync([record])
    assert hub.rows(Payment, "refunded_minor", "unapplied_minor") == [(0, 100_00)]
    assert hub.rows(SyncNotice, "place", "field") == [("R1", "currency")]
    assert_kept_equals_formulas(hub)
    await hub.sync([refund(payment_external_id="P1")])
    assert hub.rows(Payment, "refunded_minor", "unapplied_minor") == [(10_00, 90_00)]


async def test_a_refund_that_names_nothing_is_kept_and_lowers_nothing(hub: Hub) -> None:
    await hub.sync([customer(), payment(), refund()])
    assert hub.rows(Refund, "payment_id", "credit_note_id", "amount_minor") == [(None, None, 10_00)]
    assert hub.rows(Payment, "unapplied_minor") == [(100_00,)]


async def test_a_refund_of_a_connection_that_does_not_speak_is_in_no_figure(hub: Hub) -> None:
    authority: Mapping[Stream, Sequence[int]] = await both_know_the_customer(hub)
    await hub.sync([payment(), refund(payment_external_id="P1")], name="books", authority=authority)
    await hub.sync([payment("Q", customer_external_id="K1"), refund("S", payment_external_id="Q", customer_external_id="K1")], name="shop", authority=authority)
    assert hub.rows(Payment, "is_authoritative", "unapplied_minor") == [(False, 90_00), (True, 90_00)]
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor")[0] == (90_00,)
    assert_kept_equals_formulas(hub)


# --- attempts and methods -------------------------------------------------------------------------


async def test_an_attempt_says_everything_that_its_source_says(hub: Hub) -> None:
    made = attempt(
        invoice_external_id="I1",
        invoice_number="2026-17",
        payment_method_external_id="M1",
        kind=AttemptKind.RETRY,
        decline_reason="insufficient_funds",
        decline_code="51",
        dunning_status=DunningStatus.IN_PROGRESS,
        next_retry_on=date(2026, 10, 4),
        gateway="acquirer",
        gateway_transaction_id="ch_1",
    )
    await hub.sync([customer(), invoice(), method(), made])
    assert hub.rows(PaymentAttempt, "invoice_id", "invoice_number", "payment_id", "payment_method_id", "kind", "state") == [
        (1, "2026-17", None, 1, AttemptKind.RETRY, PaymentState.DECLINED)
    ]
    assert hub.rows(PaymentAttempt, "decline_reason", "decline_code", "dunning_status", "next_retry_on", "attempted_at") == [
        ("insufficient_funds", "51", DunningStatus.IN_PROGRESS, date(2026, 10, 4), datetime(2026, 10, 1, 12, tzinfo=UTC))
    ]


async def test_an_attempt_knows_an_invoice_of_another_connection_by_its_number_only(hub: Hub) -> None:
    await hub.sync([customer(), invoice("I1", number="2026-17")], name="books")
    await hub.sync([customer(), attempt(invoice_external_id="I1", invoice_number="2026-17")], name="gateway")
    assert hub.rows(PaymentAttempt, "invoice_id", "invoice_external_id", "invoice_number") == [(None, "I1", "2026-17")]


def average(hub: Hub, customer_id: int = 1) -> tuple[int, int]:
    with hub.store.read() as connection:
        figures = read_customer_figures(connection, hub.basis(), [customer_id])[customer_id]
    return figures.payment_attempt_count, figures.attempted_invoice_count


async def test_attempts_enter_the_average_of_the_invoices_customer(hub: Hub) -> None:
    tries = [attempt(f"A{number}", invoice_external_id="I1") for number in range(3)]
    chargeback = attempt("B1", invoice_external_id="I1", kind=AttemptKind.CHARGEBACK)
    other = attempt("B2", invoice_external_id="I2", customer_external_id="C2")
    await hub.sync([customer(), customer("C2"), invoice(), invoice("I2"), *tries, chargeback, other])
    assert (average(hub), average(hub, 2)) == ((4, 2), (0, 0))
    assert_kept_equals_formulas(hub)
    await hub.sync(gone(Stream.PAYMENT_ATTEMPTS, "B2"))
    assert average(hub) == (3, 1)
    assert_kept_equals_formulas(hub)
    await hub.sync([attempt("B2", invoice_external_id="I2", customer_external_id="C2")])
    assert average(hub) == (4, 2)
    await hub.sync([attempt("B2", invoice_external_id="I1", customer_external_id="C2")])
    assert average(hub) == (4, 1)
    assert_kept_equals_formulas(hub)


async def test_attempts_go_with_their_invoice(hub: Hub) -> None:
    await hub.sync([customer(), customer("C2"), invoice(), attempt(invoice_external_id="I1", customer_external_id="C2")])
    await hub.sync([invoice(customer_external_id="C2")])
    assert (average(hub), average(hub, 2)) == ((0, 0), (1, 1))
    await hub.sync(gone(Stream.INVOICES, "I1"))
    assert average(hub, 2) == (0, 0)
    assert_kept_equals_formulas(hub)


async def test_an_invoice_that_comes_after_its_attempts_has_them(hub: Hub) -> None:
    await hub.sync([customer(), attempt("A1", invoice_external_id="I1"), attempt("A2", invoice_external_id="I1"), attempt("A3", invoice_external_id="I9")])
    assert average(hub) == (0, 0)
    await hub.sync([invoice()])
    assert average(hub) == (2, 1)
    assert hub.rows(PaymentAttempt, "invoice_id") == [(1,), (1,), (None,)]
    assert_kept_equals_formulas(hub)


async def test_methods_and_subscriptions_follow_their_source(hub: Hub) -> None:
    await hub.sync([customer(), method(last_four="4242", brand="Visa", is_primary=True), subscription(plan="Gold", starts_on=date(2026, 1, 1))])
    await hub.sync([method(last_four="4242", brand="Visa", status=PaymentSourceStatus.EXPIRED), subscription(plan="Gold", status=SubscriptionStatus.CANCELLED)])
    assert hub.rows(PaymentMethod, "last_four", "status", "is_primary") == [("4242", PaymentSourceStatus.EXPIRED, False)]
    assert hub.rows(Subscription, "plan", "status", "starts_on") == [("Gold", SubscriptionStatus.CANCELLED, None)]
    assert {field for (field,) in hub.rows(Change, "field")} == {"status", "is_primary", "starts_on"}
    await hub.sync(gone(Stream.PAYMENT_METHODS, "M1"), gone(Stream.SUBSCRIPTIONS, "S1"))
    assert (hub.rows(PaymentMethod, "is_deleted"), hub.rows(Subscription, "is_deleted")) == ([(True,)], [(True,)])


# --- what comes in any order, and what is refused ---------------------------------------------------


async def test_whatever_the_order_everything_is_joined(hub: Hub) -> None:
    records: list[Record] = [
        customer(),
        invoice(),
        payment(),
        method(),
        refund(payment_external_id="P1"),
        attempt(invoice_external_id="I1", payment_external_id="P1", payment_method_external_id="M1"),
    ]
    for record in reversed(records):
        await hub.sync([record])
    assert hub.rows(WaitingRecord, "id") == []
    assert hub.rows(Refund, "payment_id") == [(1,)]
    assert hub.rows(PaymentAttempt, "invoice_id", "payment_id", "payment_method_id") == [(1, 1, 1)]
    assert hub.rows(Payment, "unapplied_minor") == [(90_00,)]
    before = hub.everything()
    report = await hub.sync(records)
    assert report.total("unchanged") == len(records)
    assert hub.everything() == before


POISON: Sequence[tuple[Record, str]] = (
    (replace(refund(), currency="XXY"), "currency"),
    (refund(amount_minor=-1), "amount"),
    (refund(amount_minor=2 * 10**15), "amount"),
    (refund(refund_date=date(1899, 12, 31)), "refund_date"),
    (refund(payment_external_id=""), "payment_external_id"),
    (refund(payment_external_id="P1", credit_note_external_id="N1"), "credit_note_external_id"),
    (refund(reason="r" * 501), "reason"),
    (method(last_four="42424"), "last_four"),
    (method(last_four="٤٢٤٢"), "last_four"),
    (method(expires_on=date(2200, 1, 1)), "expires_on"),
    (attempt(currency="eur"), "currency"),
    (attempt(amount_minor=-1), "amount"),
    (attempt(attempted_at=datetime(2026, 1, 1)), "attempted_at"),  # noqa: DTZ001 - that it says no zone is what is wrong
    (attempt(next_retry_on=date(2200, 1, 1)), "next_retry_on"),
    (attempt(invoice_external_id="i" * 256), "invoice_external_id"),
    (attempt(decline_reason="d" * 65), "decline_reason"),
    (subscription(starts_on=date(1, 1, 1)), "starts_on"),
    (subscription(plan="p" * 256), "plan"),
)


async def test_what_cannot_be_kept_is_refused_alone(hub: Hub) -> None:
    poison = [replace(record, external_id=f"BAD{number:02}") for number, (record, _) in enumerate(POISON)]
    report = await hub.sync([customer(), *poison, refund("GOOD"), method("GOOD"), attempt("GOOD"), subscription("GOOD")])
    assert (report.error, report.total("rejected"), report.total("created")) == (None, len(POISON), 5)
    assert sorted(hub.rows(RejectedRecord, "external_id", "field")) == [(f"BAD{number:02}", field) for number, (_, field) in enumerate(POISON)]


async def test_a_refund_that_would_not_fit_when_converted_is_refused(hub: Hub) -> None:
    await hub.sync([customer(), rate("KWD", 10**6, 1), refund("BAD", currency="KWD", amount_minor=10**14), refund("GOOD")])
    assert hub.rows(RejectedRecord, "external_id", "field") == [("BAD", "amount")]
    assert hub.rows(Refund, "amount_minor") == [(10_00,)]


async def test_what_waits_is_found_by_indexes(hub: Hub) -> None:
    if hub.store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL scans what is small")
    await hub.sync([customer(), refund("R1", payment_external_id="P1"), refund("R2", credit_note_external_id="N1")])
    await hub.sync([attempt(invoice_external_id="I1", payment_external_id="P1", payment_method_external_id="M1")])
    with looking_for_what_waits(hub) as statements:
        await hub.sync([invoice(), payment(), credit_note(), method()])
    used: set[str] = set()
    with hub.store.read() as connection:
        for statement, parameters in statements:
            steps = [step[3] for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not any(step.startswith("SCAN") and "json_each" not in step for step in steps), (statement, steps)
            used.update(word for step in steps for word in step.split() if "__waiting_" in word)
    waiting = ["invoice", "payment", "payment_method"]
    assert used == {"ix_refund__waiting_payment", "ix_refund__waiting_credit_note", *(f"ix_payment_attempt__waiting_{name}" for name in waiting)}


@contextmanager
def looking_for_what_waits(hub: Hub) -> Generator[list[tuple[str, Any]]]:
    """Notes the statements of this block that look for refunds and attempts by an external id that they name."""
    statements: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - the signature is SQLAlchemy's
        text, parameters = arguments[2], arguments[3]
        if text.startswith("SELECT") and "external_id IS NOT NULL" in text:
            statements.append((text, parameters))

    event.listen(hub.store.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(hub.store.engine, "before_cursor_execute", note)
