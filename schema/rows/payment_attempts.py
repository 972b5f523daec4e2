"""Tries to collect payments."""

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import PaymentAttempt, table_of
from hub.vocabulary import Entity
from schema.plan.declaring import column, id_of, money, one
from schema.plan.filters import RelatedFilter
from schema.plan.mapping import RowType
from schema.rows.links import references

_ATTEMPTS = table_of(PaymentAttempt)

PAYMENT_ATTEMPT = RowType(
    name="PaymentAttempt",
    description="One try to collect a payment, or a chargeback, with its outcome.",
    relation=lambda reading: reading.rows_of(_ATTEMPTS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("PaymentAttempt"),
        "customer": one("Customer", PaymentAttempt.customer_id, "Who was to pay."),
        "invoice": one("Invoice", PaymentAttempt.invoice_id, "What was to be paid; null: its source tells of none, or of one that has not arrived."),
        "invoiceExternalId": column(PaymentAttempt.invoice_external_id, "The id that its source gives for the invoice."),
        "invoiceNumber": column(PaymentAttempt.invoice_number, "The number by which its source knows an invoice of another system.", filtered=True),
        "payment": one("Payment", PaymentAttempt.payment_id, "The payment that came of it; null: none, or one that has not arrived."),
        "paymentMethod": one("PaymentMethod", PaymentAttempt.payment_method_id, "The stored means of payment that was tried."),
        "kind": column(PaymentAttempt.kind, "What it was.", filtered=True),
        "state": column(PaymentAttempt.state, "How it ended.", filtered=True),
        "sourceStatus": column(PaymentAttempt.source_status, "The source's own word for its state.", filtered=True),
        "methodKind": column(PaymentAttempt.method_kind, "By which means; null: the source does not say.", filtered=True),
        "methodFingerprint": column(PaymentAttempt.method_fingerprint, "The fingerprint of the card or account that was tried.", filtered=True),
        "gateway": column(PaymentAttempt.gateway, "The gateway that was asked.", filtered=True),
        "gatewayTransactionId": column(PaymentAttempt.gateway_transaction_id, "The gateway's id of it.", filtered=True),
        "currency": column(PaymentAttempt.currency, "The currency of its amount.", type="CurrencyCode", filtered=True),
        "amount": money(PaymentAttempt.amount_minor, PaymentAttempt.currency, "How much was asked for.", filtered=True, ordered=True),
        "attemptedAt": column(PaymentAttempt.attempted_at, "When it was tried.", filtered=True, ordered=True),
        "declineReason": column(PaymentAttempt.decline_reason, "Why it was refused, in a word that is the same for all sources.", filtered=True),
        "declineCode": column(PaymentAttempt.decline_code, "The source's own code for why it was refused.", filtered=True),
        "dunningStatus": column(PaymentAttempt.dunning_status, "Where the collection stands after it; null: the source does not say.", filtered=True),
        "nextRetryOn": column(PaymentAttempt.next_retry_on, "The day of the next try; null: none is planned, or the source does not say.", filtered=True),
        "references": references(Entity.PAYMENT_ATTEMPT),
        "isDeleted": column(
            PaymentAttempt.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True
        ),
        "firstSeenAt": column(PaymentAttempt.first_seen_at, "When the hub first saw it."),
        "updatedAt": column(PaymentAttempt.updated_at, "When its row last changed.", filtered=True, ordered=True),
    },
    filters={
        "customer": RelatedFilter("Of a customer that matches.", "Customer", "customer_id"),
        "invoice": RelatedFilter("For an invoice that matches.", "Invoice", "invoice_id"),
    },
    hidden={"isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false())},
)
