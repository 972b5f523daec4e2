"""The types of `receivables`."""

from datetime import date
from decimal import Decimal

import strawberry

from schema.values import AgeingBucketValue, CurrencyCode, Money

_NULL = "Null where a rate is missing."


@strawberry.type(description="Exact figures of all documents in one currency: never converted, always complete.")
class CurrencyReceivables:
    """The portfolio in one currency."""

    currency: CurrencyCode = strawberry.field(description="The currency of the documents.")
    total_amount_paid: Money = strawberry.field(description="What was paid on documents that are paid in full.")
    total_amount_due: Money = strawberry.field(description="The amounts due of documents that are not paid in full.")
    billed_amount: Money = strawberry.field(description="The totals of all documents but drafts, future and void ones.")
    overdue_amount: Money = strawberry.field(description="The part of outstanding that fell due before the day.")
    outstanding: Money = strawberry.field(description="What is due on open documents.")
    cash_received: Money = strawberry.field(description="What was paid on all documents.")
    open_debits: Money = strawberry.field(description="Outstanding without documents of type OTHER.")
    unutilised_credit: Money = strawberry.field(description="What of credit notes is set against nothing.")
    unaccounted_payment: Money = strawberry.field(description="What of payments is set against nothing.")


@strawberry.type(description="A connection of which documents before a date were not read: whatever they owe is in no figure, on any day.")
class HistoryStart:
    """A gap in the history."""

    connection: str = strawberry.field(description="The name of the connection.")
    since: date = strawberry.field(description="The first day of what was read.")


@strawberry.type(description="The figures of all customers together on one day, in the workspace currency; each amount is the sum over the customers.")
class Receivables:
    """The portfolio on one day."""

    as_of: date = strawberry.field(description="The day that the figures hold for.")
    total_amount_paid: Money | None = strawberry.field(description=f"What was paid on documents that are paid in full. {_NULL}")
    total_amount_due: Money | None = strawberry.field(description=f"The amounts due of documents that are not paid in full. {_NULL}")
    billed_amount: Money | None = strawberry.field(description=f"The totals of all documents but drafts, future and void ones. {_NULL}")
    overdue_amount: Money | None = strawberry.field(description=f"The part of outstanding that fell due before the day. {_NULL}")
    outstanding: Money | None = strawberry.field(description=f"What is due on open documents, gross of credits. {_NULL}")
    cash_received: Money | None = strawberry.field(description=f"What was paid on all documents. {_NULL}")
    open_debits: Money | None = strawberry.field(description=f"Outstanding without documents of type OTHER. {_NULL}")
    net_overdue: Money | None = strawberry.field(description=f"Overdue less unutilised credit; may be negative. {_NULL}")
    net_outstanding: Money | None = strawberry.field(description=f"Outstanding less unutilised credit and unaccounted payment; may be negative. {_NULL}")
    unutilised_credit: Money | None = strawberry.field(description=f"What of credit notes is set against nothing. {_NULL}")
    unaccounted_payment: Money | None = strawberry.field(description=f"What of payments is set against nothing. {_NULL}")
    overdue_percent: Decimal | None = strawberry.field(
        description="Overdue as a share of outstanding, 0 to 100; null where nothing is outstanding or a rate is missing."
    )
    overdue_invoice_count: int = strawberry.field(description="How many documents are overdue.")
    open_invoice_count: int = strawberry.field(description="How many documents have an amount due.")
    inferred_count: int = strawberry.field(description="How many documents rest on a date that the hub inferred.")
    average_payment_attempts: Decimal | None = strawberry.field(
        description="Tries to collect payment by invoice that had any, the first try included; null where there was none."
    )
    ageing: list[AgeingBucketValue] = strawberry.field(description="Outstanding by days past due; the sum is outstanding.")
    complete: bool = strawberry.field(description="Whether every amount could be converted.")
    missing_rates: list[CurrencyCode] = strawberry.field(description="The currencies that have amounts but no rate on the day.")
    history_starts: list[HistoryStart] = strawberry.field(
        description="The connections that were not read as far back as they go, the latest start first: figures of days before it have a gap, not a zero."
    )
    by_currency: list[CurrencyReceivables] = strawberry.field(description="The exact figures in each document currency.")
