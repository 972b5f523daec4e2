"""Refunds: each lowers what is left of the payment or credit note that it gives back, from its own day on."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.model import CreditNote, ExternalReference, Payment, Refund, table_of
from hub.plugins.collection_records import RefundRecord
from hub.plugins.records import Notice, Record
from hub.store.lookup import is_among
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.frame import OWN_COLUMNS, Landing, Parents, Values, customer_ids, document, expect, nothing_more, own_values
from hub.sync.landing.links import Link, Links
from hub.vocabulary import Entity, Stream

_REFUNDS = table_of(Refund)
_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)
_REFERENCES = table_of(ExternalReference)

_COLUMNS = (
    "customer_id home_customer_id payment_external_id credit_note_external_id state source_status currency refund_date amount_minor reason custom".split()
)


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, RefundRecord)
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.payment_external_id,
        record.credit_note_external_id,
        record.state.stored,
        record.source_status,
        record.currency,
        run.day(record.refund_date),
        record.amount_minor,
        record.reason,
        document(record.custom),
    )


def _touch(work: PageWork, ids: Sequence[int]) -> None:
    """Note the payments and credit notes of some refunds."""
    table = _REFUNDS.c
    for payment_id, credit_note_id in work.connection.execute(sa.select(table.payment_id, table.credit_note_id).where(is_among(table.id, ids))):
        for touched, key in ((work.touched_payments, payment_id), (work.touched_credit_notes, credit_note_id)):
            if key is not None:
                touched.add(key)


def _joined(work: PageWork, ids: Sequence[int]) -> None:
    _touch(work, ids)
    _notice_other_currencies(work, ids)


def _notice_other_currencies(work: PageWork, ids: Sequence[int]) -> None:
    """Tell of refunds in another currency than what they give back: they lower nothing, for nobody may guess the rate."""
    own = sa.func.coalesce(_PAYMENTS.c.currency, _CREDIT_NOTES.c.currency).label("own")
    is_its_reference = sa.and_(_REFERENCES.c.entity == Entity.REFUND, _REFERENCES.c.entity_id == _REFUNDS.c.id)
    statement = (
        sa.select(_REFERENCES.c.external_id, _REFUNDS.c.currency, own)
        .join(_REFERENCES, is_its_reference)
        .outerjoin(_PAYMENTS, _PAYMENTS.c.id == _REFUNDS.c.payment_id)
        .outerjoin(_CREDIT_NOTES, _CREDIT_NOTES.c.id == _REFUNDS.c.credit_note_id)
        .where(is_among(_REFUNDS.c.id, ids), _REFUNDS.c.is_deleted.is_(False), own != _REFUNDS.c.currency)
        .order_by(_REFUNDS.c.id)
    )
    for external_id, currency, other in work.connection.execute(statement):
        message = f"it is in {currency}, what it gives back is in {other}: it lowers nothing until the source states it in {other}"
        work.notices.append(Notice(place=external_id, field="currency", message=message))


LANDING = Landing(
    stream=Stream.REFUNDS,
    entity=Entity.REFUND,
    table=_REFUNDS,
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=OWN_COLUMNS,
    fresh=own_values,
    created=nothing_more,
    changed=nothing_more,
    links=Links(
        _REFUNDS,
        (
            Link("payment_id", "payment_external_id", Stream.PAYMENTS),
            Link("credit_note_id", "credit_note_external_id", Stream.CREDIT_NOTES),
        ),
        left=_touch,
        joined=_joined,
    ),
)
