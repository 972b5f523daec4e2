"""What a mapping may fill: the fields of each kind of record, read off the record types themselves.

A field is called as in its record, without `_minor` on amounts. Some fields are of the mapping's own: `rate` (numerator and
denominator of an exchange rate), `reported_balance` (one amount of `reported_balances`), `currency` on an allocation (that of the invoice, where it is not the
payment's), and `accounting_id`, `billing_id`, `crm_id` and `gateway_id` of a customer (each an item of `known_as`).
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum, auto
from types import MappingProxyType, UnionType
from typing import Any, get_args, get_origin

import msgspec

from hub.plugins import (
    AllocationItem,
    ConnectionKind,
    ContactRecord,
    CreditNoteRecord,
    CustomerRecord,
    DuePartItem,
    ExchangeRateRecord,
    InvoiceLineItem,
    InvoiceRecord,
    PaymentAttemptRecord,
    PaymentMethodRecord,
    PaymentRecord,
    Record,
    RefundRecord,
    Stream,
    SubscriptionRecord,
)

Item = InvoiceLineItem | DuePartItem | AllocationItem


class FieldKind(StrEnum):
    """What a cell must be for a field."""

    ID = auto()
    TEXT = auto()
    TEXTS = auto()
    AMOUNT = auto()
    DECIMAL = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    DATE = auto()
    INSTANT = auto()
    CURRENCY = auto()
    CHOICE = auto()
    CHOICES = auto()
    RATE = auto()


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field that a mapping may fill. `attribute` is its name in the record; `limit` the longest text (None: any)."""

    name: str
    attribute: str
    kind: FieldKind
    is_required: bool
    choices: type[StrEnum] | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ItemShape:
    """The fields of the items of one list in a record: lines, due parts, allocations."""

    item_type: type[Item]
    fields: MappingProxyType[str, RecordField]


@dataclass(frozen=True, slots=True)
class RecordShape:
    """One kind of record. `positive` the amount that may not be negative."""

    name: str
    record_type: type[Record]
    fields: MappingProxyType[str, RecordField]
    items: MappingProxyType[str, ItemShape] = field(default_factory=lambda: MappingProxyType(dict[str, ItemShape]()))
    positive: str | None = None

    @property
    def stream(self) -> Stream:
        """The stream that the record belongs to."""
        return self.record_type.stream

    @property
    def takes_custom(self) -> bool:
        """Whether the record has custom fields."""
        return "custom" in self.record_type.__struct_fields__

    @property
    def phrase(self) -> str:
        """With its article, for messages: `an invoice`, `a credit note`."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name.replace('_', ' ')}"


KNOWN_IDS = MappingProxyType(
    {f"{kind.value.lower()}_id": kind for kind in (ConnectionKind.ACCOUNTING, ConnectionKind.BILLING, ConnectionKind.CRM, ConnectionKind.GATEWAY)}
)
"""The fields of a customer that are its ids in other systems, with the kind of system."""

_LEFT_OUT = frozenset({"create_only", "raw", "custom", "reported_balances", "numerator", "denominator", "lines", "due_parts", "allocations", "known_as"})
_LIMITS = {
    "name": 500, "legal_name": 500, "email": 320, "phone": 64, "mobile": 64, "website": 2000, "url": 2000, "tax_id": 64, "language": 35, "time_zone": 64,
    "city": 200, "region": 200, "postal_code": 32, "country": 2, "payment_terms": 200, "finance_owner": 320, "sales_owner": 320, "segments": 200,
    "job_title": 200, "source_status": 100, "dispute_reason": 500, "item_name": 500, "friendly_name": 200, "brand": 50, "fingerprint": 128,
    "method_fingerprint": 128, "gateway": 100, "decline_reason": 64, "decline_code": 100,
}  # fmt: skip
_UNLIMITED = frozenset({"description", "memo"})
_LIMIT = 255
_IDS = frozenset({"external_id", "number", "invoice_number", "purchase_order_number", "gateway_transaction_id", "last_four", "hub_reference"})
_CURRENCIES = frozenset({"currency", "base_currency"})
_DECIMALS = frozenset({"quantity", "unit_price"})


def _read_field(found: msgspec.structs.FieldInfo) -> RecordField:
    name = found.name.removesuffix("_minor")
    kind, choices = _kind(found.name, _without_none(found.type))
    limit = None if name in _UNLIMITED or kind not in {FieldKind.TEXT, FieldKind.TEXTS} else _LIMITS.get(name, _LIMIT)
    return RecordField(name, found.name, kind, found.required, choices=choices, limit=limit)


def _without_none(annotation: Any) -> Any:  # noqa: ANN401 - an annotation is any object
    members = [member for member in get_args(annotation) if member is not type(None)]
    return members[0] if isinstance(annotation, UnionType) and len(members) == 1 else annotation


def _kind(name: str, annotation: Any) -> tuple[FieldKind, type[StrEnum] | None]:  # noqa: ANN401
    if get_origin(annotation) is list:
        (member,) = get_args(annotation)
        return (FieldKind.TEXTS, None) if member is str else (FieldKind.CHOICES, member)
    if annotation is str:
        return _text_kind(name), None
    if annotation is int:
        return (FieldKind.AMOUNT if name.endswith("_minor") else FieldKind.INTEGER), None
    plain = {bool: FieldKind.BOOLEAN, date: FieldKind.DATE, datetime: FieldKind.INSTANT}.get(annotation)
    return (plain, None) if plain else (FieldKind.CHOICE, annotation)


def _text_kind(name: str) -> FieldKind:
    if name in _IDS or name.endswith("_external_id"):
        return FieldKind.ID
    if name in _CURRENCIES:
        return FieldKind.CURRENCY
    return FieldKind.DECIMAL if name in _DECIMALS else FieldKind.TEXT


def _fields(record_type: type[msgspec.Struct], *added: RecordField) -> MappingProxyType[str, RecordField]:
    read = [_read_field(found) for found in msgspec.structs.fields(record_type) if found.name not in _LEFT_OUT]
    return MappingProxyType({one.name: one for one in [*read, *added]})


def _optional(fields: MappingProxyType[str, RecordField], name: str) -> MappingProxyType[str, RecordField]:
    return MappingProxyType(dict(fields) | {name: replace(fields[name], is_required=False)})


def _required(fields: MappingProxyType[str, RecordField], name: str) -> MappingProxyType[str, RecordField]:
    return MappingProxyType(dict(fields) | {name: replace(fields[name], is_required=True)})


def _build_shapes() -> dict[str, RecordShape]:
    allocation_currency = RecordField("currency", "currency", FieldKind.CURRENCY, is_required=False)
    lines = ItemShape(InvoiceLineItem, _required(_fields(InvoiceLineItem), "amount"))
    due_parts = ItemShape(DuePartItem, _fields(DuePartItem))
    allocations = ItemShape(AllocationItem, _fields(AllocationItem, allocation_currency))
    balance = RecordField("reported_balance", "reported_balances", FieldKind.AMOUNT, is_required=False)
    elsewhere = [RecordField(name, name, FieldKind.ID, is_required=False) for name in KNOWN_IDS]
    rate = RecordField("rate", "rate", FieldKind.RATE, is_required=True)
    shapes = [
        RecordShape("exchange_rate", ExchangeRateRecord, _optional(_fields(ExchangeRateRecord, rate), "external_id")),
        RecordShape("customer", CustomerRecord, _fields(CustomerRecord, balance, *elsewhere)),
        RecordShape("contact", ContactRecord, _fields(ContactRecord)),
        RecordShape("invoice", InvoiceRecord, _fields(InvoiceRecord), MappingProxyType({"lines": lines, "due_parts": due_parts}), "total_minor"),
        RecordShape("credit_note", CreditNoteRecord, _fields(CreditNoteRecord), MappingProxyType({"allocations": allocations}), "total_minor"),
        RecordShape("payment", PaymentRecord, _fields(PaymentRecord), MappingProxyType({"allocations": allocations}), "amount_minor"),
        RecordShape("refund", RefundRecord, _fields(RefundRecord), positive="amount_minor"),
        RecordShape("payment_method", PaymentMethodRecord, _fields(PaymentMethodRecord)),
        RecordShape("payment_attempt", PaymentAttemptRecord, _fields(PaymentAttemptRecord), positive="amount_minor"),
        RecordShape("subscription", SubscriptionRecord, _fields(SubscriptionRecord)),
    ]
    return {shape.name: shape for shape in shapes}


RECORDS = MappingProxyType(_build_shapes())
"""The kinds of record by the word that a part uses, parents first."""
