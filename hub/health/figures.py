"""The figures as values: what a customer, or all of them together, owe and have paid on one day (A4, B0).

All amounts are minor units of `base_currency` unless a value says otherwise; None: a rate is missing, which `missing_rates` names.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext


@dataclass(frozen=True, slots=True)
class AgeingAmount:
    """One bucket of days past due: its share of the outstanding amount, and the invoices that have a part of it."""

    label: str
    amount_minor: int | None
    invoice_count: int


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """Exact figures of the documents in one currency, in its minor units: never converted, always complete."""

    currency: str
    total_paid_minor: int
    total_due_minor: int
    billed_minor: int
    cash_received_minor: int
    outstanding_minor: int
    overdue_minor: int
    open_debits_minor: int
    unutilised_credit_minor: int
    unaccounted_payment_minor: int


@dataclass(frozen=True, slots=True)
class PortfolioFigures:
    """The figures of all customers together; each amount is the sum over the customers, None when one of theirs is.

    Attributes:
        total_paid_minor: paid amounts of documents that are paid in full.
        total_due_minor: amounts due of documents that are not.
        billed_minor: totals of every document but drafts, future and void ones.
        cash_received_minor: all paid amounts, partial payments included.
        outstanding_minor: what is due on open documents, gross of credits.
        overdue_minor: the part of it that fell due before the day, less the days of grace.
        open_debits_minor: outstanding without documents of type OTHER.
        unutilised_credit_minor: what is unused of credit notes.
        unaccounted_payment_minor: what of payments is applied to nothing.
        net_overdue_minor: overdue less unutilised credit; may be negative.
        net_outstanding_minor: outstanding less unutilised credit and unaccounted payments; may be negative.
        inferred_count: documents whose figures rest on an inferred date (B41).
        payment_attempt_count: tries to collect an invoice, first tries included (B23).
        attempted_invoice_count: the invoices that they were for.
    """

    as_of: date
    base_currency: str
    total_paid_minor: int | None
    total_due_minor: int | None
    billed_minor: int | None
    cash_received_minor: int | None
    outstanding_minor: int | None
    overdue_minor: int | None
    open_debits_minor: int | None
    unutilised_credit_minor: int | None
    unaccounted_payment_minor: int | None
    net_overdue_minor: int | None
    net_outstanding_minor: int | None
    open_invoice_count: int
    overdue_invoice_count: int
    inferred_count: int
    payment_attempt_count: int
    attempted_invoice_count: int
    ageing: tuple[AgeingAmount, ...]
    is_complete: bool
    missing_rates: tuple[str, ...]
    by_currency: tuple[CurrencyFigures, ...]

    @property
    def overdue_percent(self) -> Decimal | None:
        """Overdue of outstanding, 0 to 100, unrounded; None when nothing is outstanding or a rate is missing."""
        return percent(self.overdue_minor, self.outstanding_minor)

    @property
    def average_payment_attempts(self) -> Decimal | None:
        """Payment attempts by invoice that had any, unrounded (HM18); None when there was none."""
        return ratio(self.payment_attempt_count, self.attempted_invoice_count)


@dataclass(frozen=True, slots=True)
class Figures(PortfolioFigures):
    """The figures of one customer's own documents, and the consolidated ones: its own and those of customers billed to it.

    `oldest_invoice_id` is the open document with the earliest document date, `oldest_overdue_invoice_id` the overdue one that fell
    due first; of several on one date the lowest id. None: nothing is open or overdue.
    """

    customer_id: int
    consolidated_outstanding_minor: int | None
    consolidated_overdue_minor: int | None
    oldest_invoice_id: int | None
    oldest_overdue_invoice_id: int | None

    @property
    def consolidated_overdue_percent(self) -> Decimal | None:
        """Consolidated overdue of consolidated outstanding, 0 to 100, unrounded; None likewise."""
        return percent(self.consolidated_overdue_minor, self.consolidated_outstanding_minor)


def percent(part_minor: int | None, whole_minor: int | None) -> Decimal | None:
    """`part` of `whole` in percent, to 40 digits; None without a whole."""
    return None if part_minor is None else ratio(100 * part_minor, whole_minor)


def ratio(part: int, whole: int | None) -> Decimal | None:
    """`part` by `whole`, to 40 digits; None without a whole."""
    if not whole:
        return None
    with localcontext() as context:
        context.prec = 40
        return Decimal(part) / Decimal(whole)
