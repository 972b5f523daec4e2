"""Subscriptions: their status, as the billing system has it."""

from hub.model import Subscription, table_of
from hub.plugins.collection_records import SubscriptionRecord
from hub.plugins.records import Record
from hub.sync.context import RunContext
from hub.sync.landing.frame import OWN_COLUMNS, Landing, Parents, Values, customer_ids, document, expect, nothing_more, own_values
from hub.vocabulary import Entity, Stream

_COLUMNS = "customer_id home_customer_id plan status source_status starts_on ends_on custom".split()


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, SubscriptionRecord)
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.plan,
        record.status.stored,
        record.source_status,
        run.day(record.starts_on),
        run.day(record.ends_on),
        document(record.custom),
    )


LANDING = Landing(
    stream=Stream.SUBSCRIPTIONS,
    entity=Entity.SUBSCRIPTION,
    table=table_of(Subscription),
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=OWN_COLUMNS,
    fresh=own_values,
    created=nothing_more,
    changed=nothing_more,
)
