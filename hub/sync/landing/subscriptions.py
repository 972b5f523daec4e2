"""Subscriptions: their status, as the billing system has it."""

from collections.abc import Sequence

from hub.model import Subscription, table_of
from hub.plugins.collection_records import SubscriptionRecord
from hub.plugins.records import Record
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.frame import Landed, Landing, Parents, Values, document, expect, parent_id
from hub.vocabulary import Entity, Stream

_COLUMNS = "customer_id plan status source_status starts_on ends_on custom".split()


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, SubscriptionRecord)
    return (
        parent_id(parents, record.customer_external_id, reference=record.external_id),
        record.plan,
        record.status.stored,
        record.source_status,
        run.day(record.starts_on),
        run.day(record.ends_on),
        document(record.custom),
    )


def _fresh(_record: Record, _values: Values, run: RunContext) -> Values:
    return (run.connection_id, False, run.stamp, run.stamp)


def _nothing_more(_work: PageWork, _rows: Sequence[Landed]) -> None:
    """A subscription has no children and no figures."""


LANDING = Landing(
    stream=Stream.SUBSCRIPTIONS,
    entity=Entity.SUBSCRIPTION,
    table=table_of(Subscription),
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=("connection_id", "is_deleted", "first_seen_at", "updated_at"),
    fresh=_fresh,
    created=_nothing_more,
    changed=_nothing_more,
)
