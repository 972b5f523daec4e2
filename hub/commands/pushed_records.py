"""Records as integrators push them, made into records of the hub. Pure: values in, record out, or RecordError with the field at fault."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from hub.errors import RecordError
from hub.money import Money
from hub.plugins.records import (
    AllocationItem,
    ContactRecord,
    CreditNoteRecord,
    CrossReference,
    CustomerRecord,
    Deletion,
    DuePartItem,
    ExchangeRateRecord,
    InvoiceLineItem,
    InvoiceRecord,
    PaymentRecord,
    Record,
)
from hub.sync.checks import is_of_64_bits
from hub.vocabulary import Stream

Given = Mapping[str, Any]
"""The fields of one record by the API's names in snake case; amounts are Money, None: the source does not say."""

STREAMS: Mapping[str, Stream] = {
    "customer": Stream.CUSTOMERS,
    "contact": Stream.CONTACTS,
    "invoice": Stream.INVOICES,
    "credit_note": Stream.CREDIT_NOTES,
    "payment": Stream.PAYMENTS,
    "exchange_rate": Stream.EXCHANGE_RATES,
}
"""The stream of each kind of record, by the name of its field in the input."""

_MOST_DIGITS = 15
"""Digits of an exchange rate before and after the point; more is none, and would not fit the store."""

_LONGEST_VERSION = 20
_CUSTOM_FIELDS = "customFields"
"""Names below it are the pusher's own, and stay as they are."""

_RENAMED = {
    "custom": "custom_fields",
    "customer": "customer_external_id",
    "parent": "parent_external_id",
    "write_off": "write_off_amount",
    "balance": "source_balance",
}
"""Names of fields in refusals of the hub that the API calls otherwise."""


def record_of(kind: str, given: Given) -> Record | Deletion:
    """The record in what was pushed as a kind. Raises RecordError for what cannot be said in a record; all else is judged where records land."""
    values = {name: value for name, value in given.items() if value is not None}
    if "source_version" in values:
        values["source_version"] = _whole(values["source_version"], "source_version")
    if "custom_fields" in values:
        values["custom"] = _custom(values.pop("custom_fields"))
    return _MAKERS[kind](values)


def path_of(field: str | None) -> tuple[str, ...]:
    """Where a field that a refusal names stands in the input of a record: `lines.item_name` is `lines`, `itemName`. None: the whole record."""
    if field is None:
        return ()
    return tuple(input_name(_RENAMED.get(name, name)) for name in field.split("."))


def as_pushed(value: Any) -> Any:  # noqa: ANN401 - any value of an input
    """What was read of an input as JSON again, as far as that is possible: to be kept with a refusal."""
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        return {input_name(name): inner if input_name(name) == _CUSTOM_FIELDS else as_pushed(inner) for name, inner in members.items()}
    return [as_pushed(item) for item in cast("list[object]", value)] if isinstance(value, list) else value


@lru_cache(maxsize=500)
def input_name(name: str) -> str:
    """A name in snake case as the input has it: `credit_note` is `creditNote`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _refusal(field: str, reason: str) -> RecordError:
    return RecordError(reason, reference="", field=field)


def _customer(values: dict[str, Any]) -> Record:
    if "known_as" in values:
        values["known_as"] = [CrossReference(**item) for item in values["known_as"]]
    if "reported_balances" in values:
        values["reported_balances"] = _balances(values["reported_balances"])
    return CustomerRecord(**values)


def _contact(values: dict[str, Any]) -> Record:
    return ContactRecord(**values)


def _invoice(values: dict[str, Any]) -> Record:
    currency = _currency_of(values, "total")
    _to_minor(values, currency, amount_paid="amount_paid_minor", amount_adjusted="amount_adjusted_minor")
    _to_minor(values, currency, write_off_amount="write_off_minor", source_balance="balance_minor")
    values["lines"] = [_line(item, currency) for item in values.get("lines", ())]
    values["due_parts"] = [
        DuePartItem(due_date=item["due_date"], amount_minor=_minor(item["amount"], currency, "due_parts")) for item in values.get("due_parts", ())
    ]
    return InvoiceRecord(**values)


def _line(item: Given, currency: str) -> InvoiceLineItem:
    return InvoiceLineItem(
        item_name=item.get("item_name"),
        description=item.get("description"),
        quantity=item.get("quantity"),
        unit_price=item.get("unit_price"),
        amount_minor=_minor(item["amount"], currency, "lines"),
    )


def _credit_note(values: dict[str, Any]) -> Record:
    currency = _currency_of(values, "total")
    _to_minor(values, currency, source_balance="balance_minor")
    values["allocations"] = [_allocation(item, currency) for item in values.get("allocations", ())]
    return CreditNoteRecord(**values)


def _payment(values: dict[str, Any]) -> Record:
    currency = _currency_of(values, "amount")
    values["allocations"] = [_allocation(item, currency) for item in values.get("allocations", ())]
    return PaymentRecord(**values)


def _allocation(item: Given, currency: str) -> AllocationItem:
    """`currency` is that of the payment or credit note; what is taken of it must be said where the invoice is in another."""
    amount: Money = item["amount"]
    taken: Money | None = item.get("allocated")
    if taken is None and amount.currency != currency:
        raise _refusal("allocations.allocated", f"it settles {amount.currency}: say what it takes in {currency}")
    allocated = None if taken is None else _minor(taken, currency, "allocations.allocated")
    if allocated is not None and amount.currency == currency:
        if allocated != amount.amount_minor:
            raise _refusal("allocations.allocated", f"in one currency it takes what it settles: {amount}")
        allocated = None
    return AllocationItem(
        invoice_external_id=item["invoice_external_id"],
        amount_minor=amount.amount_minor,
        currency=None if allocated is None else amount.currency,
        allocated_minor=allocated,
        allocation_date=item.get("allocation_date"),
    )


def _exchange_rate(values: dict[str, Any]) -> Record:
    rate: Decimal = values.pop("rate")
    if not rate > 0 or abs(rate.adjusted()) > _MOST_DIGITS or len(rate.as_tuple().digits) > _MOST_DIGITS:
        raise _refusal("rate", f"a rate is more than zero and has at most {_MOST_DIGITS} digits")
    numerator, denominator = rate.as_integer_ratio()
    return ExchangeRateRecord(**values, numerator=numerator, denominator=denominator)


def _deletion(values: dict[str, Any]) -> Deletion:
    if values["stream"] not in STREAMS.values():
        raise _refusal("stream", f"{values['stream'].value} are not pushed, so they are not deleted by a push")
    return Deletion(
        stream=values["stream"],
        external_id=values["external_id"],
        source_version=values.get("source_version"),
        source_updated_at=values.get("source_updated_at"),
        merged_into=values.get("merged_into_external_id"),
    )


def _currency_of(values: dict[str, Any], field: str) -> str:
    """Replace the amount that says the record's currency, and return that."""
    money: Money = values.pop(field)
    values["currency"], values[f"{field}_minor"] = money.currency, money.amount_minor
    return money.currency


def _to_minor(values: dict[str, Any], currency: str, **columns: str) -> None:
    for name, column in columns.items():
        if name in values:
            values[column] = _minor(values.pop(name), currency, name)


def _minor(money: Money, currency: str, field: str) -> int:
    if money.currency != currency:
        raise _refusal(field, f"it is in {money.currency}, its record in {currency}")
    return money.amount_minor


def _balances(given: list[Money]) -> dict[str, int]:
    found = {money.currency: money.amount_minor for money in given}
    if len(found) != len(given):
        raise _refusal("reported_balances", "a currency is there twice")
    return found


def _whole(number: Decimal, field: str) -> int:
    if number.adjusted() <= _LONGEST_VERSION and number == number.to_integral_value() and is_of_64_bits(int(number)):
        return int(number)
    raise _refusal(field, "a version is a whole number of 64 bits")


def _custom(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _refusal("custom_fields", "it is one object with a value for each name")
    found = cast("dict[str, object]", given)
    for name, value in found.items():
        if value is not None and not isinstance(value, str | int):
            raise _refusal("custom_fields", f"the value of {name[:50]!r} is no text, whole number, true, false or null: send decimals and dates as text")
    return found


_MAKERS: Mapping[str, Callable[[dict[str, Any]], Record | Deletion]] = {
    "customer": _customer,
    "contact": _contact,
    "invoice": _invoice,
    "credit_note": _credit_note,
    "payment": _payment,
    "exchange_rate": _exchange_rate,
    "deletion": _deletion,
}
