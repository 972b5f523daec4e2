"""Stored means of payment."""

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import PaymentMethod, table_of
from hub.vocabulary import Entity
from schema.plan.declaring import column, id_of, one
from schema.plan.filters import RelatedFilter
from schema.plan.mapping import RowType
from schema.rows.links import references

_METHODS = table_of(PaymentMethod)

PAYMENT_METHOD = RowType(
    name="PaymentMethod",
    description="A stored means of payment: what may be shown of it, never a full number.",
    relation=lambda reading: reading.rows_of(_METHODS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("PaymentMethod"),
        "customer": one("Customer", PaymentMethod.customer_id, "Whose it is."),
        "kind": column(PaymentMethod.kind, "What sort of means it is.", filtered=True),
        "friendlyName": column(PaymentMethod.friendly_name, "The name that people gave it."),
        "brand": column(PaymentMethod.brand, "The card scheme or bank.", filtered=True),
        "lastFour": column(PaymentMethod.last_four, "The last digits of its number, four at most.", filtered=True),
        "fingerprint": column(PaymentMethod.fingerprint, "The same for the same card or account, where its source tells.", filtered=True),
        "expiresOn": column(
            PaymentMethod.expires_on, "The last day on which it is valid; null: it has none, or the source does not say.", filtered=True, ordered=True
        ),
        "status": column(PaymentMethod.status, "Whether it can be used.", filtered=True),
        "isPrimary": column(PaymentMethod.is_primary, "Whether it is the first to be tried.", filtered=True),
        "isBackup": column(PaymentMethod.is_backup, "Whether it is tried when the first one fails.", filtered=True),
        "references": references(Entity.PAYMENT_METHOD),
        "isDeleted": column(
            PaymentMethod.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True
        ),
        "firstSeenAt": column(PaymentMethod.first_seen_at, "When the hub first saw it."),
        "updatedAt": column(PaymentMethod.updated_at, "When its row last changed.", filtered=True, ordered=True),
    },
    filters={"customer": RelatedFilter("Of a customer that matches.", "Customer", "customer_id")},
    hidden={"isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false())},
)
