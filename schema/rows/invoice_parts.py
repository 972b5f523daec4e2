"""What belongs to invoices: lines, due parts, and the settlements that lower what is due."""

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import CreditNote, DuePart, Invoice, InvoiceLine, Payment, Settlement, table_of
from schema.plan.declaring import column, computed, expression_of, one
from schema.plan.mapping import Expression, RowType, Scope
from schema.values import Money

_INVOICES = table_of(Invoice)
_LINES = table_of(InvoiceLine)
_PARTS = table_of(DuePart)
_SETTLEMENTS = table_of(Settlement)
_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)


def _invoice_of_row(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    invoice = scope.reading.rows_of(_INVOICES)
    return invoice, invoice.c.id == scope.c.invoice_id


def _payment_of_row(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    payment = scope.reading.rows_of(_PAYMENTS)
    return payment, payment.c.id == scope.c.payment_id


def _credit_note_of_row(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    note = scope.reading.rows_of(_CREDIT_NOTES)
    return note, note.c.id == scope.c.credit_note_id


def _invoice_currency(scope: Scope) -> sa.ColumnElement[str]:
    return scope.join("invoice").c.currency


def _origin_currency(scope: Scope) -> sa.ColumnElement[str]:
    """The currency of the payment or credit note behind a settlement."""
    return sa.func.coalesce(scope.join("payment").c.currency, scope.join("credit_note").c.currency, scope.join("invoice").c.currency)


def _is_presumed(scope: Scope) -> sa.ColumnElement[bool]:
    return scope.c.mark_id.is_not(None)


_of_invoice: Expression = _invoice_currency

INVOICE_LINE = RowType(
    name="InvoiceLine",
    description="One item on an invoice.",
    relation=lambda reading: reading.rows_of(_LINES),
    readable=row_predicate,
    joins={"invoice": _invoice_of_row},
    fields={
        "position": column(InvoiceLine.position, "Its place on the invoice."),
        "itemName": column(InvoiceLine.item_name, "What was sold."),
        "description": column(InvoiceLine.description, "What the invoice says of it."),
        "quantity": column(InvoiceLine.quantity, "How many, as the source wrote it."),
        "unitPrice": column(InvoiceLine.unit_price, "The price of one, as the source wrote it, in the invoice's currency."),
        "amount": computed("Money!", "What was charged for it.", needs=(expression_of(InvoiceLine.amount_minor), _of_invoice), make=Money.of),
    },
)

DUE_PART = RowType(
    name="DuePart",
    description="A part of an invoice that falls due on its own date. Settlements cover the earliest parts first.",
    relation=lambda reading: reading.rows_of(_PARTS),
    readable=row_predicate,
    joins={"invoice": _invoice_of_row},
    fields={
        "position": column(DuePart.position, "Its place among the parts."),
        "dueDate": column(DuePart.due_date, "When it is due."),
        "amount": computed("Money!", "How much falls due.", needs=(expression_of(DuePart.amount_minor), _of_invoice), make=Money.of),
        "amountDue": computed("Money!", "How much of it is still due.", needs=(expression_of(DuePart.amount_due_minor), _of_invoice), make=Money.of),
    },
)

SETTLEMENT = RowType(
    name="Settlement",
    description="A dated fact that lowers what is due on an invoice: a part of a payment or credit note, an adjustment, a write-off.",
    relation=lambda reading: reading.rows_of(_SETTLEMENTS),
    readable=row_predicate,
    joins={"invoice": _invoice_of_row, "payment": _payment_of_row, "credit_note": _credit_note_of_row},
    fields={
        "kind": column(Settlement.kind, "What lowers it; a reversal has a negative amount."),
        "amount": computed(
            "Money",
            "How much, in the invoice's currency; null while the invoice has not arrived.",
            needs=(expression_of(Settlement.amount_minor), _of_invoice),
            make=Money.of,
        ),
        "allocated": computed(
            "Money", "How much, in the payment's or credit note's currency.", needs=(expression_of(Settlement.allocated_minor), _origin_currency), make=Money.of
        ),
        "effectiveDate": column(Settlement.effective_date, "From which day it counts."),
        "allocationDate": column(Settlement.allocation_date, "When it was allocated; null: the source does not say."),
        "dateBasis": column(Settlement.date_basis, "Whether the source stated the date or the hub inferred it."),
        "counts": column(Settlement.counts, "Whether the payment or credit note behind it counts: a declined payment settles nothing."),
        "isPresumed": computed(
            "Boolean!",
            "Whether the hub takes the payment for the one by which somebody has marked the invoice as paid; its source has not allocated it.",
            needs=(_is_presumed,),
            make=bool,
        ),
        "invoice": one("Invoice", Settlement.invoice_id, "The invoice; null while it has not arrived."),
        "invoiceExternalId": column(Settlement.invoice_external_id, "The id of an invoice that has not arrived."),
        "payment": one("Payment", Settlement.payment_id, "The payment behind it."),
        "creditNote": one("CreditNote", Settlement.credit_note_id, "The credit note behind it."),
    },
)
