"""The financial health of a customer: every figure of A4, for today from what is kept, for another day from dated facts."""

from collections.abc import Callable

import sqlalchemy as sa

from hub.access.policy import FIGURES_READERS
from hub.access.principal import Principal
from hub.config import MAX_BUCKETS
from hub.health.figures import percent, ratio
from hub.health.ratios import percent_expression, ratio_expression
from hub.health.relations import customer_currency_figures, customer_figures
from hub.model import CustomerCurrencyFigures, CustomerFigures, table_of
from schema.plan.declaring import column, column_of, computed, expression_of, group, many, one
from schema.plan.filters import MoneyFilter, ScalarFilter
from schema.plan.mapping import Expression, Field, Filter, Order, RowType, ValueField
from schema.plan.reading import Reading
from schema.rows.rates import RATE_IN_FORCE_JOINS, rate_present
from schema.rows.risk import RISK_FIELDS, RISK_JOINS
from schema.values import AgeingBucketValue, Money, list_or_empty

_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)
_NAME = "CustomerHealth"


def figures(reading: Reading) -> sa.FromClause:
    """The figures of customers on the day of a reading."""
    if reading.is_kept:
        return reading.rows_of(_FIGURES)
    return sa.select(customer_figures(reading.basis, reading.customers)).subquery()


def currency_figures(reading: Reading) -> sa.FromClause:
    """The exact figures of customers in each currency on the day of a reading."""
    if reading.is_kept:
        return reading.rows_of(_CURRENCY_FIGURES)
    return sa.select(customer_currency_figures(reading.basis, reading.customers)).subquery()


def _readable(principal: Principal, _rows: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.true() if FIGURES_READERS.allows(principal) else sa.false()


def base_money(reading: Reading) -> Callable[[int | None], Money | None]:
    """Makes Money of amounts in the workspace currency."""
    currency = reading.workspace.base_currency
    return lambda amount_minor: Money.of(amount_minor, currency)


def _figure(attribute: object, description: str) -> ValueField:
    """An amount in the workspace currency, null where a rate is missing; lists order and filter by it."""
    amount = expression_of(attribute)
    return ValueField(
        type="Money",
        description=f"{description} Null where a rate is missing.",
        needs=(amount,),
        make_for=base_money,
        filter=MoneyFilter(description, amount),
        order=amount,
        is_order_nullable=column_of(attribute).nullable is True,
    )


def _percent(part: object, whole: object, description: str) -> ValueField:
    compared = _ratio(expression_of(part), expression_of(whole))
    return computed(
        "Decimal",
        f"{description} 0 to 100; null where nothing is outstanding or a rate is missing.",
        needs=(expression_of(part), expression_of(whole)),
        make=percent,
        filter=ScalarFilter(description, "DecimalFilter", compared, lambda value, _path: float(value)),
        order=compared,
    )


def _average(part: object, whole: object, description: str) -> ValueField:
    numerator, denominator = expression_of(part), expression_of(whole)

    compared = _quotient(numerator, denominator)
    return computed(
        "Decimal",
        description,
        needs=(numerator, denominator),
        make=ratio,
        filter=ScalarFilter(description, "DecimalFilter", compared, lambda value, _path: float(value)),
        order=compared,
    )


def _quotient(part: Expression, whole: Expression) -> Expression:
    return lambda scope: ratio_expression(part(scope), whole(scope))


def _ratio(part: Expression, whole: Expression) -> Expression:
    return lambda scope: percent_expression(part(scope), whole(scope))


def _buckets(reading: Reading) -> Callable[..., list[AgeingBucketValue]]:
    """Makes the configured buckets from all kept amounts, then all kept counts."""
    money, buckets = base_money(reading), reading.workspace.ageing_buckets

    def make(*values: int | None) -> list[AgeingBucketValue]:
        amounts, counts = values[:MAX_BUCKETS], values[MAX_BUCKETS:]
        return [
            AgeingBucketValue(label=bucket.label, first_day=bucket.first, last_day=bucket.last, amount=money(amount), invoice_count=count or 0)
            for bucket, amount, count in zip(buckets, amounts, counts, strict=False)
        ]

    return make


def _numbered(name: str) -> Expression:
    return lambda scope: scope.c[name]


_AMOUNTS = tuple(_numbered(f"ageing_{number}_minor") for number in range(1, MAX_BUCKETS + 1))
_COUNTS = tuple(_numbered(f"ageing_{number}_count") for number in range(1, MAX_BUCKETS + 1))

_BUCKET_FILTERS: dict[str, Filter] = {
    f"ageingBucket{number}": MoneyFilter(f"The amount in the ageing bucket number {number} of the workspace.", amount)
    for number, amount in enumerate(_AMOUNTS, 1)
}
_BUCKET_ORDERS: dict[str, Order] = {
    f"AGEING_BUCKET_{number}": Order(f"The amount in the ageing bucket number {number} of the workspace.", amount, is_nullable=True, field=(_NAME, "ageing"))
    for number, amount in enumerate(_AMOUNTS, 1)
}

_FIELDS: dict[str, Field] = {
    "asOf": column(CustomerFigures.business_date, "The day that the figures hold for."),
    "totalAmountPaid": _figure(CustomerFigures.total_paid_minor, "What was paid on documents that are paid in full."),
    "totalAmountDue": _figure(CustomerFigures.total_due_minor, "The amounts due of documents that are not paid in full."),
    "billedAmount": _figure(CustomerFigures.billed_minor, "The totals of all documents but drafts, future and void ones."),
    "overdueAmount": _figure(CustomerFigures.overdue_minor, "The part of outstanding that fell due before the day; due that day is not overdue."),
    "outstanding": _figure(CustomerFigures.outstanding_minor, "What is due on open documents of every debit type, gross of credits."),
    "cashReceived": _figure(CustomerFigures.cash_received_minor, "What was paid on all documents, those paid in part included."),
    "openDebits": _figure(CustomerFigures.open_debits_minor, "Outstanding without documents of type OTHER."),
    "netOverdue": _figure(CustomerFigures.net_overdue_minor, "Overdue less unutilised credit; may be negative."),
    "netOutstanding": _figure(CustomerFigures.net_outstanding_minor, "Outstanding less unutilised credit and unaccounted payment; may be negative."),
    "unutilisedCredit": _figure(CustomerFigures.unutilised_credit_minor, "What of credit notes is set against nothing."),
    "unaccountedPayment": _figure(CustomerFigures.unaccounted_payment_minor, "What of payments is set against nothing."),
    "consolidatedOutstanding": _figure(CustomerFigures.consolidated_outstanding_minor, "Outstanding of this customer and of those billed to it."),
    "consolidatedOverdue": _figure(CustomerFigures.consolidated_overdue_minor, "Overdue of this customer and of those billed to it."),
    "overduePercent": _percent(CustomerFigures.overdue_minor, CustomerFigures.outstanding_minor, "Overdue as a share of outstanding."),
    "consolidatedOverduePercent": _percent(
        CustomerFigures.consolidated_overdue_minor,
        CustomerFigures.consolidated_outstanding_minor,
        "Consolidated overdue as a share of consolidated outstanding.",
    ),
    "overdueInvoiceCount": column(CustomerFigures.overdue_invoice_count, "How many documents are overdue.", filtered=True, ordered=True),
    "openInvoiceCount": column(CustomerFigures.open_invoice_count, "How many documents have an amount due.", filtered=True, ordered=True),
    "inferredCount": column(CustomerFigures.inferred_count, "How many documents rest on a date that the hub inferred.", filtered=True, ordered=True),
    "averagePaymentAttempts": _average(
        CustomerFigures.payment_attempt_count,
        CustomerFigures.attempted_invoice_count,
        "Tries to collect payment by invoice that had any, the first try included; null where there was none.",
    ),
    **RISK_FIELDS,
    "ageing": ValueField(
        type="[AgeingBucket!]!",
        description="Outstanding by days past due, in the buckets of the workspace; their sum is outstanding.",
        needs=(*_AMOUNTS, *_COUNTS),
        make_for=_buckets,
        list_size=5,
    ),
    "complete": column(CustomerFigures.is_complete, "Whether every amount could be converted.", filtered=True),
    "missingRates": computed(
        "[CurrencyCode!]!",
        "The currencies that have amounts but no rate on the day.",
        needs=(expression_of(CustomerFigures.missing_rates),),
        make=list_or_empty,
    ),
    "oldestInvoice": one("Invoice", CustomerFigures.oldest_invoice_id, "The open document with the earliest document date."),
    "oldestOverdue": one("Invoice", CustomerFigures.oldest_overdue_invoice_id, "The overdue document that fell due first."),
    "byCurrency": many(
        "CustomerCurrencyHealth",
        CustomerCurrencyFigures.customer_id,
        "The exact figures in each document currency.",
        order=(CustomerCurrencyFigures.currency,),
        list_size=3,
    ),
}
CUSTOMER_HEALTH = RowType(
    name=_NAME,
    description="The figures of one customer's own documents on one day, in the workspace currency at the rates of that day.",
    relation=figures,
    readable=_readable,
    key="customer_id",
    joins=RISK_JOINS,
    fields=_FIELDS,
    filters=_BUCKET_FILTERS,
    orders=_BUCKET_ORDERS,
)


def _exact(attribute: object, description: str) -> ValueField:
    return computed("Money!", description, needs=(expression_of(attribute), expression_of(CustomerCurrencyFigures.currency)), make=Money.of)


CUSTOMER_CURRENCY_HEALTH = RowType(
    name="CustomerCurrencyHealth",
    description="Exact figures of a customer's documents in one currency: never converted, always complete.",
    relation=currency_figures,
    readable=_readable,
    key="customer_id",
    joins=RATE_IN_FORCE_JOINS,
    fields={
        "currency": column(CustomerCurrencyFigures.currency, "The currency of the documents.", type="CurrencyCode"),
        "totalAmountPaid": _exact(CustomerCurrencyFigures.total_paid_minor, "What was paid on documents that are paid in full."),
        "totalAmountDue": _exact(CustomerCurrencyFigures.total_due_minor, "The amounts due of documents that are not paid in full."),
        "billedAmount": _exact(CustomerCurrencyFigures.billed_minor, "The totals of all documents but drafts, future and void ones."),
        "overdueAmount": _exact(CustomerCurrencyFigures.overdue_minor, "The part of outstanding that fell due before the day."),
        "outstanding": _exact(CustomerCurrencyFigures.outstanding_minor, "What is due on open documents."),
        "cashReceived": _exact(CustomerCurrencyFigures.cash_received_minor, "What was paid on all documents."),
        "openDebits": _exact(CustomerCurrencyFigures.open_debits_minor, "Outstanding without documents of type OTHER."),
        "unutilisedCredit": _exact(CustomerCurrencyFigures.unutilised_credit_minor, "What of credit notes is set against nothing."),
        "unaccountedPayment": _exact(CustomerCurrencyFigures.unaccounted_payment_minor, "What of payments is set against nothing."),
        "rate": group("ConversionRate", "The rate in force on the day; null for the workspace currency, or where it is missing.", present=rate_present),
    },
)
