"""A value that a person wants to set, checked like what a source would say."""

import msgspec
import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError, RecordError, RequestError
from hub.identity.circles import stands_below
from hub.identity.homes import counting_customers
from hub.identity.overrides import NewOverride
from hub.identity.settable import DEEDS, PAID, PARENT, SETTABLE, VOID
from hub.model import Customer, ExternalReference, Invoice, SourceRecord, table_of
from hub.plugins.records import InvoiceRecord, Record
from hub.store.lookup import is_among
from hub.sync.codec import decode, encode
from hub.sync.context import PageWork
from hub.sync.effective.customers import said_of
from hub.sync.effective.deeds import objection_to_deed
from hub.sync.effective.deeds import said_of as said_of_one
from hub.sync.effective.overridden import json_of, with_values
from hub.sync.effective.saying import Seen, says
from hub.sync.effective.single import CLOSED_BY_LIST
from hub.sync.effective.sources import composed_of, sources_of
from hub.sync.landing.frame import Landing
from hub.sync.landing.streams import LANDINGS
from hub.sync.settling import settled_sums
from hub.sync.validation import require_keepable, require_lengths, require_valid
from hub.sync.waiting import customer_of
from hub.vocabulary import Entity, Stream

_CUSTOMERS = table_of(Customer)
_INVOICES = table_of(Invoice)
_REFERENCES = table_of(ExternalReference)
_RECORDS = table_of(SourceRecord)
_DAYS = {VOID: "voided_on", PAID: "paid_on"}
_STREAMS = {Entity.CUSTOMER: Stream.CUSTOMERS, Entity.CONTACT: Stream.CONTACTS, Entity.INVOICE: Stream.INVOICES}


def new_override(work: PageWork, entity: Entity, entity_id: int, *, field: str, value: str | None) -> NewOverride:
    """What a person says of a field, with what the sources say of it now.

    Raises NotFoundError where no source knows such a row, RequestError where the field cannot be set or the value is none that it can have.
    """
    if field not in SETTABLE.get(entity, ()):
        known = ", ".join(sorted(SETTABLE.get(entity, ()))) or "nothing"
        raise RequestError(f"{field!r} cannot be set over what the sources say; {known} can", path=("field",))
    record, theirs, seen = _said(work, entity, entity_id, field=field)
    if field == "due_date" and isinstance(record, InvoiceRecord) and record.due_parts:
        raise ConflictError(f"this invoice is due in {len(record.due_parts)} parts, and their days are the source's alone: change them there", path=("field",))
    if field == PARENT:
        _require_parent(work, entity_id, value)
    else:
        value = _checked(work, LANDINGS[_STREAMS[entity]], record, field=field, value=value)
    return NewOverride(field=field, value=value, source_value=theirs, actor=work.run.actor or "", reason=work.run.reason, seen=seen)


def _said(work: PageWork, entity: Entity, entity_id: int, *, field: str) -> tuple[Record, str | None, Seen | None]:
    """What the sources say of a row, and of one field of it: together, and each where there may be several."""
    if entity is Entity.CUSTOMER:
        sources = sources_of(work.connection, {entity_id: {entity_id}}).get(entity_id)
        if not sources:
            raise NotFoundError("there is no such customer", path=("id",))
        composed = composed_of(work, sources)
        connections = {source.reference_id: source.connection_id for source in sources}
        return composed.record, said_of(composed, field, connections)[0], says(composed, field)
    if field in DEEDS:
        _require_counting(work, entity_id)
    columns = (_REFERENCES.c.content_hash, _RECORDS.c.record)
    mine = sa.and_(_REFERENCES.c.entity == entity, _REFERENCES.c.entity_id == entity_id)
    row = work.connection.execute(sa.select(*columns).join(_RECORDS, _RECORDS.c.reference_id == _REFERENCES.c.id).where(mine)).first()
    if row is None:
        raise NotFoundError(f"there is no such {entity.value.lower()}", path=("id",))
    record = decode(_STREAMS[entity], row.record)
    objection = None
    if field in DEEDS and isinstance(record, InvoiceRecord):
        is_closed = field == PAID and row.content_hash == CLOSED_BY_LIST
        settled, _ = settled_sums(work.connection, [entity_id], work.run.today, with_presumed=False)
        objection = "the list of what is open no longer names this invoice" if is_closed else objection_to_deed(record, field, settled[entity_id])
    if objection is not None:
        raise ConflictError(objection, path=("field",))
    return record, said_of_one(record, row.content_hash, field), None


def _require_counting(work: PageWork, invoice_id: int) -> None:
    """What is done to an invoice is done to the one that counts, and not to another system's appearance of it."""
    found = work.connection.execute(sa.select(_INVOICES.c.appearance_of_id, _INVOICES.c.number).where(_INVOICES.c.id == invoice_id)).first()
    if found is not None and found.appearance_of_id is not None:
        raise ConflictError(f"this is another system's appearance of invoice {found.number}, and enters no figure: take the one that counts", path=("id",))


def _checked(work: PageWork, landing: Landing, record: Record, *, field: str, value: str | None) -> str | None:
    """The value as a record would write it, so that it can be compared with what sources say."""
    if field in DEEDS and value is None:
        raise RequestError(f"say the day from which on the invoice is {field}; to take it back, clear it", path=("value",))
    try:
        wanted = with_values(record, {field: value})
        require_keepable(wanted, encode(wanted))
        require_valid(wanted)
        parents = {} if landing.customer_column is None else {customer_of(wanted): (0, None)}
        require_lengths(landing.table, landing.columns, landing.values(wanted, parents, work.run), reference=record.external_id)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise RequestError(f"this is no value of {field!r}: {error}", path=("value",)) from error
    except RecordError as error:
        raise RequestError(str(error), path=("value",)) from error
    if field == PAID and isinstance(wanted, InvoiceRecord) and wanted.paid_on is not None and wanted.paid_on > work.run.today:
        raise RequestError("the day is yet to come: money that is promised has not been paid", path=("value",))
    return json_of(getattr(wanted, _DAYS.get(field, field)))


def _require_parent(work: PageWork, customer_id: int, value: str | None) -> None:
    """A parent is judged by the customers that count, as it is placed: one that was merged into the customer is the customer itself."""
    try:
        parent = None if value is None else msgspec.json.decode(value, type=int)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise RequestError(f"this is no customer: {error}", path=("value",)) from error
    if parent is None:
        return
    if not work.connection.execute(sa.select(_CUSTOMERS.c.id).where(is_among(_CUSTOMERS.c.id, [parent]))).first():
        raise NotFoundError("there is no such customer", path=("value",))
    counting = counting_customers(work.connection, [customer_id, parent])
    if stands_below(work.connection, counting[parent], counting[customer_id]):
        raise ConflictError("it is the customer itself, or stands below it: that would be a circle", path=("value",))
