"""Refunds of payments and credit notes."""

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import Refund, table_of
from hub.vocabulary import Entity
from schema.plan.declaring import column, computed, expression_of, id_of, money, one
from schema.plan.filters import RelatedFilter
from schema.plan.mapping import RowType
from schema.rows.links import references
from schema.values import CustomField

_REFUNDS = table_of(Refund)

REFUND = RowType(
    name="Refund",
    description="Money given back from a payment or a credit note.",
    relation=lambda reading: reading.rows_of(_REFUNDS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("Refund"),
        "customer": one("Customer", Refund.customer_id, "Who got the money back."),
        "payment": one("Payment", Refund.payment_id, "The payment that it gives back; null: it is of none, or of one that has not arrived."),
        "paymentExternalId": column(Refund.payment_external_id, "The id that its source gives for the payment."),
        "creditNote": one("CreditNote", Refund.credit_note_id, "The credit note that it pays out; null: it is of none, or of one that has not arrived."),
        "creditNoteExternalId": column(Refund.credit_note_external_id, "The id that its source gives for the credit note."),
        "state": column(Refund.state, "How far it has come; it counts while it is SETTLED.", filtered=True),
        "sourceStatus": column(Refund.source_status, "The source's own word for its state.", filtered=True),
        "currency": column(Refund.currency, "The currency of its amount.", type="CurrencyCode", filtered=True),
        "refundDate": column(Refund.refund_date, "The day from which it counts.", filtered=True, ordered=True),
        "amount": money(Refund.amount_minor, Refund.currency, "How much was given back.", filtered=True, ordered=True),
        "reason": column(Refund.reason, "Why it was given back."),
        "customFields": computed("[CustomField!]!", "Fields that its source adds.", needs=(expression_of(Refund.custom),), make=CustomField.list_of),
        "references": references(Entity.REFUND),
        "isDeleted": column(Refund.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True),
        "firstSeenAt": column(Refund.first_seen_at, "When the hub first saw it."),
        "updatedAt": column(Refund.updated_at, "When its row last changed.", filtered=True, ordered=True),
    },
    filters={"customer": RelatedFilter("Of a customer that matches.", "Customer", "customer_id")},
    hidden={"isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false())},
)
