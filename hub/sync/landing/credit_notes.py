"""Credit notes: their allocations become settlements; what the source calls used above those is the residual."""

from collections.abc import Sequence

from hub.model import CreditNote, table_of
from hub.plugins.records import CreditNoteRecord, Record
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.allocations import SETTLEMENTS, Allocating, insert_settlements, remove_settlements, without_authority
from hub.sync.landing.frame import Landed, Landing, Parents, Values, customer_ids, document, expect
from hub.sync.landing.joining import join_arrived
from hub.vocabulary import DateBasis, Entity, Lifecycle, Stream

CREDIT_NOTES = table_of(CreditNote)

_COLUMNS = (
    "customer_id home_customer_id number lifecycle source_status currency document_date posting_date voided_on reason location business_unit custom "
    "total_minor source_balance_minor stated_used_on source_updated_at"
).split()
_FRESH_COLUMNS = (
    "connection_id allocated_minor refunded_minor unutilised_minor residual_minor residual_date is_authoritative is_deleted first_seen_at updated_at"
).split()


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, CreditNoteRecord)
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.number,
        record.lifecycle.stored,
        record.source_status,
        record.currency,
        run.day(record.document_date),
        run.day(record.posting_date),
        run.day(record.voided_on),
        record.reason,
        record.location,
        record.business_unit,
        document(record.custom),
        record.total_minor,
        record.balance_minor,
        run.day(record.used_on),
        run.instant(record.source_updated_at),
    )


def _fresh(_record: Record, _values: Values, run: RunContext) -> Values:
    return (run.connection_id, 0, 0, 0, 0, None, True, False, run.now, run.now)


def _created(work: PageWork, rows: Sequence[Landed]) -> None:
    _write(work, rows, silent=set())
    join_arrived(work, Stream.CREDIT_NOTES, rows)


def _changed(work: PageWork, rows: Sequence[Landed]) -> None:
    ids = [row.entity_id for row in rows]
    remove_settlements(work, SETTLEMENTS.c.credit_note_id, ids)
    _write(work, rows, silent=without_authority(work, CREDIT_NOTES, ids))


def _write(work: PageWork, rows: Sequence[Landed], *, silent: set[int]) -> None:
    insert_settlements(work, [_allocating(row, is_silent=row.entity_id in silent) for row in rows])
    work.touched_credit_notes.update(row.entity_id for row in rows)


def _allocating(row: Landed, *, is_silent: bool) -> Allocating:
    """A void credit note's allocations count until its date, if that is known, and never otherwise (B41)."""
    record = expect(row.item.record, CreditNoteRecord)
    is_void = record.lifecycle is Lifecycle.VOID
    return Allocating(
        payment_id=None,
        credit_note_id=row.entity_id,
        external_id=record.external_id,
        currency=record.currency,
        dated=record.document_date,
        counts=not is_silent and record.lifecycle is not Lifecycle.DRAFT and not (is_void and record.voided_on is None),
        reversed_on=record.voided_on if is_void else None,
        reversal_basis=DateBasis.STATED,
        allocations=record.allocations,
    )


LANDING = Landing(
    stream=Stream.CREDIT_NOTES,
    entity=Entity.CREDIT_NOTE,
    table=CREDIT_NOTES,
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=tuple(_FRESH_COLUMNS),
    fresh=_fresh,
    created=_created,
    changed=_changed,
    lists=("allocations",),
)
