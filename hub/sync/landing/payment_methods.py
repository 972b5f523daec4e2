"""Payment methods: what may be shown of a stored means of payment."""

from collections.abc import Sequence

from hub.model import PaymentMethod, table_of
from hub.plugins.collection_records import PaymentMethodRecord
from hub.plugins.records import Record
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.frame import OWN_COLUMNS, Landed, Landing, Parents, Values, customer_ids, expect, nothing_more, own_values
from hub.sync.landing.joining import join_arrived
from hub.vocabulary import Entity, Stream

_COLUMNS = "customer_id home_customer_id kind friendly_name brand last_four fingerprint expires_on status is_primary is_backup".split()


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, PaymentMethodRecord)
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.kind.stored,
        record.friendly_name,
        record.brand,
        record.last_four,
        record.fingerprint,
        run.day(record.expires_on),
        record.status.stored,
        record.is_primary,
        record.is_backup,
    )


def _created(work: PageWork, rows: Sequence[Landed]) -> None:
    join_arrived(work, Stream.PAYMENT_METHODS, rows)


LANDING = Landing(
    stream=Stream.PAYMENT_METHODS,
    entity=Entity.PAYMENT_METHOD,
    table=table_of(PaymentMethod),
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=OWN_COLUMNS,
    fresh=own_values,
    created=_created,
    changed=nothing_more,
)
