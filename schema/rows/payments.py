"""Payments and credit notes, with their allocations."""

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import CreditNote, Payment, PaymentAttempt, Refund, Settlement, table_of
from hub.vocabulary import Entity
from schema.plan.declaring import column, computed, expression_of, id_of, many, money, one, page
from schema.plan.filters import RelatedFilter
from schema.plan.mapping import Expression, RowType, ValueField
from schema.rows.health import base_money
from schema.rows.links import references
from schema.rows.rule_filters import CREDIT_NOTE_RULES
from schema.values import CustomField

_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)

_HIDDEN: dict[str, Expression] = {
    "isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false()),
    "isAuthoritative": lambda scope: scope.c.is_authoritative.is_(sa.true()),
}
_ALLOCATIONS_ORDER = (Settlement.effective_date, Settlement.id)


def _converted(attribute: object, description: str) -> ValueField:
    return ValueField(
        type="Money",
        description=f"{description} In the workspace currency; null where the rate is missing.",
        needs=(expression_of(attribute),),
        make_for=base_money,
    )


PAYMENT = RowType(
    name="Payment",
    description="Money received or expected.",
    relation=lambda reading: reading.rows_of(_PAYMENTS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("Payment"),
        "customer": one("Customer", Payment.customer_id, "Who paid."),
        "state": column(Payment.state, "How far it has come.", filtered=True),
        "sourceStatus": column(Payment.source_status, "The source's own word for its state.", filtered=True),
        "reconciliation": column(Payment.reconciliation, "Whether the accounting system knows it.", filtered=True),
        "origin": column(Payment.origin, "Where it was made.", filtered=True),
        "methodKind": column(Payment.method_kind, "By which means; null: the source does not say.", filtered=True),
        "reference": column(Payment.reference, "The reference that came with it.", filtered=True, ordered=True),
        "gateway": column(Payment.gateway, "The gateway that took it.", filtered=True),
        "gatewayTransactionId": column(Payment.gateway_transaction_id, "The gateway's id of it.", filtered=True),
        "currency": column(Payment.currency, "The currency of its amounts.", type="CurrencyCode", filtered=True),
        "paymentDate": column(Payment.payment_date, "The day of the payment.", filtered=True, ordered=True),
        "reversedOn": column(Payment.reversed_on, "The day of its return or chargeback.", filtered=True),
        "reversalBasis": column(Payment.reversal_basis, "Whether the source stated that day or the hub inferred it."),
        "memo": column(Payment.memo, "A note of whoever entered it."),
        "amount": money(Payment.amount_minor, Payment.currency, "How much was paid.", filtered=True, ordered=True),
        "allocated": money(Payment.allocated_minor, Payment.currency, "How much of it is set against invoices."),
        "refunded": money(Payment.refunded_minor, Payment.currency, "How much of it was given back."),
        "unapplied": money(Payment.unapplied_minor, Payment.currency, "How much of it is set against nothing.", filtered=True),
        "convertedAmount": _converted(Payment.converted_amount_minor, "How much was paid."),
        "convertedUnapplied": _converted(Payment.converted_unapplied_minor, "How much of it is set against nothing."),
        "refunds": page("Refund", Refund.payment_id, "What was given back of it."),
        "attempts": page("PaymentAttempt", PaymentAttempt.payment_id, "The tries to collect it."),
        "allocations": many("Settlement", Settlement.payment_id, "What it is set against.", order=_ALLOCATIONS_ORDER, list_size=3),
        "customFields": computed("[CustomField!]!", "Fields that its source adds.", needs=(expression_of(Payment.custom),), make=CustomField.list_of),
        "references": references(Entity.PAYMENT),
        "isAuthoritative": column(
            Payment.is_authoritative, "Whether it comes from the customer's system of record. Lists leave others out unless this filter is used.", filtered=True
        ),
        "isDeleted": column(Payment.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True),
        "firstSeenAt": column(Payment.first_seen_at, "When the hub first saw it."),
        "updatedAt": column(Payment.updated_at, "When its row last changed.", filtered=True, ordered=True),
    },
    filters={"customer": RelatedFilter("Of a customer that matches.", "Customer", "customer_id")},
    hidden=_HIDDEN,
)

CREDIT_NOTE = RowType(
    name="CreditNote",
    description="A document that reduces what a customer owes.",
    relation=lambda reading: reading.rows_of(_CREDIT_NOTES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("CreditNote"),
        "customer": one("Customer", CreditNote.customer_id, "Whose debt it reduces."),
        "number": column(CreditNote.number, "The number printed on it.", filtered=True, ordered=True),
        "lifecycle": column(CreditNote.lifecycle, "The stored lifecycle.", filtered=True),
        "sourceStatus": column(CreditNote.source_status, "The source's own word for its status.", filtered=True),
        "currency": column(CreditNote.currency, "The currency of its amounts.", type="CurrencyCode", filtered=True),
        "documentDate": column(CreditNote.document_date, "Its own date.", filtered=True, ordered=True),
        "postingDate": column(CreditNote.posting_date, "When it was posted.", filtered=True),
        "voidedOn": column(CreditNote.voided_on, "When it was voided; null: it is not, or the source gives no date."),
        "reason": column(CreditNote.reason, "Why it was given."),
        "location": column(CreditNote.location, "The location that it belongs to.", filtered=True),
        "businessUnit": column(CreditNote.business_unit, "The part of our business that it belongs to.", filtered=True),
        "total": money(CreditNote.total_minor, CreditNote.currency, "How much it credits.", filtered=True, ordered=True),
        "allocated": money(CreditNote.allocated_minor, CreditNote.currency, "How much of it is set against invoices."),
        "refunded": money(CreditNote.refunded_minor, CreditNote.currency, "How much of it was paid out."),
        "unutilised": money(CreditNote.unutilised_minor, CreditNote.currency, "How much of it is unused.", filtered=True),
        "convertedTotal": _converted(CreditNote.converted_total_minor, "How much it credits."),
        "convertedUnutilised": _converted(CreditNote.converted_unutilised_minor, "How much of it is unused."),
        "sourceBalance": money(CreditNote.source_balance_minor, CreditNote.currency, "What its source says is unused; null: it says nothing."),
        "refunds": page("Refund", Refund.credit_note_id, "What was paid out of it."),
        "allocations": many("Settlement", Settlement.credit_note_id, "What it is set against.", order=_ALLOCATIONS_ORDER, list_size=3),
        "customFields": computed("[CustomField!]!", "Fields that its source adds.", needs=(expression_of(CreditNote.custom),), make=CustomField.list_of),
        "references": references(Entity.CREDIT_NOTE),
        "isAuthoritative": column(
            CreditNote.is_authoritative,
            "Whether it comes from the customer's system of record. Lists leave others out unless this filter is used.",
            filtered=True,
        ),
        "isDeleted": column(CreditNote.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True),
        "firstSeenAt": column(CreditNote.first_seen_at, "When the hub first saw it."),
        "updatedAt": column(CreditNote.updated_at, "When its row last changed.", filtered=True, ordered=True),
    },
    filters={**CREDIT_NOTE_RULES, "customer": RelatedFilter("Of a customer that matches.", "Customer", "customer_id")},
    hidden=_HIDDEN,
)
