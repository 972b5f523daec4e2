"""Subscriptions, as their billing system has them."""

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import Subscription, table_of
from hub.vocabulary import Entity
from schema.plan.declaring import column, computed, expression_of, id_of, one
from schema.plan.filters import RelatedFilter
from schema.plan.mapping import RowType
from schema.rows.links import references
from schema.values import CustomField

_SUBSCRIPTIONS = table_of(Subscription)

SUBSCRIPTION = RowType(
    name="Subscription",
    description="A subscription's status in its billing system.",
    relation=lambda reading: reading.rows_of(_SUBSCRIPTIONS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("Subscription"),
        "customer": one("Customer", Subscription.customer_id, "Who subscribes."),
        "plan": column(Subscription.plan, "What is subscribed to, in the source's words.", filtered=True, ordered=True),
        "status": column(Subscription.status, "Where it stands.", filtered=True),
        "sourceStatus": column(Subscription.source_status, "The source's own word for its status.", filtered=True),
        "startsOn": column(Subscription.starts_on, "The day on which it starts or started.", filtered=True, ordered=True),
        "endsOn": column(Subscription.ends_on, "The day on which it ends or ended; null: no end is known.", filtered=True, ordered=True),
        "customFields": computed("[CustomField!]!", "Fields that its source adds.", needs=(expression_of(Subscription.custom),), make=CustomField.list_of),
        "references": references(Entity.SUBSCRIPTION),
        "isDeleted": column(Subscription.is_deleted, "Whether its source has deleted it. Lists leave such rows out unless this filter is used.", filtered=True),
        "firstSeenAt": column(Subscription.first_seen_at, "When the hub first saw it."),
        "updatedAt": column(Subscription.updated_at, "When its row last changed.", filtered=True, ordered=True),
    },
    filters={"customer": RelatedFilter("Of a customer that matches.", "Customer", "customer_id")},
    hidden={"isDeleted": lambda scope: scope.c.is_deleted.is_(sa.false())},
)
