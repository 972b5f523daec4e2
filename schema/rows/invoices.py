"""Invoices and other debits, with lines, due parts, settlements, and what lies over them."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.agreements import overlays
from hub.health.basis import Basis
from hub.health.invoice_state import days_past_due, invoice_status, is_open_invoice, is_overdue_invoice
from hub.model import DuePart, Invoice, InvoiceLine, PaymentAttempt, Settlement, table_of
from hub.vocabulary import Entity, HoldScope
from schema.plan.declaring import column, computed, expression_of, group, id_of, many, money, one, page
from schema.plan.filters import FlagFilter, RelatedFilter, ScalarFilter, enum_name_of
from schema.plan.mapping import Expression, Field, GroupType, RowType, Scope, ValueField
from schema.rows.health import base_money
from schema.rows.identity import conflicts, provenance
from schema.rows.links import references
from schema.rows.rates import RATE_OF_ROW_JOINS, rate_present
from schema.rows.rule_filters import INVOICE_RULES
from schema.rows.rules import INVOICE_RULE_MATCH, matching_rule_sets
from schema.values import CustomField, Money

_INVOICES = table_of(Invoice)

State = Callable[[sa.FromClause, Basis], sa.ColumnElement[Any]]


def _today(state: State) -> Expression:
    """A derived state on the business date, which is what the kept amounts hold for."""
    return lambda scope: state(scope.rows, Basis.of(scope.reading.workspace, scope.reading.today))


_status = _today(invoice_status)
_is_open = _today(is_open_invoice)
_is_overdue = _today(is_overdue_invoice)
_days = _today(days_past_due)
_currency = expression_of(Invoice.currency)


def _settled(expression: Expression) -> Expression:
    """A condition as a plain yes or no: unknown counts as no."""
    return lambda scope: sa.func.coalesce(expression(scope), sa.false())


def _difference(source_minor: int | None, due_minor: int, currency: str) -> Money | None:
    """What the source says is due less what we say, null when they agree or the source says nothing."""
    if source_minor is None or source_minor == due_minor:
        return None
    return Money.of(source_minor - due_minor, currency)


_FIELDS: dict[str, Field] = {
    "id": id_of("Invoice"),
    "customer": one("Customer", Invoice.customer_id, "Who owes it."),
    "number": column(Invoice.number, "The number printed on it.", filtered=True, ordered=True),
    "documentType": column(Invoice.document_type, "What kind of debit it is.", filtered=True),
    "status": computed(
        "InvoiceStatus!",
        "The derived status on the business date.",
        needs=(_status,),
        filter=ScalarFilter("By derived status on the business date.", "InvoiceStatusFilter", _status, enum_name_of),
    ),
    "lifecycle": column(Invoice.lifecycle, "The stored lifecycle; open, partially paid and paid are derived from amounts.", filtered=True),
    "sourceStatus": column(Invoice.source_status, "The source's own word for its status.", filtered=True),
    "sourceHandling": column(Invoice.source_handling, "The file-level status: HOLD stops communications, CLOSED stops all activity.", filtered=True),
    "currency": column(Invoice.currency, "The currency of its amounts.", type="CurrencyCode", filtered=True),
    "documentDate": column(Invoice.document_date, "Its own date.", filtered=True, ordered=True),
    "dueDate": column(Invoice.due_date, "When it is due as a whole; null: never overdue.", filtered=True, ordered=True),
    "postingDate": column(Invoice.posting_date, "When it was posted.", filtered=True),
    "transactionDate": column(Invoice.transaction_date, "When the business behind it took place."),
    "createdOn": column(Invoice.created_on, "When it was made in its source.", filtered=True),
    "voidedOn": column(Invoice.voided_on, "When it was voided; null: it is not, or the source gives no date."),
    "writtenOffOn": column(Invoice.written_off_on, "When it was written off; null: it is not, or the source gives no date."),
    "purchaseOrderNumber": column(Invoice.purchase_order_number, "The customer's order number.", filtered=True),
    "contract": column(Invoice.contract, "The contract that it refers to.", filtered=True),
    "location": column(Invoice.location, "The location that it belongs to.", filtered=True),
    "businessUnit": column(Invoice.business_unit, "The part of our business that it belongs to.", filtered=True),
    "total": money(Invoice.total_minor, Invoice.currency, "What was charged.", filtered=True, ordered=True),
    "amountPaid": money(Invoice.amount_paid_minor, Invoice.currency, "What payments have settled.", filtered=True),
    "amountAdjusted": money(Invoice.amount_adjusted_minor, Invoice.currency, "What credit notes and adjustments have settled."),
    "writeOffAmount": money(Invoice.write_off_minor, Invoice.currency, "What was given up."),
    "amountDue": money(
        Invoice.amount_due_minor, Invoice.currency, "Total less paid, adjusted and written off; below zero when over-settled.", filtered=True, ordered=True
    ),
    "converted": group("ConvertedInvoiceAmounts", "The amounts in the workspace currency."),
    "sourceBalance": money(Invoice.source_balance_minor, Invoice.currency, "What its source says is due; null: it says nothing."),
    "mismatch": computed(
        "Money",
        "What the source says is due less what we say; null when they agree, or the source says nothing.",
        needs=(expression_of(Invoice.source_balance_minor), expression_of(Invoice.amount_due_minor), _currency),
        make=_difference,
    ),
    "isOpen": computed(
        "Boolean!", "Whether something is due on it.", needs=(_settled(_is_open),), make=bool, filter=FlagFilter("Whether something is due.", _is_open)
    ),
    "isOverdue": computed(
        "Boolean!",
        "Whether a part of it fell due before today.",
        needs=(_settled(_is_overdue),),
        make=bool,
        filter=FlagFilter("Whether a part fell due.", _is_overdue),
    ),
    "daysPastDue": computed(
        "Int",
        "Whole days since the earliest open due date, negative before it; null when nothing is due or there is no due date.",
        needs=(_days,),
        filter=ScalarFilter("By days since the earliest open due date.", "IntFilter", _days),
    ),
    "nextDueDate": column(Invoice.first_open_due_date, "The due date of the earliest part that still has an amount due.", filtered=True, ordered=True),
    "lines": many("InvoiceLine", InvoiceLine.invoice_id, "What was charged for.", order=(InvoiceLine.position,)),
    "dueParts": many(
        "DuePart",
        DuePart.invoice_id,
        "The parts that fall due on dates of their own; empty: it is due as a whole.",
        order=(DuePart.due_date, DuePart.position),
        list_size=3,
    ),
    "settlements": many("Settlement", Settlement.invoice_id, "What has lowered the amount due.", order=(Settlement.effective_date, Settlement.id), list_size=3),
    "paymentAttempts": page("PaymentAttempt", PaymentAttempt.invoice_id, "The tries to collect it, chargebacks included."),
    "overlays": group("InvoiceOverlays", "What lies over it on the business date."),
    "disputeReason": column(Invoice.dispute_reason, "Why it is contested, in the source's words."),
    "customFields": computed("[CustomField!]!", "Fields that its source adds.", needs=(expression_of(Invoice.custom),), make=CustomField.list_of),
    "references": references(Entity.INVOICE),
    "appearanceOf": one("Invoice", Invoice.appearance_of_id, "The invoice that counts, where this is the same as another system shows it."),
    "appearances": many(
        "Invoice", Invoice.appearance_of_id, "The same invoice as other systems show it; these enter no figure.", order=(Invoice.id,), list_size=2
    ),
    "matchingRuleSets": matching_rule_sets(INVOICE_RULE_MATCH),
    "provenance": provenance(Entity.INVOICE),
    "conflicts": conflicts(Entity.INVOICE),
    "isAuthoritative": column(
        Invoice.is_authoritative, "Whether it comes from the customer's system of record. Lists leave others out unless this filter is used.", filtered=True
    ),
    "isDeleted": column(Invoice.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True),
    "firstSeenAt": column(Invoice.first_seen_at, "When the hub first saw it.", filtered=True),
    "updatedAt": column(Invoice.updated_at, "When its row last changed.", filtered=True, ordered=True),
}

INVOICE = RowType(
    name="Invoice",
    description="A demand for payment: an invoice, a debit note or another debit. Its state holds for the business date.",
    relation=lambda reading: reading.rows_of(_INVOICES),
    readable=row_predicate,
    is_node=True,
    joins=RATE_OF_ROW_JOINS,
    fields=_FIELDS,
    filters={
        **INVOICE_RULES,
        "isDisputed": FlagFilter("Whether it is contested.", lambda scope: overlays.is_disputed(scope.rows)),
        "customer": RelatedFilter("Owed by a customer that matches.", "Customer", "customer_id"),
        "paymentAttempts": RelatedFilter("With a try to collect it that matches.", "PaymentAttempt", "id", "invoice_id"),
    },
    hidden={
        "isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false()),
        "isAuthoritative": lambda scope: scope.c.is_authoritative.is_(sa.true()),
    },
)


def _converted(attribute: object, description: str) -> ValueField:
    return ValueField(type="Money", description=f"{description} Null where the rate is missing.", needs=(expression_of(attribute),), make_for=base_money)


CONVERTED_INVOICE_AMOUNTS = GroupType(
    name="ConvertedInvoiceAmounts",
    description="An invoice's amounts in the workspace currency, at the rate that the workspace's choice of date gives.",
    fields={
        "total": _converted(Invoice.converted_total_minor, "What was charged."),
        "amountPaid": _converted(Invoice.converted_paid_minor, "What payments have settled."),
        "amountAdjusted": _converted(Invoice.converted_adjusted_minor, "What credit notes and adjustments have settled."),
        "writeOffAmount": _converted(Invoice.converted_write_off_minor, "What was given up."),
        "amountDue": _converted(Invoice.converted_due_minor, "What is due."),
        "rate": group("ConversionRate", "The rate; null for the workspace currency, or where it is missing.", present=rate_present),
    },
)


def _held(scope_of_hold: HoldScope) -> Expression:
    return lambda scope: overlays.is_held(scope.rows, scope_of_hold, scope.reading.today)


def _hold_scopes(*held: bool) -> list[str]:
    return [scope.value for scope, is_held in zip(HoldScope, held, strict=True) if is_held]


def _over(predicate: Callable[[sa.FromClause], sa.ColumnElement[bool]]) -> Expression:
    def expression(scope: Scope) -> sa.ColumnElement[bool]:
        return predicate(scope.rows)

    return expression


_HELD = tuple(_held(scope) for scope in HoldScope)

INVOICE_OVERLAYS = GroupType(
    name="InvoiceOverlays",
    description="What lies over an invoice without changing what is due on it.",
    fields={
        "holds": computed("[HoldScope!]!", "What is stopped, for it or for its customer as a whole.", needs=_HELD, make=_hold_scopes),
        "hold": computed("Boolean!", "Whether anything is stopped.", needs=_HELD, make=lambda *held: any(held)),
        "disputed": computed("Boolean!", "Whether it is contested.", needs=(_over(overlays.is_disputed),), make=bool),
        "arrangement": computed("Boolean!", "Whether a payment arrangement over it is agreed.", needs=(_over(overlays.has_arrangement),), make=bool),
        "promised": computed("Boolean!", "Whether a promise to pay it is open.", needs=(_over(overlays.has_open_promise),), make=bool),
        "pendingPayment": computed(
            "Boolean!", "Whether a payment is under way that the accounting system does not know yet.", needs=(_over(overlays.has_pending_payment),), make=bool
        ),
        "scheduledPayment": computed("Boolean!", "Whether a payment is arranged for a date.", needs=(_over(overlays.has_scheduled_payment),), make=bool),
    },
)
