"""Contacts."""

from hub.model import Contact, table_of
from hub.plugins.records import ContactRecord, Record
from hub.sync.context import RunContext
from hub.sync.landing.customers import search_text
from hub.sync.landing.frame import Landing, Parents, Values, customer_ids, document, expect, nothing_more
from hub.vocabulary import Entity, Stream

_COLUMNS = "customer_id home_customer_id name search_name job_title email phone mobile language time_zone roles is_primary custom".split()


def _values(record: Record, parents: Parents, _context: RunContext) -> Values:
    record = expect(record, ContactRecord)
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.name,
        search_text(record.name),
        record.job_title,
        record.email,
        record.phone,
        record.mobile,
        record.language,
        record.time_zone,
        document([role.stored for role in record.roles]),
        record.is_primary,
        document(record.custom),
    )


def _fresh(_record: Record, _values: Values, context: RunContext) -> Values:
    return (False, context.now, context.now)


LANDING = Landing(
    stream=Stream.CONTACTS,
    entity=Entity.CONTACT,
    table=table_of(Contact),
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=("is_deleted", "first_seen_at", "updated_at"),
    fresh=_fresh,
    created=nothing_more,
    changed=nothing_more,
)
