"""What every record must satisfy before it lands; what fails is kept as a rejected record with the reason."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from hub.errors import RecordError
from hub.model import Connection, Customer, ExternalReference, InvoiceLine, Segment, table_of
from hub.model.columns import Row
from hub.money import exponent
from hub.plugins.records import (
    AllocationItem,
    ContactRecord,
    CreditNoteRecord,
    CrossReference,
    CustomerRecord,
    Deletion,
    ExchangeRateRecord,
    InvoiceLineItem,
    InvoiceRecord,
    PaymentRecord,
    Record,
)
from hub.plugins.source_item import Custom
from hub.sync.checks import MAX_ID, check_amount, check_currency, check_date, check_instant, check_length, check_name, check_text, is_of_64_bits
from hub.sync.collection_checks import require_valid_collection
from hub.sync.texts import NUL, has_nul


def _text_length(column: sa.Column[Any]) -> int | None:
    """The characters that a text column holds; None: no text, or any number of them."""
    kind = column.type
    implementation = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    return implementation.length if isinstance(implementation, sa.String) else None


def _length(row: type[Row], column: str) -> int:
    length = _text_length(table_of(row).c[column])
    if length is None:
        message = f"{column} has no length"
        raise TypeError(message)
    return length


_MOST_DAYS = 2**31 - 1
_MAX_RATE = 10**12
_STEEPEST = 10**9
_CODES = frozenset(("currency", "base_currency", "country"))
_COUNTRY_LENGTH = _length(Customer, "country")
_SEGMENT_LENGTH = _length(Segment, "name")
_CONNECTION_LENGTH = _length(Connection, "name")
_URL_LENGTH = _length(ExternalReference, "url")
_LINE_TEXTS = tuple((name, _length(InvoiceLine, name)) for name in ("item_name", "quantity", "unit_price"))


def require_keepable(record: Record, encoded: bytes) -> None:
    """Raise RecordError when not even a look-up could be made with a record: its id, version, instant or some text is none that can be kept."""
    require_comparable(record)
    if NUL in encoded and has_nul(encoded):
        raise RecordError("it contains a NUL character, which no text may", reference=record.external_id)


def require_comparable(told: Record | Deletion) -> None:
    """Raise RecordError when what is told of an object has an id, a version or an instant that none here could be compared with."""
    reference = told.external_id
    if not 0 < len(reference) <= MAX_ID:
        raise RecordError(f"an external id has 1 to {MAX_ID} characters, this one has {len(reference)}", reference=reference[:MAX_ID], field="external_id")
    version, updated = told.source_version, told.source_updated_at
    if version is not None and not is_of_64_bits(version):
        raise RecordError("a version is a whole number of 64 bits", reference=reference, field="source_version")
    if updated is not None:
        check_instant(told, "source_updated_at", updated)


def require_valid(record: Record) -> None:
    """Raise RecordError with the field and the reason when a record cannot be kept as it is."""
    if record.url is not None:
        check_length(record, "url", record.url, limit=_URL_LENGTH)
    custom: Custom | None = getattr(record, "custom", None)
    if custom:
        _check_custom(record, custom)
    match record:
        case InvoiceRecord():
            _check_invoice(record)
        case PaymentRecord():
            _check_payment(record)
        case CreditNoteRecord():
            _check_credit_note(record)
        case CustomerRecord():
            _check_customer(record)
        case ContactRecord():
            check_text(record, "name", record.name)
        case ExchangeRateRecord():
            _check_rate(record)
        case _:
            require_valid_collection(record)


def require_lengths(table: sa.Table, columns: Sequence[str], values: Sequence[Any], *, reference: str) -> None:
    """Raise RecordError when a text is longer than its column, on both databases alike."""
    shortest, texts, limits = _limits(table, tuple(columns))
    if max(map(len, filter(None, texts(values))), default=0) <= shortest:
        return
    for position, name, limit in limits:
        value = values[position]
        if value is not None and len(value) > limit:
            raise RecordError(f"the text has {len(value)} characters, at most {limit} are kept", reference=reference, field=name)


@cache
def _limits(table: sa.Table, columns: tuple[str, ...]) -> tuple[int, Callable[[Sequence[Any]], Iterable[str | None]], Sequence[tuple[int, str, int]]]:
    """The lowest limit of a table's texts, how to take the texts out of a row, and each limit with its position and column.

    Codes are left out: they are checked for what they are.
    """
    found: list[tuple[int, str, int]] = []
    for position, name in enumerate(columns):
        column = table.c[name]
        if isinstance(column.type, sa.Enum) or name in _CODES:
            continue
        length = _text_length(column)
        if length:
            found.append((position, name, length))
    positions = [position for position, _, _ in found]
    return min((limit for _, _, limit in found), default=0), _taking(positions), found


def _taking(positions: Sequence[int]) -> Callable[[Sequence[Any]], Iterable[str | None]]:
    """What takes the values at some positions out of a row; `itemgetter` gives a tuple only where there are two or more."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda values: [values[position] for position in positions]


def _check_custom(record: Record, custom: Custom) -> None:
    for name, value in custom.items():
        if isinstance(value, int) and not is_of_64_bits(value):
            reason = f"the value of {name[:50]!r} is a whole number of more than 64 bits: send it as text"
            raise RecordError(reason, reference=record.external_id, field="custom")


def _check_invoice(record: InvoiceRecord) -> None:
    check_currency(record, record.currency)
    total = record.total_minor
    if total < 0:
        raise RecordError("an invoice's total is not negative: deliver it as a credit note", reference=record.external_id, field="total")
    check_amount(record, "total", total)
    for name, amount in (
        ("amount_paid", record.amount_paid_minor),
        ("amount_adjusted", record.amount_adjusted_minor),
        ("write_off", record.write_off_minor),
        ("balance", record.balance_minor),
    ):
        if amount:
            check_amount(record, name, amount)
    check_date(record, "document_date", record.document_date)
    if record.due_date is not None:
        check_date(record, "due_date", record.due_date)
    if record.due_parts:
        _check_due_parts(record)
    for line in record.lines:
        _check_line(record, line)


def _check_line(record: Record, line: InvoiceLineItem) -> None:
    check_amount(record, "lines", line.amount_minor)
    for (name, limit), text in zip(_LINE_TEXTS, (line.item_name, line.quantity, line.unit_price), strict=True):
        if text is not None and len(text) > limit:
            check_length(record, f"lines.{name}", text, limit=limit)


def _check_due_parts(record: InvoiceRecord) -> None:
    parts = sum(part.amount_minor for part in record.due_parts)
    if parts != record.total_minor or any(part.amount_minor < 0 for part in record.due_parts):
        reason = f"the due parts add up to {parts} minor units of {record.currency}, the total is {record.total_minor}; none may be negative"
        raise RecordError(reason, reference=record.external_id, field="due_parts")
    for part in record.due_parts:
        check_date(record, "due_parts", part.due_date)


def _check_payment(record: PaymentRecord) -> None:
    check_currency(record, record.currency)
    check_amount(record, "amount", record.amount_minor)
    if record.amount_minor < 0:
        raise RecordError("a payment's amount is not negative: deliver money given back as a refund", reference=record.external_id, field="amount")
    check_date(record, "payment_date", record.payment_date)
    check_date(record, "reversed_on", record.reversed_on)
    _check_allocations(record, record.allocations, record.amount_minor)


def _check_credit_note(record: CreditNoteRecord) -> None:
    check_currency(record, record.currency)
    check_amount(record, "total", record.total_minor)
    if record.total_minor < 0:
        raise RecordError("a credit note's total is not negative: it is what the customer is credited with", reference=record.external_id, field="total")
    if record.balance_minor is not None and not 0 <= record.balance_minor <= record.total_minor:
        raise RecordError("the balance lies between zero and the total", reference=record.external_id, field="balance")
    check_date(record, "document_date", record.document_date)
    _check_allocations(record, record.allocations, record.total_minor)


def _check_allocations(record: Record, allocations: list[AllocationItem], amount_minor: int) -> None:
    allocated = 0
    for item in allocations:
        check_amount(record, "allocations", item.amount_minor)
        if item.currency is not None:
            check_currency(record, item.currency, "allocations")
        if item.allocated_minor is not None:
            check_amount(record, "allocations", item.allocated_minor)
        check_date(record, "allocations", item.allocation_date)
        if not item.invoice_external_id or len(item.invoice_external_id) > MAX_ID:
            raise RecordError("an allocation names no invoice", reference=record.external_id, field="allocations")
        allocated += item.taken_minor
    if allocated > amount_minor:
        reason = f"the allocations add up to {allocated} minor units, more than the {amount_minor} there are"
        raise RecordError(reason, reference=record.external_id, field="allocations")


def _check_customer(record: CustomerRecord) -> None:
    check_text(record, "name", record.name)
    if record.currency is not None:
        check_currency(record, record.currency)
    for currency, amount in (record.reported_balances or {}).items():
        check_currency(record, currency, "reported_balances")
        check_amount(record, "reported_balances", amount)
    if record.country is not None:
        check_length(record, "country", record.country, limit=_COUNTRY_LENGTH)
    if record.payment_terms_days is not None and abs(record.payment_terms_days) > _MOST_DAYS:
        raise RecordError(f"{record.payment_terms_days} days are outside the range of payment terms", reference=record.external_id, field="payment_terms_days")
    for segment in record.segments:
        check_length(record, "segments", segment, limit=_SEGMENT_LENGTH)
    for known in record.known_as:
        _check_cross_reference(record, known)
    if record.hub_reference is not None:
        check_name(record, "hub_reference", record.hub_reference)
    if record.parent_external_id is not None and record.parent_external_id == record.external_id:
        raise RecordError("a customer cannot be its own parent", reference=record.external_id, field="parent")


def _check_cross_reference(record: CustomerRecord, known: CrossReference) -> None:
    check_name(record, "known_as", known.external_id)
    if (known.kind is None) == (known.connection is None):
        raise RecordError("an id in another system names a kind of system or a connection, and not both", reference=record.external_id, field="known_as")
    if known.connection is not None and not 0 < len(known.connection) <= _CONNECTION_LENGTH:
        raise RecordError(f"the name of a connection has 1 to {_CONNECTION_LENGTH} characters", reference=record.external_id, field="known_as")


def _check_rate(record: ExchangeRateRecord) -> None:
    check_currency(record, record.currency)
    check_currency(record, record.base_currency, "base_currency")
    if record.currency == record.base_currency:
        raise RecordError("a rate is between two different currencies", reference=record.external_id, field="currency")
    if not (0 < record.numerator <= _MAX_RATE and 0 < record.denominator <= _MAX_RATE):
        raise RecordError(f"numerator and denominator lie between 1 and {_MAX_RATE}", reference=record.external_id, field="rate")
    numerator, denominator = record.numerator * 10 ** exponent(record.base_currency), record.denominator * 10 ** exponent(record.currency)
    if numerator > denominator * _STEEPEST or denominator > numerator * _STEEPEST:
        reason = f"minor units of one currency are more than {_STEEPEST} of the other"
        raise RecordError(reason, reference=record.external_id, field="rate")
    check_date(record, "rate_date", record.rate_date)
