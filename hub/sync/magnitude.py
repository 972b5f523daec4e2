"""Amounts that would not fit once converted: refused with the record that brings them, an amount or a rate, so that no later page meets them."""

from collections.abc import Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from hub.errors import RecordError
from hub.health.rate_table import RateTable
from hub.model import CreditNote, ExchangeRate, Invoice, Payment, RateWindow, Refund, table_of
from hub.money import MAX_MINOR, exponent
from hub.plugins.collection_records import RefundRecord
from hub.plugins.records import CreditNoteRecord, ExchangeRateRecord, InvoiceRecord, PaymentRecord, Record
from hub.sync.context import Incoming, PageWork
from hub.vocabulary import Stream

MAX_CONVERTED = 100 * MAX_MINOR
"""The largest converted amount, in minor units of the workspace's currency: sums of many of them still fit 64 bits."""

_STEEP = MAX_CONVERTED // MAX_MINOR
_RATES = table_of(ExchangeRate)
_WINDOWS = table_of(RateWindow)
_INVOICES = table_of(Invoice)
_KEPT = (
    (_INVOICES, ("total_minor", "source_paid_minor", "source_adjusted_minor", "source_write_off_minor", "source_balance_minor")),
    (table_of(Payment), ("amount_minor",)),
    (table_of(CreditNote), ("total_minor",)),
    (table_of(Refund), ("amount_minor",)),
)
_NAMES = {Stream.INVOICES: "total", Stream.CREDIT_NOTES: "total", Stream.PAYMENTS: "amount", Stream.REFUNDS: "amount"}
_STEEP_WINDOWS: WeakKeyDictionary[RateTable, Mapping[str, float]] = WeakKeyDictionary()
"""By rate table, so that they are looked up once for all pages between two changes of rates."""


def find_oversized(work: PageWork, stream: Stream, items: Sequence[Incoming]) -> dict[str, RecordError]:
    """Records of a stream, by external id, of which some amount would be out of range when it is converted."""
    if stream is Stream.EXCHANGE_RATES:
        return _oversizing_rates(work, items)
    steep = _steep_rates(work)
    found: dict[str, RecordError] = {}
    for item in items if steep else ():
        currency, amounts = _amounts(item.record)
        ratio = steep.get(currency, 0.0)
        most = max((abs(amount) for amount in amounts if amount), default=0)
        if most * ratio > MAX_CONVERTED:
            base = work.run.basis.base_currency
            reason = f"{most} minor units of {currency} are outside the range of amounts when converted to {base}"
            found[item.external_id] = RecordError(reason, reference=item.external_id, field=_NAMES[stream])
    return found


def _oversizing_rates(work: PageWork, items: Sequence[Incoming]) -> dict[str, RecordError]:
    base = work.run.basis.base_currency
    largest: dict[str, int] = {}
    found: dict[str, RecordError] = {}
    for item in items:
        record = item.record
        if not isinstance(record, ExchangeRateRecord) or base not in (record.currency, record.base_currency):
            continue
        currency, ratio = _into_base(base, record.currency, record.base_currency, rate=record.numerator / record.denominator)
        if ratio <= _STEEP:
            continue
        most = largest.get(currency)
        if most is None:
            most = largest[currency] = _largest_kept(work, currency)
        if most * ratio > MAX_CONVERTED:
            reason = f"with it {most} minor units of {currency}, which are kept, would be outside the range of amounts when converted to {base}"
            found[item.external_id] = RecordError(reason, reference=item.external_id, field="rate")
    return found


def _into_base(base: str, currency: str, base_currency: str, *, rate: float) -> tuple[str, float]:
    """The currency that a rate converts, and by how much its minor units are multiplied."""
    if base_currency != base:
        currency, rate = base_currency, 1 / rate
    return currency, rate * 10.0 ** (exponent(base) - exponent(currency))


def _steep_rates(work: PageWork) -> Mapping[str, float]:
    """The steepest rate of each currency that has steep ones: those in force at any time, and those of this page."""
    table = work.run.rates
    steep = _STEEP_WINDOWS.get(table)
    if steep is None:
        ratio = sa.cast(_WINDOWS.c.numerator, sa.Double) / sa.cast(_WINDOWS.c.denominator, sa.Double)
        query = sa.select(_WINDOWS.c.currency, sa.func.max(ratio)).where(ratio > _STEEP).group_by(_WINDOWS.c.currency)
        steep = _STEEP_WINDOWS[table] = {currency: float(most) for currency, most in work.connection.execute(query)}
    return _with_facts(work, steep) if work.rates_changed else steep


def _with_facts(work: PageWork, steep: Mapping[str, float]) -> Mapping[str, float]:
    base, table = work.run.basis.base_currency, _RATES
    ratio = sa.cast(table.c.numerator, sa.Double) / sa.cast(table.c.denominator, sa.Double)
    both = (table.c.currency, table.c.base_currency)
    query = sa.select(*both, sa.func.max(ratio), sa.func.min(ratio)).where(sa.or_(*(name == base for name in both))).group_by(*both)
    found = dict(steep)
    for currency, base_currency, *ends in work.connection.execute(query):
        for end in ends:
            name, most = _into_base(base, currency, base_currency, rate=float(end))
            if most > max(_STEEP, found.get(name, 0.0)):
                found[name] = most
    return found


def _largest_kept(work: PageWork, currency: str) -> int:
    most = 0
    for table, names in _KEPT:
        query = sa.select(*(sa.func.max(table.c[name]) for name in names)).where(table.c.currency == currency)
        most = max(most, *(int(value or 0) for value in work.connection.execute(query).one()))
    return most


def _amounts(record: Record) -> tuple[str, Iterable[int | None]]:
    if isinstance(record, InvoiceRecord):
        stated = (record.amount_paid_minor, record.amount_adjusted_minor, record.write_off_minor, record.balance_minor)
        return record.currency, (record.total_minor, *stated)
    if isinstance(record, (PaymentRecord, RefundRecord)):
        return record.currency, (record.amount_minor,)
    if isinstance(record, CreditNoteRecord):
        return record.currency, (record.total_minor,)
    return "", ()
