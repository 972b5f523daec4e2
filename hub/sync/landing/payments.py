"""Payments: their allocations become settlements; a return or chargeback takes these back on its own day."""

from collections.abc import Mapping, Sequence
from datetime import date

from hub.health.amounts import REVERSED_STATES, SETTLING_STATES, Rate, convert, payment_counts
from hub.model import Payment, table_of
from hub.plugins.records import PaymentRecord, Record
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.allocations import SETTLEMENTS, Allocating, insert_settlements, remove_settlements, without_authority
from hub.sync.landing.frame import Landed, Landing, Parents, Values, customer_ids, document, expect
from hub.sync.landing.joining import join_arrived
from hub.vocabulary import DateBasis, Entity, PaymentState, Stream

PAYMENTS = table_of(Payment)

_COLUMNS = (
    "customer_id home_customer_id state source_status reconciliation origin method_kind reference gateway gateway_transaction_id currency payment_date "
    "reversed_on reversal_basis memo custom amount_minor source_updated_at"
).split()
_STATE, _REVERSED_ON, _BASIS = (_COLUMNS.index(name) for name in ("state", "reversed_on", "reversal_basis"))
KEPT_COLUMNS = ("allocated_minor", "refunded_minor", "unapplied_minor", "converted_amount_minor", "converted_unapplied_minor", "rate_window_id")
_FRESH_COLUMNS = ("connection_id", *KEPT_COLUMNS, "is_authoritative", "is_deleted", "first_seen_at", "updated_at")


def kept_amounts(amount_minor: int, *, counts: bool, allocated_minor: int, refunded_minor: int, rate: Rate | None) -> Values:
    """The values of `KEPT_COLUMNS`; `counts` says whether the payment's money is there, `rate` None that there is no rate."""
    unapplied = amount_minor - allocated_minor - refunded_minor if counts else 0
    window = None if rate is None else rate.window_id
    return (allocated_minor, refunded_minor, unapplied, convert(amount_minor, rate), convert(unapplied, rate), window)


def reversal(record: PaymentRecord, run: RunContext) -> tuple[date | None, DateBasis | None]:
    """When a returned or charged-back payment was taken back: as stated, else the source's update date, else today."""
    if record.state not in REVERSED_STATES:
        return None, None
    if record.reversed_on is not None:
        return record.reversed_on, DateBasis.STATED
    updated = record.source_updated_at
    return (run.today if updated is None else updated.astimezone(run.zone).date()), DateBasis.INFERRED


def _values(record: Record, parents: Parents, run: RunContext) -> Values:
    record = expect(record, PaymentRecord)
    reversed_on, basis = reversal(record, run)
    return (
        *customer_ids(parents, record.customer_external_id, reference=record.external_id),
        record.state.stored,
        record.source_status,
        record.reconciliation.stored,
        record.origin.stored,
        None if record.method_kind is None else record.method_kind.stored,
        record.reference,
        record.gateway,
        record.gateway_transaction_id,
        record.currency,
        run.day(record.payment_date),
        run.day(reversed_on),
        None if basis is None else basis.stored,
        record.memo,
        document(record.custom),
        record.amount_minor,
        run.instant(record.source_updated_at),
    )


def _fresh(record: Record, _values: Values, run: RunContext) -> Values:
    """The kept amounts of a payment whose allocations all take effect as it says; what its invoices say otherwise is settled afterwards."""
    record = expect(record, PaymentRecord)
    counts = payment_counts(record.state, payment_date=record.payment_date, reversed_on=reversal(record, run)[0], today=run.today)
    rate = run.rates.rate(record.currency, document_date=record.payment_date, today=run.today)
    allocated = _plainly_allocated(record, run.today)
    kept = kept_amounts(record.amount_minor, counts=counts, allocated_minor=allocated, refunded_minor=0, rate=rate)
    return (run.connection_id, *kept, True, False, run.stamp, run.stamp)


def _plainly_allocated(record: PaymentRecord, today: date) -> int:
    """What a settled payment has allocated by today as far as its own record tells: dates and currencies of its invoices may change that."""
    if record.state is not PaymentState.SETTLED:
        return 0
    effective = (item for item in record.allocations if (item.allocation_date or record.payment_date) <= today)
    return sum(item.taken_minor for item in effective)


def _kept(values: Values, stored: Values) -> Values:
    """A reversal date that was inferred stays as it was first given while the payment stays reversed."""
    was_inferred = stored[_BASIS] == values[_BASIS] == DateBasis.INFERRED.stored
    return (*values[:_REVERSED_ON], stored[_REVERSED_ON], *values[_REVERSED_ON + 1 :]) if was_inferred else values


def _created(work: PageWork, rows: Sequence[Landed]) -> None:
    allocated = _settle(work, rows, silent=set())
    for row in rows:
        if allocated.get(row.entity_id, 0) != _plainly_allocated(expect(row.item.record, PaymentRecord), work.run.today):
            work.touched_payments.add(row.entity_id)
    join_arrived(work, Stream.PAYMENTS, rows)


def _changed(work: PageWork, rows: Sequence[Landed]) -> None:
    ids = [row.entity_id for row in rows]
    remove_settlements(work, SETTLEMENTS.c.payment_id, ids)
    _settle(work, rows, silent=without_authority(work, PAYMENTS, ids))
    work.touched_payments.update(ids)


def _settle(work: PageWork, rows: Sequence[Landed], *, silent: set[int]) -> Mapping[int, int]:
    return insert_settlements(work, [_allocating(row, is_silent=row.entity_id in silent) for row in rows])


def _allocating(row: Landed, *, is_silent: bool) -> Allocating:
    record = expect(row.item.record, PaymentRecord)
    reversed_on, basis = row.values[_REVERSED_ON], row.values[_BASIS]
    return Allocating(
        payment_id=row.entity_id,
        credit_note_id=None,
        external_id=record.external_id,
        currency=record.currency,
        dated=record.payment_date,
        counts=record.state in SETTLING_STATES and not is_silent,
        reversed_on=date.fromisoformat(reversed_on) if isinstance(reversed_on, str) else reversed_on,
        reversal_basis=DateBasis.STATED if basis is None else DateBasis(basis),
        allocations=record.allocations,
    )


LANDING = Landing(
    stream=Stream.PAYMENTS,
    entity=Entity.PAYMENT,
    table=PAYMENTS,
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=tuple(_FRESH_COLUMNS),
    fresh=_fresh,
    created=_created,
    changed=_changed,
    kept=_kept,
    lists=("allocations",),
)
