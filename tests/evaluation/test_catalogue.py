"""The catalogue row by row: which fields answer each row of the specification, how they can be compared, and what each means on rows made by hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.store.engine import Store
from hub.vocabulary import (
    AttemptKind,
    ChannelKind,
    DisputeStatus,
    DocumentType,
    DunningStatus,
    Lifecycle,
    PaymentMethodKind,
    PaymentSourceStatus,
    PaymentState,
    PromiseStatus,
    SettlementKind,
    SubscriptionStatus,
)
from rules.fields import Level, Operator
from rules.parsing import parse_rule
from tests.documents import document
from tests.evaluation.worlds import (
    BOOK,
    CATALOGUE,
    World,
    local,
    make_basis,
    make_dispute,
    make_message,
    make_method,
    make_promise,
    make_subscription,
    write_world,
)
from tests.health.worlds import (
    day,
    make_attempt,
    make_credit,
    make_customer,
    make_invoice,
    make_part,
    make_payment,
    make_rate,
    make_settlement,
    rolled_back,
)

# --- which fields there are -----------------------------------------------------------------------

PRESENCE = frozenset({Operator.IS_SET, Operator.IS_NOT_SET})
YES_OR_NO = frozenset({Operator.EQUAL, Operator.NOT_EQUAL}) | PRESENCE
SETS = frozenset({Operator.INCLUDES, Operator.EXCLUDES}) | PRESENCE
TEXTS = SETS | YES_OR_NO
NUMBERS = YES_OR_NO | {Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.BETWEEN}
DAYS = NUMBERS | {Operator.WITHIN}

CUSTOM_OF_CUSTOMER = {"custom.region": TEXTS, "custom.tier": NUMBERS, "custom.score": NUMBERS, "custom.since": DAYS, "custom.vip": YES_OR_NO}
CUSTOM_OF_INVOICE = {"custom.project": TEXTS, "custom.boxes": NUMBERS, "custom.weight": NUMBERS, "custom.delivered": DAYS, "custom.fragile": YES_OR_NO}

Ways = Mapping[str, frozenset[Operator]]

CUSTOMER_ROWS: Mapping[str, Ways] = {
    "RC1": {"outstanding": NUMBERS},
    "RC2": {"overdue": NUMBERS},
    "RC3": {"net_overdue": NUMBERS},
    "RC4": {"open_debits": NUMBERS},
    "RC5": {"unaccounted_payment": NUMBERS},
    "RC6": {"unutilised_credit": NUMBERS},
    "RC7": dict.fromkeys(("ageing[current]", "ageing[1..30]", "ageing[31..60]", "ageing[61..90]", "ageing[91..]"), NUMBERS),
    "RC8": {"open_issue_amount": NUMBERS},
    "RC9": {"open_promise_amount": NUMBERS},
    "RC10": {"last_email_date": DAYS},
    "RC11": {"last_reply_date": DAYS},
    "RC12": {"next_promise_date": DAYS},
    "RC13": {"finance_owner": SETS},
    "RC14": {"sales_owner": SETS},
    "RC15": {"outstanding_mismatch": YES_OR_NO},
    "RC16": CUSTOM_OF_CUSTOMER,
    "RC17": dict.fromkeys(
        ("outstanding", "overdue", "overdue_percent", "consolidated_outstanding", "consolidated_overdue", "consolidated_overdue_percent"), NUMBERS
    ),
    "RC18": dict.fromkeys(("total_amount_paid", "total_amount_due", "billed_amount", "overdue", "overdue_invoice_count"), NUMBERS),
    "RP18": {"average_payment_attempts": NUMBERS},
    "RP20": {"last_email_date": DAYS},
    "RP21": {"last_reply_date": DAYS},
    "beyond": {
        "net_outstanding": NUMBERS,
        "cash_received": NUMBERS,
        "open_invoice_count": NUMBERS,
        "customer_name": TEXTS,
        "customer_email": TEXTS,
        "customer_tax_id": TEXTS,
        "customer_city": TEXTS,
        "customer_region": TEXTS,
        "customer_country": TEXTS,
        "is_billed": YES_OR_NO,
        "segment": SETS,
        "customer_currency": SETS,
        "entity_type": SETS,
        "source_handling": SETS,
    },
}
INVOICE_ROWS: Mapping[str, Ways] = {
    "RI1": {"amount": NUMBERS},
    "RI2": {"balance": NUMBERS},
    "RI3": {"converted_amount": NUMBERS},
    "RI4": {"converted_balance": NUMBERS},
    "RI5": {"invoice_open_issue_amount": NUMBERS},
    "RI6": {"invoice_open_promise_amount": NUMBERS},
    "RI7": {"document_date": DAYS},
    "RI8": {"due_date": DAYS},
    "RI9": {"posting_date": DAYS},
    "RI10": {"promise_date": DAYS},
    "RI11": {"invoice_last_email_date": DAYS},
    "RI12": {"invoice_last_reply_date": DAYS},
    "RI13": {"transaction_type": SETS},
    "RI14": {"document_type": SETS},
    "RI15": {"currency": SETS},
    "RI16": {"location": SETS},
    "RI17": {"business_unit": SETS},
    "RI18": {"has_promise_date": YES_OR_NO},
    "RI19": {"disputed": YES_OR_NO},
    "RI20": {"paid": YES_OR_NO},
    "RI21": CUSTOM_OF_INVOICE,
    "RI22": {"days_past_due": NUMBERS, "status": SETS} | CUSTOM_OF_INVOICE,
    "RI23": {"status": SETS, "balance": NUMBERS, "created_on": DAYS},
    "beyond": {"invoice_number": TEXTS, "purchase_order_number": TEXTS, "contract": TEXTS},
}
PAYMENT_ROWS: Mapping[str, Ways] = {
    "RP1": {"last_attempt_date": DAYS},
    "RP2": {"last_attempt_status": SETS},
    "RP3": {"last_attempt_amount": NUMBERS},
    "RP4": {"last_attempt_method": SETS},
    "RP5": {"last_attempt_error": TEXTS, "last_attempt_error_code": TEXTS},
    "RP6": {"last_gateway": TEXTS},
    "RP7": {"dunning_status": SETS},
    "RP8": {"payment_attempt_count": NUMBERS, "retry_count": NUMBERS},
    "RP9": {"next_retry_date": DAYS},
    "RP10": {"primary_payment_method": SETS},
    "RP11": {"backup_payment_method": SETS},
    "RP12": {"card_since_failure": SETS},
    "RP13": {"auto_collection": YES_OR_NO},
    "RP14": {"net_term_days": NUMBERS},
    "RP15": {"payment_risk": SETS},
    "RP16": {"payment_source_status": SETS},
    "RP17": {"monthly_dso": NUMBERS, "count_back_dso": NUMBERS},
    "RP19": {"subscription_status": SETS},
    "beyond": {"failed_attempt_count": NUMBERS},
}
LEVELS = {Level.CUSTOMER: CUSTOMER_ROWS, Level.INVOICE: INVOICE_ROWS, Level.PAYMENT: PAYMENT_ROWS}
ROWS = [
    pytest.param(level, name, operators, id=f"{row}-{name}") for level, rows in LEVELS.items() for row, ways in rows.items() for name, operators in ways.items()
]


@pytest.mark.parametrize(("level", "name", "operators"), ROWS)
def test_each_row_of_the_specification_has_its_fields_with_their_operators(level: Level, name: str, operators: frozenset[Operator]) -> None:
    found = CATALOGUE.get(name)
    assert (found.level, found.allowed_operators) == (level, operators)


@pytest.mark.parametrize("level", list(LEVELS))
def test_no_field_is_there_that_no_row_names(level: Level) -> None:
    named = {name for ways in LEVELS[level].values() for name in ways}
    assert {found.id for found in CATALOGUE.at_level(level)} == named


_ROW = re.compile(r"^\| (R[CIP]\d+) \| [^|]+ \| ([^|]+) \| `([^`]+)` \|$", re.MULTILINE)

WORDS = {
    "transaction_type": {"DEBIT", "CREDIT"},
    "document_type": {"INVOICE", "DEBIT_NOTE", "OTHER", "CREDIT_NOTE"},
    "last_attempt_status": {"SUCCESS", "FAILURE", "VOIDED", "IN_PROGRESS", "TIMEOUT"},
    "last_attempt_method": {"NONE", "CASH", "CARD", "CHEQUE", "CHARGEBACK", "BANK_DEBIT", "BANK_TRANSFER", "WALLET", "OTHER"},
    "dunning_status": {"IN_PROGRESS", "EXHAUSTED", "STOPPED", "SUCCESS"},
    "primary_payment_method": {"NONE", "CASH", "CARD", "CHEQUE", "BANK_DEBIT", "BANK_TRANSFER", "WALLET", "OTHER"},
    "backup_payment_method": {"NONE", "CASH", "CARD", "CHEQUE", "BANK_DEBIT", "BANK_TRANSFER", "WALLET", "OTHER"},
    "card_since_failure": {"SAME", "UPDATED", "NONE"},
    "payment_risk": {"HIGH", "MEDIUM", "LOW"},
    "payment_source_status": {"VALID", "INVALID", "EXPIRING", "EXPIRED"},
    "subscription_status": {"FUTURE", "IN_TRIAL", "ACTIVE", "CANCELLED", "PAUSED", "NON_RENEWING"},
}


@pytest.mark.parametrize("name", list(WORDS))
def test_a_field_of_words_can_be_what_the_specification_lists(name: str) -> None:
    assert set(CATALOGUE.get(name).choices or ()) == WORDS[name]


# --- what they mean -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Example:
    """A world, and for which of its customers (or invoices, or credit notes) rules hold."""

    world: World
    customers: Mapping[str, set[int]] = field(default_factory=dict[str, set[int]])
    invoices: Mapping[str, set[int]] = field(default_factory=dict[str, set[int]])
    credit_notes: Mapping[str, set[int]] = field(default_factory=dict[str, set[int]])


def customers(count: int) -> World:
    return World(customers=[make_customer(key) for key in range(1, count + 1)])


def owing(*invoices: Mapping[str, object]) -> World:
    """A customer for each invoice; both have the same number."""
    world = customers(len(invoices))
    world.invoices = [make_invoice(key, key, **({"total_minor": 500} | dict(values))) for key, values in enumerate(invoices, 1)]
    return world


def with_rows(world: World, **rows: Sequence[object]) -> World:
    for name, found in rows.items():
        setattr(world, name, list(found))
    return world


def with_parts(world: World) -> World:
    """Invoice 1 in two parts, of which the first is settled."""
    world.invoices[0].has_due_parts = True
    world.parts = [make_part(1, 1, due_date=day(-90), amount_minor=200), make_part(2, 1, due_date=day(-40), amount_minor=300)]
    world.settlements = [make_settlement(1, 1, kind=SettlementKind.ADJUSTMENT, amount_minor=200)]
    return world


def mailed(key: int, days_ago: int, **values: object) -> object:
    return make_message(key, key, **({"sent_at": local(day(-days_ago))} | values))


EDGE = local(day(-29)).replace(hour=23, minute=30)
"""Half past midnight in Berlin, 28 days before today; in UTC it is still the day before."""

EXAMPLES: Mapping[str, Example] = {
    "RC1": Example(
        owing({"total_minor": 100_001}, {"total_minor": 100_000, "is_disputed": True}, {"total_minor": 7, "lifecycle": Lifecycle.DRAFT}),
        {"outstanding > 1000 EUR": {1}, "outstanding = 1000 base": {2}, "outstanding between 1000 EUR and 1000.01 EUR": {1, 2}, "outstanding = 0 EUR": {3}},
    ),
    "RC2": Example(
        owing({"due_date": day(-1)}, {"due_date": day(0)}, {"due_date": None}),
        {"overdue > 0 EUR": {1}, "overdue = 5 EUR": {1}, "overdue != 5 EUR": {2, 3}},
    ),
    "RC3": Example(
        with_rows(
            owing({"due_date": day(-1)}, {"due_date": day(-1)}),
            credits=[make_credit(1, 1, total_minor=700)],
            payments=[make_payment(1, 2, amount_minor=700)],
        ),
        {"net_overdue = -2 EUR": {1}, "net_overdue < 0 EUR": {1}, "net_overdue = 5 EUR": {2}},
    ),
    "RC4": Example(
        owing({"document_type": DocumentType.OTHER}, {"document_type": DocumentType.DEBIT_NOTE}, {}),
        {"open_debits = 5 EUR": {2, 3}, "open_debits = 0 EUR and outstanding = 5 EUR": {1}},
    ),
    "RC5": Example(
        with_rows(
            owing({}, {}),
            payments=[make_payment(1, 1, amount_minor=900), make_payment(2, 2, amount_minor=900, state=PaymentState.DECLINED)],
            settlements=[make_settlement(1, 1, payment_id=1, amount_minor=400, allocated_minor=400)],
        ),
        {"unaccounted_payment > 0 EUR": {1}, "unaccounted_payment = 5 EUR": {1}},
    ),
    "RC6": Example(
        with_rows(
            owing({}, {}),
            credits=[make_credit(1, 1, total_minor=900)],
            settlements=[make_settlement(1, 1, kind=SettlementKind.CREDIT_NOTE, credit_note_id=1, amount_minor=400, allocated_minor=400)],
        ),
        {"unutilised_credit > 0 EUR": {1}, "unutilised_credit = 5 EUR": {1}},
    ),
    "RC7": Example(
        owing({"due_date": day(-30)}, {"due_date": day(-31)}, {"due_date": day(0)}, {"due_date": None}, {"due_date": day(-1)}, {"due_date": day(-91)}),
        {"ageing[1..30] = 5 EUR": {1, 5}, "ageing[31..60] > 0 EUR": {2}, "ageing[current] > 0 EUR": {3, 4}, "ageing[91..] > 4.99 EUR": {6}},
    ),
    "RC8": Example(
        with_rows(
            owing({}, {}, {"is_disputed": True}, {"is_disputed": True}),
            disputes=[
                make_dispute(1, 1, amount_minor=300),
                make_dispute(2, 2, amount_minor=300, status=DisputeStatus.RESOLVED, resolved_on=day(0)),
                make_dispute(3, 4, amount_minor=100, invoice_id=4, opened_on=None),
            ],
        ),
        {"open_issue_amount = 3 EUR": {1}, "open_issue_amount = 0 EUR": {2}, "open_issue_amount = 5 EUR": {3}, "open_issue_amount = 1 EUR": {4}},
    ),
    "RC9": Example(
        with_rows(
            customers(3),
            promises=[
                make_promise(1, 1, amount_minor=500, kept_minor=200),
                make_promise(2, 2, amount_minor=500, status=PromiseStatus.BROKEN, closed_at=local(day(0))),
            ],
        ),
        {"open_promise_amount = 3 EUR": {1}, "open_promise_amount = 0 base": {2, 3}},
    ),
    "RC10": Example(
        with_rows(customers(5), messages=[mailed(1, 30), mailed(2, 31), make_message(4, 4, channel=ChannelKind.SMS), make_message(5, 5, sent_at=EDGE)]),
        {
            "last_email_date = today - 30d": {1},
            "last_email_date < today - 30d": {2},
            "last_email_date is not set": {3, 4},
            "last_email_date != today - 30d": {2, 5},
            "last_email_date = today - 28d": {5},
        },
    ),
    "RC11": Example(
        with_rows(customers(3), messages=[mailed(1, 40, replied_at=local(day(-30))), mailed(2, 30)]),
        {"last_reply_date = today - 30d": {1}, "last_reply_date is not set": {2, 3}, "last_reply_date between -30d and today": {1}},
    ),
    "RC12": Example(
        with_rows(customers(4), promises=[make_promise(key, key, amount_minor=1, due_on=day(ahead)) for key, ahead in enumerate((7, 8, -1, 0), 1)]),
        {"next_promise_date in next 7 days": {1, 4}, "next_promise_date in last 7 days": {1, 4}, "next_promise_date is not set": {3}},
    ),
    "RC13": Example(
        World(customers=[make_customer(1, finance_owner="Ana"), make_customer(2, finance_owner="Raj"), make_customer(3)]),
        {'finance_owner includes ("ANA", "Bo")': {1}, 'finance_owner excludes ("ana", "Bo")': {2, 3}, "finance_owner is not set": {3}},
    ),
    "RC14": Example(
        World(customers=[make_customer(1, sales_owner="Ana", finance_owner="Raj"), make_customer(2)]),
        {'sales_owner includes ("Ana")': {1}, 'sales_owner includes ("Raj")': set(), 'sales_owner excludes ("Ana")': {2}},
    ),
    "RC15": Example(
        World(
            customers=[make_customer(1, reported_balances={"EUR": 500}), make_customer(2, reported_balances={"EUR": 499}), make_customer(3)],
            invoices=[make_invoice(key, key, total_minor=500) for key in (1, 2, 3)],
        ),
        {"outstanding_mismatch = no": {1, 3}, "outstanding_mismatch": {2}},
    ),
    "RC16": Example(
        World(
            customers=[
                make_customer(1, custom={"Region X": "KÖLN", "tier": "3", "Score %": "1.50", "since": "2026-03-25", "vip": True}),
                make_customer(2, custom={"Region X": "Goa", "tier": "3.5", "Score %": True, "since": "2026-02-30", "vip": "perhaps"}),
                make_customer(3),
            ]
        ),
        {
            'custom.region = "köln"': {1},
            'custom.region != "köln"': {2},
            "custom.tier >= 3": {1},
            "custom.score between 1.5 and 1.5": {1},
            "custom.since in last 7 days": {1},
            "custom.vip": {1},
            "custom.tier is not set and custom.score is not set and custom.since is not set and custom.vip is not set": {2, 3},
        },
    ),
    "RC17": Example(
        World(
            customers=[make_customer(1), make_customer(2), make_customer(3, parent_id=1, bill_to_id=1)],
            invoices=[
                make_invoice(1, 1, total_minor=100, due_date=day(-1)),
                make_invoice(2, 1, total_minor=200, due_date=day(1)),
                make_invoice(3, 3, total_minor=600, due_date=day(1)),
            ],
        ),
        {
            "overdue_percent > 33.333333333333 and overdue_percent < 33.333333333334": {1},
            "overdue_percent is not set": {2},
            "overdue_percent >= 0": {1, 3},
            "consolidated_outstanding = 9 EUR": {1},
            "consolidated_overdue = 1 EUR": {1},
            "consolidated_overdue_percent > 11.11 and consolidated_overdue_percent < 11.12": {1},
            "consolidated_outstanding = 6 EUR": {3},
        },
    ),
    "RC18": Example(
        with_rows(
            owing({}, {"due_date": day(-1)}, {"lifecycle": Lifecycle.VOID}),
            payments=[make_payment(1, 1, amount_minor=500), make_payment(2, 2, amount_minor=200)],
            settlements=[
                make_settlement(1, 1, payment_id=1, amount_minor=500, allocated_minor=500),
                make_settlement(2, 2, payment_id=2, amount_minor=200, allocated_minor=200),
            ],
        ),
        {
            "total_amount_paid = 5 EUR": {1},
            "total_amount_paid = 0 EUR and cash_received = 2 EUR": {2},
            "total_amount_due = 3 EUR": {2},
            "billed_amount = 5 EUR": {1, 2},
            "billed_amount < 50000 base": {1, 2, 3},
            "overdue_invoice_count = 1": {2},
            "overdue = 3 EUR": {2},
        },
    ),
    "RI1": Example(
        owing({"currency": "USD"}, {}, {"currency": "JPY"}, {"currency": "KWD", "total_minor": 5000}),
        invoices={
            "amount = 5 USD": {1},
            "amount != 4 USD": {1},
            "not (amount = 5 USD)": {2, 3, 4},
            "amount = 500 JPY": {3},
            "amount between 4.999 KWD and 5 KWD": {4},
        },
    ),
    "RI2": Example(
        with_rows(
            owing({}, {"lifecycle": Lifecycle.VOID}, {}, {"lifecycle": Lifecycle.WRITTEN_OFF}, {"lifecycle": Lifecycle.DRAFT}, {"currency": "USD"}),
            settlements=[make_settlement(1, 1, amount_minor=200), make_settlement(2, 3, amount_minor=600)],
            credits=[make_credit(1, 1, total_minor=400)],
        ),
        invoices={"balance = 3 EUR": {1}, "balance = 0 EUR": {2, 3, 4, 5}, "balance > 4.99 USD": {6}},
        credit_notes={"balance = 4 EUR": {1}, "amount = 4 EUR": {1}},
    ),
    "RI3": Example(
        with_rows(owing({"currency": "USD", "total_minor": 501}, {"currency": "GBP"}, {}), rates=[make_rate(1, "USD", "EUR", numerator=1, denominator=2)]),
        invoices={"converted_amount = 2.50 EUR": {1}, "converted_amount is not set": {2}, "converted_amount = 5 base": {3}},
    ),
    "RI4": Example(
        with_rows(
            owing({"currency": "USD"}, {"currency": "GBP"}, {"currency": "GBP", "lifecycle": Lifecycle.VOID}),
            rates=[make_rate(1, "USD", "EUR", numerator=1, denominator=2)],
            settlements=[make_settlement(1, 1, amount_minor=300)],
        ),
        invoices={"converted_balance = 1 EUR": {1}, "converted_balance is not set": {2}, "converted_balance = 0 EUR": {3}},
    ),
    "RI5": Example(
        with_rows(
            owing({}, {"is_disputed": True}, {}), disputes=[make_dispute(1, 1, invoice_id=1, amount_minor=300)], credits=[make_credit(1, 1, total_minor=1)]
        ),
        invoices={"invoice_open_issue_amount = 3 EUR": {1}, "invoice_open_issue_amount = 5 EUR": {2}, "invoice_open_issue_amount = 0 EUR": {3}},
        credit_notes={"invoice_open_issue_amount = 0 EUR": {1}},
    ),
    "RI6": Example(
        with_rows(owing({}, {}), promises=[make_promise(1, 1, invoice_id=1, amount_minor=500, kept_minor=200), make_promise(2, 2, amount_minor=500)]),
        invoices={"invoice_open_promise_amount = 3 EUR": {1}, "invoice_open_promise_amount = 0 EUR": {2}},
    ),
    "RI7": Example(
        owing({"document_date": day(-30)}, {"document_date": day(-31)}),
        invoices={"document_date = today - 30d": {1}, "document_date < -30d": {2}, "document_date = 2026-03-01": {1}},
    ),
    "RI8": Example(
        owing({"due_date": day(-30)}, {"due_date": day(30)}, {"due_date": None}),
        invoices={
            "due_date = today - 30d": {1},
            "due_date in next 30 days": {2},
            "due_date != today": {1, 2},
            "not (due_date = today)": {1, 2, 3},
            "due_date in current month": {1},
        },
    ),
    "RI9": Example(
        owing({"posting_date": day(-30)}, {}),
        invoices={"posting_date = today - 30d": {1}, "posting_date is not set": {2}},
    ),
    "RI10": Example(
        with_rows(
            owing({}, {}, {}),
            promises=[make_promise(1, 1, invoice_id=1, amount_minor=1, due_on=day(7)), make_promise(2, 2, invoice_id=2, amount_minor=1, due_on=day(8))],
        ),
        invoices={"promise_date in next 7 days": {1}, "promise_date is not set": {3}},
    ),
    "RI11": Example(
        with_rows(owing({}, {}), messages=[mailed(1, 30, invoice_ids=[1]), mailed(2, 3, invoice_ids=[])], credits=[make_credit(1, 1)]),
        invoices={"invoice_last_email_date = today - 30d": {1}, "invoice_last_email_date is not set": {2}},
        credit_notes={"invoice_last_email_date is not set": {1}},
    ),
    "RI12": Example(
        with_rows(owing({}, {}), messages=[mailed(1, 40, invoice_ids=[1, 2]), mailed(2, 35, invoice_ids=[2], replied_at=local(day(-30)))]),
        invoices={"invoice_last_reply_date = today - 30d": {2}, "invoice_last_reply_date is not set": {1}},
    ),
    "RI13": Example(
        with_rows(owing({}), credits=[make_credit(1, 1)]),
        invoices={'transaction_type includes ("debit")': {1}, 'transaction_type includes ("credit")': set()},
        credit_notes={'transaction_type includes ("credit")': {1}, 'transaction_type excludes ("CREDIT")': set()},
    ),
    "RI14": Example(
        with_rows(owing({}, {"document_type": DocumentType.DEBIT_NOTE}, {"document_type": DocumentType.OTHER}), credits=[make_credit(1, 1)]),
        invoices={'document_type includes ("INVOICE", "DEBIT_NOTE")': {1, 2}, 'document_type excludes ("INVOICE")': {2, 3}},
        credit_notes={'document_type includes ("CREDIT_NOTE")': {1}},
    ),
    "RI15": Example(owing({"currency": "USD"}, {}), invoices={'currency includes ("usd")': {1}, 'currency excludes ("USD", "JPY")': {2}}),
    "RI16": Example(
        owing({"location": "New Delhi"}, {"location": "Goa"}, {}),
        invoices={'location includes ("new delhi")': {1}, 'location excludes ("New Delhi")': {2, 3}, 'location includes ("Delhi")': set()},
    ),
    "RI17": Example(
        owing({"business_unit": "Straße"}, {}),
        invoices={'business_unit includes ("STRASSE")': {1}, 'business_unit excludes ("strasse")': {2}},
    ),
    "RI18": Example(
        with_rows(owing({}, {}), promises=[make_promise(1, 1, invoice_id=1, amount_minor=1)], credits=[make_credit(1, 1)]),
        invoices={"has_promise_date": {1}, "has_promise_date = no": {2}},
        credit_notes={"has_promise_date = no": {1}},
    ),
    "RI19": Example(
        with_rows(owing({}, {"is_disputed": True}, {}), disputes=[make_dispute(1, 1, invoice_id=1, amount_minor=1)], credits=[make_credit(1, 1)]),
        invoices={"disputed": {1, 2}, "not disputed": {3}},
        credit_notes={"disputed": set(), "disputed = no": {1}},
    ),
    "RI20": Example(
        with_rows(
            owing(
                {},
                {},
                {"lifecycle": Lifecycle.WRITTEN_OFF},
                {"lifecycle": Lifecycle.VOID},
                {"lifecycle": Lifecycle.DRAFT},
                {"total_minor": 0},
                {"document_date": day(1)},
            ),
            settlements=[make_settlement(1, 1, amount_minor=500), make_settlement(2, 2, amount_minor=499)],
        ),
        invoices={"paid": {1, 6}, "paid = no": {2, 3, 4, 5, 7}},
    ),
    "RI21": Example(
        with_rows(
            owing({"custom": {"Projekt": "ﬁnance", "boxes": 12, "weight": "-0.50", "delivered": "2026-03-31", "fragile": "true"}}, {"custom": {"boxes": True}}),
            credits=[make_credit(1, 1, custom={"boxes": 7})],
        ),
        invoices={
            'custom.project includes ("FINANCE")': {1},
            "custom.boxes > 11.5": {1},
            "custom.weight = -0.5": {1},
            "custom.delivered = today": {1},
            "custom.fragile": {1},
            "custom.boxes is not set": {2},
        },
        credit_notes={"custom.boxes = 7": {1}},
    ),
    "RI22": Example(
        with_parts(owing({}, {"due_date": day(-31)}, {"due_date": day(2)}, {"lifecycle": Lifecycle.FUTURE, "document_date": day(1)})),
        invoices={
            "days_past_due between 31 and 60": {1, 2},
            "days_past_due = 40": {1},
            "days_past_due = -2": {3},
            'status includes ("OPEN")': {2, 3},
            'status includes ("PARTIALLY_PAID")': {1},
            'status includes ("FUTURE")': {4},
        },
    ),
    "RI23": Example(
        owing({"created_on": day(-1)}, {"lifecycle": Lifecycle.VOID}, {"total_minor": 499}),
        invoices={'status includes ("OPEN") and balance between 5 EUR and 6 EUR and created_on >= today - 1d': {1}, 'status includes ("VOID")': {2}},
    ),
    "RP1": Example(
        with_rows(
            owing({}, {}, {}),
            attempts=[
                make_attempt(1, 1, invoice_id=1, attempted_at=local(day(-15))),
                make_attempt(2, 1, attempted_at=local(day(-16))),
                make_attempt(3, 2, attempted_at=EDGE),
            ],
        ),
        {
            "last_attempt_date in last 15 days": {1},
            "last_attempt_date = today - 28d": {2},
            "last_attempt_date is not set": {3},
            "last_attempt_date in current month": {1, 2},
        },
        {"last_attempt_date = today - 15d": {1}, "last_attempt_date is not set": {2, 3}},
    ),
    "RP2": Example(
        with_rows(customers(10), attempts=[make_attempt(key, key, state=state) for key, state in enumerate(PaymentState, 1)]),
        {
            'last_attempt_status includes ("SUCCESS")': {5, 6},
            'last_attempt_status includes ("FAILURE")': {4, 7, 8},
            'last_attempt_status includes ("IN_PROGRESS")': {1, 2},
            'last_attempt_status includes ("TIMEOUT")': {3},
            'last_attempt_status includes ("VOIDED")': {9},
            'last_attempt_status excludes ("FAILURE", "SUCCESS", "IN_PROGRESS", "VOIDED", "TIMEOUT")': {10},
        },
    ),
    "RP3": Example(
        with_rows(customers(2), attempts=[make_attempt(1, 1, amount_minor=100_001, currency="USD"), make_attempt(2, 2, amount_minor=100_001)]),
        {"last_attempt_amount > 1000 USD": {1}, "last_attempt_amount between 1000 EUR and 1000.01 EUR": {2}},
    ),
    "RP4": Example(
        with_rows(
            customers(3),
            attempts=[
                make_attempt(1, 1, method_kind=PaymentMethodKind.CARD),
                make_attempt(2, 2, method_kind=PaymentMethodKind.CARD, kind=AttemptKind.CHARGEBACK, state=PaymentState.CHARGED_BACK),
            ],
        ),
        {'last_attempt_method includes ("CARD")': {1}, 'last_attempt_method includes ("CHARGEBACK")': {2}, 'last_attempt_method includes ("NONE")': {3}},
    ),
    "RP5": Example(
        with_rows(customers(2), attempts=[make_attempt(1, 1, decline_reason="INSUFFICIENT_FUNDS", decline_code="51")]),
        {
            'last_attempt_error = "insufficient_funds" and last_attempt_error_code = "51"': {1},
            'last_attempt_error != "EXPIRED_CARD"': {1},
            "last_attempt_error is not set": {2},
        },
    ),
    "RP6": Example(
        with_rows(customers(3), attempts=[make_attempt(1, 1, gateway="Stripe"), make_attempt(2, 2, gateway="adyen")]),
        {'last_gateway includes ("STRIPE", "x")': {1}, 'last_gateway excludes ("stripe")': {2}},
    ),
    "RP7": Example(
        with_rows(customers(3), attempts=[make_attempt(1, 1, dunning_status=DunningStatus.EXHAUSTED), make_attempt(2, 2)]),
        {'dunning_status includes ("EXHAUSTED")': {1}, 'dunning_status excludes ("EXHAUSTED")': {2, 3}},
    ),
    "RP8": Example(
        with_rows(
            World(
                customers=[make_customer(1), make_customer(2)],
                invoices=[make_invoice(1, 1, document_date=day(-1)), make_invoice(2, 1, document_date=day(-2)), make_invoice(3, 1, document_date=day(0))],
            ),
            attempts=[
                make_attempt(1, 1, invoice_id=1),
                make_attempt(2, 1, invoice_id=1, kind=AttemptKind.RETRY, state=PaymentState.RETURNED),
                make_attempt(3, 1, invoice_id=1, kind=AttemptKind.RETRY, state=PaymentState.SETTLED),
                make_attempt(4, 1, invoice_id=1, kind=AttemptKind.CHARGEBACK, state=PaymentState.CHARGED_BACK),
                make_attempt(5, 1, invoice_id=2),
            ],
            credits=[make_credit(1, 1)],
        ),
        {"payment_attempt_count = 3 and retry_count = 2 and failed_attempt_count = 2": {1}, "payment_attempt_count = 0 and retry_count = 0": {2}},
        {"payment_attempt_count = 3": {1}, "payment_attempt_count = 1 and retry_count = 0": {2}, "payment_attempt_count = 0": {3}},
        {"payment_attempt_count = 0": {1}},
    ),
    "RP9": Example(
        with_rows(customers(3), attempts=[make_attempt(1, 1, next_retry_on=day(7)), make_attempt(2, 2, next_retry_on=day(8))]),
        {
            "next_retry_date in last 7 days": {1},
            "next_retry_date in next 7 days": {1},
            "next_retry_date in next 15 days": {1, 2},
            "next_retry_date is not set": {3},
        },
    ),
    "RP10": Example(
        with_rows(
            customers(3),
            methods=[
                make_method(1, 1),
                make_method(2, 1, kind=PaymentMethodKind.WALLET),
                make_method(3, 2, is_primary=False),
                make_method(4, 3, is_deleted=True),
            ],
        ),
        {'primary_payment_method includes ("CARD")': {1}, 'primary_payment_method includes ("NONE")': {2, 3}},
    ),
    "RP11": Example(
        with_rows(customers(2), methods=[make_method(1, 1, is_primary=False, is_backup=True, kind=PaymentMethodKind.BANK_DEBIT), make_method(2, 2)]),
        {'backup_payment_method includes ("BANK_DEBIT")': {1}, 'backup_payment_method includes ("NONE")': {2}},
    ),
    "RP12": Example(
        with_rows(
            customers(5),
            methods=[make_method(key, key, fingerprint="new" if key == 2 else "old") for key in (1, 2, 3)]
            + [make_method(5, 5, fingerprint="old", kind=PaymentMethodKind.WALLET)],
            attempts=[make_attempt(key, key, method_fingerprint="old") for key in (1, 2, 4, 5)]
            + [make_attempt(9, 3, method_fingerprint="old", state=PaymentState.SETTLED)],
        ),
        {'card_since_failure includes ("SAME")': {1}, 'card_since_failure includes ("UPDATED")': {2}, 'card_since_failure includes ("NONE")': {3, 4, 5}},
    ),
    "RP13": Example(
        World(customers=[make_customer(1, is_auto_collected=True), make_customer(2, is_auto_collected=False), make_customer(3)]),
        {"auto_collection": {1}, "auto_collection = no": {2}, "not auto_collection": {2, 3}, "auto_collection != yes": {2}},
    ),
    "RP14": Example(
        World(customers=[make_customer(1, payment_terms_days=30), make_customer(2, payment_terms_days=31), make_customer(3)]),
        {"net_term_days <= 30": {1}, "net_term_days between 30.5 and 31": {2}, "net_term_days != 30": {2}},
    ),
    "RP15": Example(
        with_rows(customers(2), methods=[make_method(1, 1, status=PaymentSourceStatus.INVALID)]),
        {'payment_risk includes ("HIGH")': {1}, 'payment_risk includes ("low")': {2}},
    ),
    "RP16": Example(
        with_rows(
            customers(6),
            methods=[
                make_method(1, 1, expires_on=day(31)),
                make_method(2, 2, expires_on=day(30)),
                make_method(3, 3, expires_on=day(-1)),
                make_method(4, 4, status=PaymentSourceStatus.INVALID, expires_on=day(1)),
                make_method(5, 5, expires_on=day(0)),
            ],
        ),
        {
            'payment_source_status includes ("VALID")': {1},
            'payment_source_status includes ("EXPIRING")': {2, 5},
            'payment_source_status includes ("EXPIRED")': {3},
            'payment_source_status includes ("INVALID")': {4},
            "payment_source_status is not set": {6},
        },
    ),
    "RP17": Example(
        owing({"document_date": day(-5)}, {"document_date": day(-40)}),
        {"monthly_dso = 31 and count_back_dso = 31": {1}, "monthly_dso is not set and count_back_dso = 59": {2}},
    ),
    "RP18": Example(
        with_rows(
            World(customers=[make_customer(1), make_customer(2)], invoices=[make_invoice(1, 1), make_invoice(2, 1), make_invoice(3, 1)]),
            attempts=[make_attempt(1, 1, invoice_id=1), make_attempt(2, 1, invoice_id=1), make_attempt(3, 1, invoice_id=2)],
        ),
        {"average_payment_attempts = 1.5": {1}, "average_payment_attempts is not set": {2}},
    ),
    "RP19": Example(
        with_rows(
            customers(3),
            subscriptions=[
                make_subscription(1, 1, SubscriptionStatus.ACTIVE),
                make_subscription(2, 1, SubscriptionStatus.IN_TRIAL),
                make_subscription(3, 2, SubscriptionStatus.ACTIVE, is_deleted=True),
            ],
        ),
        {
            'subscription_status includes ("active")': {1},
            'subscription_status includes ("IN_TRIAL", "PAUSED")': {1},
            'subscription_status excludes ("ACTIVE")': {2, 3},
        },
    ),
    "RP20": Example(
        with_rows(customers(3), messages=[mailed(1, 7), mailed(2, 8)]),
        {"last_email_date in last 7 days": {1}, "last_email_date < today - 7d": {2}, "not (last_email_date in last 7 days)": {2, 3}},
    ),
    "RP21": Example(
        with_rows(customers(3), messages=[mailed(1, 20, replied_at=local(day(-7))), mailed(2, 20, replied_at=local(day(-8)))]),
        {"last_reply_date in last 7 days": {1}, "not (last_reply_date in last 7 days)": {2, 3}},
    ),
}


def test_every_row_has_an_example() -> None:
    named = {row for rows in LEVELS.values() for row in rows} - {"beyond"}
    assert set(EXAMPLES) == named
    assert len(named) == 18 + 23 + 21


@pytest.mark.parametrize("row", list(EXAMPLES))
def test_a_row_means_what_the_specification_says(store: Store, row: str) -> None:
    example, basis = EXAMPLES[row], make_basis()
    with rolled_back(store) as connection:
        write_world(connection, example.world, basis)
        for is_kept in (True, False):
            facts = Facts(basis, is_kept)
            for asked, rows in ((example.customers, BOOK.customers), (example.invoices, BOOK.invoices), (example.credit_notes, BOOK.credit_notes)):
                found = matches(connection, [parse_rule(text) for text in asked], rows(facts))
                told = {text: {match.id for match in found if match.holds(number)} for number, text in enumerate(asked)}
                assert told == dict(asked)


# --- what the page says ---------------------------------------------------------------------------


def test_the_page_has_each_row_with_its_fields_and_its_test() -> None:
    shown = {row: (set(re.findall(r"`([^`]+)`", fields)), test) for row, fields, test in _ROW.findall(document("rules.md"))}
    wanted = {row: {"custom.NAME" if name.startswith("custom.") else name for name in ways} for rows in LEVELS.values() for row, ways in rows.items()}
    assert {row: fields for row, (fields, _) in shown.items()} == {row: fields for row, fields in wanted.items() if row != "beyond"}
    assert {row: test for row, (_, test) in shown.items()} == {row: f"{test_a_row_means_what_the_specification_says.__name__}[{row}]" for row in shown}
