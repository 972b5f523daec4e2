"""What is named as turning a rule is what turns it: the first day on which it says something else, and a payment of today."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from hub.evaluation.book import RuleBook
from hub.evaluation.evaluating import matching_ids
from hub.evaluation.explaining import Explainer, RuleSubject
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Rows
from hub.evaluation.turning import Change, Turning
from hub.model import Settlement
from hub.money import Money
from hub.store.engine import Store
from hub.vocabulary import DisputeStatus, RuleChangeKind
from rules.fields import Level
from rules.parsing import parse_rule
from tests.databases import ON_SQLITE
from tests.evaluation.worlds import BASE, BOOK, World, local, make_basis, make_book, make_dispute, make_message, make_promise, write_world
from tests.health.worlds import (
    TODAY,
    day,
    insert_rows,
    make_attempt,
    make_credit,
    make_customer,
    make_invoice,
    make_payment,
    make_rate,
    make_settlement,
    rolled_back,
)


def change(
    connection: sa.Connection, text: str, kind: RuleChangeKind, *, level: Level = Level.CUSTOMER, as_of: date = TODAY, book: RuleBook = BOOK
) -> Change | None:
    """The first change of a kind that turns a rule about the customer, or the invoice, with the key 1."""
    explainer = Explainer(connection, book, RuleSubject(level, 1), make_basis(as_of))
    found = explainer.explain(parse_rule(text))
    assert found is not None
    return next((one for one in explainer.changes(found) if one.kind is kind), None)


def holds(connection: sa.Connection, text: str, *, on: date, level: Level = Level.CUSTOMER, book: RuleBook = BOOK) -> bool:
    rows = book.rows(level, Facts(make_basis(on), is_kept=False))
    return 1 in connection.execute(matching_ids(parse_rule(text), rows)).scalars().all()


def require_first_day(store: Store, world: World, text: str, *, level: Level = Level.CUSTOMER, as_of: date = TODAY) -> None:
    """The day that is named is the first on which the evaluation says something else."""
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis(as_of))
        today = holds(connection, text, on=as_of, level=level)
        next_days = (as_of + timedelta(number) for number in range(1, 40))
        first = next(later for later in next_days if holds(connection, text, on=later, level=level) is not today)
        found = change(connection, text, RuleChangeKind.TIME, level=level, as_of=as_of)
        assert found is not None
        assert found.on == first


def paid(key: int, minor: int, on: date) -> Settlement:
    """So much of the invoice of that number."""
    return make_settlement(key, key, payment_id=key, amount_minor=minor, allocated_minor=minor, effective_date=on)


# --- a day that comes -----------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["document_date", "posting_date", "created_on", "due_date"])
def test_a_field_of_days_turns_by_its_own_day(store: Store, field: str) -> None:
    """By that of the document which is explained, though it is paid, and not by another of its dates."""
    own = {"document_date": day(-20), "posting_date": day(-19), "created_on": day(-18), "due_date": day(-17)}
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(1, 1, total_minor=100, **{**own, field: day(-8)})],
        settlements=[make_settlement(1, 1, amount_minor=100)],
    )
    require_first_day(store, world, f"{field} < today - 10d", level=Level.INVOICE)


@ON_SQLITE
@pytest.mark.parametrize(
    "text",
    [
        "any payment (payment_date < today - 30d)",
        "any invoice (invoice_last_email_date < today - 30d)",
        "any invoice (created_on in last 30 days)",
    ],
)
def test_days_of_related_objects_are_theirs(store: Store, text: str) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(1, 1, document_date=day(-50), created_on=day(-21))],
        payments=[make_payment(1, 1, amount_minor=100, payment_date=day(-22))],
        messages=[make_message(1, 1, invoice_ids=[1], sent_at=local(day(-23)))],
    )
    require_first_day(store, world, text)


@pytest.mark.parametrize("text", ["outstanding > 0 EUR", "any invoice (balance > 0 EUR)", "unaccounted_payment > 0 EUR"])
def test_a_settlement_that_is_dated_ahead_turns_on_its_day(store: Store, text: str) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(1, 1, total_minor=100, document_date=day(-30), due_date=day(50))],
        payments=[make_payment(1, 1, amount_minor=100, payment_date=day(-1))],
        settlements=[paid(1, 100, day(5))],
    )
    require_first_day(store, world, text)


@ON_SQLITE
@pytest.mark.parametrize(
    "text",
    [
        "count of invoices >= 2",
        "unutilised_credit > 0 EUR",
        "any payment (payment_amount > 0 EUR)",
        "any attempt (attempt_amount > 0 EUR)",
        "failed_attempt_count > 0",
    ],
)
def test_what_is_booked_ahead_turns_on_its_day(store: Store, text: str) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(1, 1), make_invoice(2, 1, document_date=day(4))],
        credits=[make_credit(1, 1, total_minor=100, document_date=day(6))],
        payments=[make_payment(1, 1, amount_minor=100, payment_date=day(8))],
        attempts=[make_attempt(1, 1, amount_minor=100, invoice_id=1, attempted_at=local(day(7)))],
    )
    require_first_day(store, world, text)


@pytest.mark.parametrize("text", ["monthly_dso > 17", "count_back_dso > 17", "monthly_dso is set"])
def test_a_month_that_ends_turns_on_its_last_day(store: Store, text: str) -> None:
    """The facts of that day count, so it is over on the day (B21)."""
    invoice = make_invoice(1, 1, total_minor=100, document_date=day(-26))
    in_part = make_settlement(1, 1, amount_minor=40, effective_date=day(-25))
    require_first_day(store, World(customers=[make_customer(1)], invoices=[invoice], settlements=[in_part]), text, as_of=day(-21))


@pytest.mark.parametrize("text", ["consolidated_overdue > 0 EUR", "consolidated_overdue_percent > 0", "consolidated_outstanding > 160 EUR"])
def test_what_is_billed_for_others_turns_on_their_days(store: Store, text: str) -> None:
    world = World(
        customers=[make_customer(1), make_customer(2, parent_id=1, bill_to_id=1)],
        invoices=[
            make_invoice(1, 1, total_minor=100_00, due_date=day(50)),
            make_invoice(2, 2, total_minor=100_00, currency="USD", due_date=day(9)),
        ],
        rates=[
            make_rate(1, "USD", "EUR", numerator=9, denominator=10, rate_date=day(-9)),
            make_rate(2, "USD", "EUR", denominator=2, rate_date=day(8)),
        ],
    )
    require_first_day(store, world, text)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        pytest.param("next_promise_date is set", Level.CUSTOMER, id="the day of a promise is over"),
        pytest.param("next_promise_date is set and outstanding > 0 EUR", Level.CUSTOMER, id="beside a figure"),
        pytest.param("open_promise_amount > 1 EUR", Level.CUSTOMER, id="a promise that is dated ahead"),
        pytest.param("open_issue_amount > 0 EUR", Level.CUSTOMER, id="a dispute that ends"),
        pytest.param("open_issue_amount > 1 EUR", Level.CUSTOMER, id="a dispute that begins"),
        pytest.param("any invoice (disputed)", Level.CUSTOMER, id="an invoice that is contested no more"),
        pytest.param("disputed and balance > 0 EUR", Level.INVOICE, id="the same, of the invoice"),
        pytest.param("invoice_open_issue_amount > 0 EUR", Level.INVOICE, id="the same, by its amount"),
    ],
)
def test_what_was_agreed_turns_on_its_day(store: Store, text: str, level: Level) -> None:
    """One of the disputes over the customer's invoice is of somebody else."""
    ends = {"status": DisputeStatus.RESOLVED, "opened_on": day(-3)}
    world = World(
        customers=[make_customer(1), make_customer(2)],
        invoices=[make_invoice(1, 1, total_minor=100_00, document_date=day(-5), due_date=day(50))],
        promises=[make_promise(1, 1, amount_minor=100, due_on=day(6), invoice_id=1), make_promise(2, 1, amount_minor=100, promised_on=day(3), due_on=day(6))],
        disputes=[
            make_dispute(1, 1, invoice_id=1, amount_minor=100, resolved_on=day(9), **ends),
            make_dispute(2, 1, amount_minor=100, opened_on=day(2), resolved_on=day(8), status=DisputeStatus.RESOLVED),
            make_dispute(3, 2, invoice_id=1, amount_minor=50, resolved_on=day(11), **ends),
        ],
    )
    require_first_day(store, world, text, level=level)


@pytest.mark.parametrize("text", ["outstanding > 120 EUR", "any invoice (converted_balance > 60 EUR)", "overdue_percent > 50", "open_issue_amount > 6 base"])
def test_a_rate_that_is_dated_ahead_turns_on_its_day(store: Store, text: str) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[
            make_invoice(1, 1, currency="USD", total_minor=100_00, document_date=day(-50), due_date=day(60)),
            make_invoice(2, 1, total_minor=60_00, document_date=day(-50), due_date=day(-20)),
        ],
        rates=[
            make_rate(1, "USD", "EUR", numerator=9, denominator=10, rate_date=day(-100)),
            make_rate(2, "USD", "EUR", numerator=1, denominator=2, rate_date=day(7)),
        ],
        disputes=[make_dispute(1, 1, currency="USD", amount_minor=10_00)],
    )
    require_first_day(store, world, text)


@pytest.mark.parametrize("text", ["overdue_invoice_count > 121", "ageing[31..60] = 0 EUR"])
def test_a_day_is_found_behind_hundreds_that_are_long_past(store: Store, text: str) -> None:
    due = [*(day(-100 - number) for number in range(120)), day(-28), *(day(100 + number) for number in range(120)), day(5)]
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(key, 1, total_minor=100, document_date=day(-400), due_date=on) for key, on in enumerate(due, 1)],
    )
    require_first_day(store, world, text)


def test_nothing_comes_by_itself_as_of_a_day_that_is_over(store: Store) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[
            make_invoice(1, 1, total_minor=100_00, document_date=day(-100), due_date=day(300)),
            make_invoice(2, 1, total_minor=900_00, document_date=day(-30), due_date=day(300)),
        ],
    )
    text = "outstanding > 500 EUR"
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        assert holds(connection, text, on=day(-60)) is not holds(connection, text, on=day(-30))
        assert change(connection, text, RuleChangeKind.TIME, as_of=day(-60)) is None


@ON_SQLITE
def test_no_statement_is_made_for_each_day(store: Store) -> None:
    """To make one takes far longer than to ask it."""
    invoices = [make_invoice(number, 1, total_minor=100, document_date=day(-30), due_date=day(number)) for number in range(1, 40)]
    rule, basis, made = parse_rule("overdue > 100 EUR and monthly_dso > 5000"), make_basis(), list[date]()

    def make_rows(facts: Facts) -> Rows:
        made.append(facts.basis.as_of)
        return BOOK.customers(facts)

    with rolled_back(store) as connection:
        write_world(connection, World(customers=[make_customer(1)], invoices=invoices), basis)
        facts = Facts.on(connection, basis).of_customers(RuleSubject(Level.CUSTOMER, 1).customers)
        assert Turning(connection, rule, [rule], make_rows, 1, facts, holds=False).by_time({}) is None
    assert len(made) <= 4


# --- an invoice that is paid ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "text", "is_turned"),
    [
        pytest.param(day(-1), "monthly_dso > 20", False, id="the month is over"),
        pytest.param(day(-1), "count_back_dso > 20", False, id="counted back from the month that is over"),
        pytest.param(day(-1), "monthly_dso > 20 and outstanding > 0 EUR", True, id="beside what is paid on the day"),
        pytest.param(TODAY, "monthly_dso > 20", True, id="the month ends on the day"),
    ],
)
def test_a_payment_does_not_reach_back_into_a_month_that_is_over(store: Store, as_of: date, text: str, *, is_turned: bool) -> None:
    invoice = make_invoice(1, 1, total_minor=100_00, document_date=as_of.replace(day=1) if as_of == TODAY else date(2026, 2, 5))
    with rolled_back(store) as connection:
        write_world(connection, World(customers=[make_customer(1)], invoices=[invoice]), make_basis(as_of))
        assert holds(connection, text, on=as_of)
        found = change(connection, text, RuleChangeKind.PAYMENT, as_of=as_of)
        insert_rows(connection, [make_settlement(1, 1, amount_minor=100_00, effective_date=as_of)])
        assert holds(connection, text, on=as_of) is not is_turned
        assert (found is not None) is is_turned


@pytest.mark.parametrize(
    ("text", "is_turned"),
    [
        pytest.param("overdue = 0 EUR and no payment (payment_date in last 30 days)", False, id="the payment stands in the way"),
        pytest.param("overdue = 0 EUR and not any payment (payment_amount > 0 EUR)", False, id="the same, said otherwise"),
        pytest.param('overdue = 0 EUR and payment_risk includes ("LOW")', False, id="it makes the risk another"),
        pytest.param("overdue > 0 EUR and no payment (payment_date in last 30 days)", True, id="whatever is asked of payments"),
        pytest.param("no invoice (balance > 0 EUR and no payment (payment_date in last 30 days))", True, id="the same, of each invoice"),
        pytest.param("overdue = 0 EUR or count of payments (payment_amount > 5 EUR) > 3", True, id="it is turned before"),
    ],
)
def test_an_invoice_is_named_only_if_its_payment_leaves_the_rule_turned(store: Store, text: str, *, is_turned: bool) -> None:
    """The payment that is made is one of the customer's."""
    book = make_book(high="count of payments > 0", medium="net_term_days < 0")
    world = World(customers=[make_customer(1)], invoices=[make_invoice(1, 1, total_minor=100, document_date=day(-9), due_date=day(-2))])
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        before = holds(connection, text, on=TODAY, book=book)
        found = change(connection, text, RuleChangeKind.PAYMENT, book=book)
        insert_rows(connection, [make_payment(1, 1, amount_minor=100)])
        insert_rows(connection, [paid(1, 100, TODAY)])
        assert (holds(connection, text, on=TODAY, book=book) is not before) is is_turned
        assert (found is not None) is is_turned


@pytest.mark.parametrize(
    "text",
    [
        "overdue = 0 EUR and any payment (payment_date in last 90 days)",
        "overdue = 0 EUR and count of payments > 0",
        "overdue > 0 EUR or no payment (payment_date in last 90 days)",
        "overdue > 0 EUR or count of payments (payment_amount > 1 EUR) < 1",
        "no invoice (balance > 0 EUR) and any payment (payment_amount > 1 EUR)",
    ],
)
def test_what_an_earlier_payment_has_made_hold_a_later_one_leaves(store: Store, text: str) -> None:
    world = World(customers=[make_customer(1)], invoices=[make_invoice(1, 1, total_minor=100, document_date=day(-9), due_date=day(-2))])
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        insert_rows(connection, [make_payment(7, 1, amount_minor=500, payment_date=day(-5))])
        before, found = holds(connection, text, on=TODAY), change(connection, text, RuleChangeKind.PAYMENT)
        assert found is not None
        insert_rows(connection, [make_payment(1, 1, amount_minor=100)])
        insert_rows(connection, [paid(1, 100, TODAY)])
        assert holds(connection, text, on=TODAY) is not before


def test_an_invoice_is_named_that_is_billed_for_another_customer(store: Store) -> None:
    """Where the rule asks for a consolidated figure, of which it is a part."""
    world = World(
        customers=[make_customer(1), make_customer(2, parent_id=1, bill_to_id=1)],
        invoices=[make_invoice(1, 1, total_minor=50), make_invoice(2, 2, total_minor=100)],
    )
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        found = change(connection, "consolidated_outstanding <= 1 EUR and outstanding > 0 EUR", RuleChangeKind.PAYMENT)
    assert found is not None
    assert (found.invoice_id, found.amount) == (2, Money(100, BASE))
