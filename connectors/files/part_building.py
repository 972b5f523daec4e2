"""One part of a mapping as a builder: values and items from a row, and a record from them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from connectors.files.amounts import read_amount
from connectors.files.compiling import CellCompiler, FieldReader, Read, Row
from connectors.files.findings import CellError, Findings, NoticeKind
from connectors.files.mapping_model import Cell, ItemsPart, Part
from connectors.files.record_fields import KNOWN_IDS, FieldKind, Item, RecordField
from hub.plugins import AllocationItem, CrossReference, ExchangeRateRecord, Record, to_decimal


class AmountReader(NamedTuple):
    """Reads one amount. `read` gives the cell as it stands."""

    attribute: str
    label: str
    is_required: bool
    read: Read
    is_negated: bool


Draft = dict[str, Any]
"""What has been read of one record so far: its values by attribute, lists of items among them."""


class _Readers:
    """The readers of a set of cells, split by what they need: nothing, or the currency of the record."""

    def __init__(self, cells: dict[str, Cell], known: dict[str, RecordField], compiler: CellCompiler, *, is_negated: bool) -> None:
        used = [(known[name], cells[name]) for name in known if name in cells]
        self.plain = tuple(compiler.field(one, cell) for one, cell in used if one.kind is not FieldKind.AMOUNT and one.name != "currency")
        self.currency = next((compiler.field(one, cell) for one, cell in used if one.name == "currency"), None)
        amounts = [(compiler.amount(one, cell), cell) for one, cell in used if one.kind is FieldKind.AMOUNT and cell.table.sum is None]
        self.amounts = tuple(AmountReader(*reader, is_negated=is_negated != (cell.table.sign == "negate")) for reader, cell in amounts)


class PartBuilder:
    """Builds the records of one part. `default_currency` fills an empty or undeclared currency of a document."""

    def __init__(self, part: Part, compiler: CellCompiler, findings: Findings, *, default_currency: str | None) -> None:
        self.part = part
        self.conditions = [compiler.condition(condition) for condition in part.conditions]
        self._findings = findings
        self._style = compiler.style
        self._default_currency = default_currency
        is_negated = part.sign == "negate"
        self._readers = _Readers(part.fields, dict(part.shape.fields), compiler, is_negated=is_negated)
        self._custom = tuple(compiler.custom(name, cell) for name, cell in part.custom.items())
        self._items = [_ItemsReader(items, part, compiler, is_negated=is_negated) for items in part.items]
        self._sums = [(part.shape.fields[name].attribute, str(cell.table.sum)) for name, cell in part.fields.items() if cell.table.sum]
        self._needs_currency = "currency" in part.shape.fields and part.shape.fields["currency"].is_required
        self._positive = part.shape.positive
        self._record_type = part.shape.record_type
        self._is_rate = part.shape.record_type is ExchangeRateRecord
        self.id_reader = next((reader for reader in self._readers.plain if reader.attribute == "external_id"), None)
        self.id_label = "external_id" if self.id_reader is None else self.id_reader.label

    def read(self, row: Row) -> Draft:
        """A row as a draft. Raises CellError, which knows the external id where that was read."""
        draft: Draft = {}
        try:
            self._read_values(row, draft)
        except CellError as error:
            raise error.of(draft.get("external_id")) from None
        return draft

    def read_further(self, row: Row, draft: Draft) -> None:
        """Add a further row of a group: it may leave cells empty, but not contradict. Raises CellError."""
        later: Draft = {}
        self._read_values(row, later, known_currency=draft.get("currency"), is_first=False)
        items = {name: later.pop(name) for name in self.part.shape.items if name in later}
        _check_agreement(draft, later, self._readers)
        for name, found in items.items():
            draft[name] = [*draft.get(name, ()), *found]

    def finish(self, draft: Draft, *, raw: dict[str, Any] | None) -> Record:
        """The record of a draft. Raises CellError when its parts do not fit together."""
        for attribute, list_name in self._sums:
            draft[attribute] = sum(_amount(item) for item in draft.get(list_name, ()))
        if self._positive is not None and draft[self._positive] < 0:
            raise CellError(_why_negative(self.part.shape.name)).of(draft["external_id"])
        if "due_parts" in draft:
            _check_due_parts(draft)
        if self._is_rate:
            _complete_rate(draft)
        _gather_known_ids(draft)
        if self.part.is_mention:
            draft["create_only"] = True
        elif raw is not None:
            draft["raw"] = raw
        return self._record_type(**draft)

    def _read_values(self, row: Row, draft: Draft, *, known_currency: str | None = None, is_first: bool = True) -> None:
        read_fields(self._readers.plain, row, draft, is_first=is_first)
        currency = self._currency(row, draft, known_currency)
        if self._readers.amounts:
            self.read_amounts(self._readers.amounts, row, draft, currency=currency, is_first=is_first)
        if self._custom:
            custom: dict[str, Any] = {}
            read_fields(self._custom, row, custom)
            if custom:
                draft["custom"] = custom
        for items in self._items:
            found = items.read(row, currency, self)
            if found:
                draft[items.list_name] = [*draft.get(items.list_name, ()), *found]

    def _currency(self, row: Row, draft: Draft, known: str | None) -> str | None:
        reader = self._readers.currency
        found: str | None = None
        if reader is not None:
            try:
                found = reader.read(row)
            except CellError as error:
                raise error.at(reader.label) from None
        currency = found or known or self._default_currency
        if found or self._needs_currency:
            if currency is None:
                raise CellError("the currency is empty", column=reader.label if reader else None)
            draft["currency"] = currency
        return currency

    def read_amounts(self, readers: Sequence[AmountReader], row: Row, values: dict[str, Any], *, currency: str | None, is_first: bool = True) -> None:
        """Read amounts of one currency into `values`; those of a group's further rows (`is_first` false) may be empty. Raises CellError."""
        for attribute, label, is_required, read, is_negated in readers:
            try:
                value = read(row)
                if value is None and not (is_required and is_first):
                    continue
                minor, is_rounded = read_amount(value, currency, self._style)
            except CellError as error:
                raise error.at(label) from None
            if is_rounded:
                self._findings.notice(NoticeKind.ROUNDED, label, f"{value} was rounded half-even to {to_decimal(minor, currency or '')} {currency}")
            minor = -minor if is_negated else minor
            values[attribute] = {currency: minor} if attribute == "reported_balances" else minor


def _gather_known_ids(draft: Draft) -> None:
    """Put the ids that a customer has in other systems where its record has them."""
    known = [CrossReference(external_id=external_id, kind=kind) for name, kind in KNOWN_IDS.items() if (external_id := draft.pop(name, None)) is not None]
    if known:
        draft["known_as"] = known


def read_fields(readers: Sequence[FieldReader], row: Row, values: dict[str, Any], *, is_first: bool = True) -> None:
    """Read fields into `values`; empty cells are left out. Raises CellError with the column."""
    for attribute, label, is_required, read in readers:
        try:
            value = read(row)
        except CellError as error:
            raise error.at(label) from None
        if value is not None:
            values[attribute] = value
        elif is_required and is_first:
            raise CellError("the cell is empty", column=label)


class _ItemsReader:
    """Reads the items of one list from a row, or from a nested list in it."""

    def __init__(self, items: ItemsPart, part: Part, compiler: CellCompiler, *, is_negated: bool) -> None:
        shape = part.shape.items[items.list_name]
        self.list_name = items.list_name
        self._item_type = shape.item_type
        self._each = compiler.getter(items.each, items.place) if items.each is not None else None
        self._conditions = [compiler.condition(condition) for condition in items.conditions]
        self._readers = _Readers(items.fields, dict(shape.fields), compiler, is_negated=is_negated)
        self._own = [compiler.getter(name, cell.place) for cell in items.fields.values() for name in cell.table.sources]

    def read(self, row: Row, currency: str | None, builder: PartBuilder) -> list[Item]:
        """The items; a row or element whose own cells are all empty gives none. Raises CellError."""
        elements = [row] if self._each is None else self._nested(row)
        return [self._item(one, currency, builder) for one in elements if self._is_there(one)]

    def _nested(self, row: Row) -> list[Any]:
        found = self._each(row) if self._each else None
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(element, dict) for element in found):  # pyright: ignore[reportUnknownVariableType] - JSON
            raise CellError(f"{self.list_name} is not a list of objects", column=self.list_name)
        return found  # pyright: ignore[reportUnknownVariableType] - checked above

    def _is_there(self, element: Row) -> bool:
        if self._own and all(get(element) is None for get in self._own):
            return False
        return all(condition(element) for condition in self._conditions)

    def _item(self, element: Row, currency: str | None, builder: PartBuilder) -> Item:
        values: dict[str, Any] = {}
        read_fields(self._readers.plain, element, values)
        own = self._readers.currency.read(element) if self._readers.currency else None
        first = [reader for reader in self._readers.amounts if reader.attribute != "allocated_minor"]
        second = [reader for reader in self._readers.amounts if reader.attribute == "allocated_minor"]
        builder.read_amounts(first, element, values, currency=own or currency)
        builder.read_amounts(second, element, values, currency=currency)
        if own is not None and own != currency and "allocated_minor" not in values:
            raise CellError(f"the invoice is in {own} and the payment in {currency}: `allocated` must say how much of the payment it is", column=self.list_name)
        return self._item_type(**values)


def _amount(item: Item) -> int:
    allocated = item.allocated_minor if isinstance(item, AllocationItem) else None
    return item.amount_minor if allocated is None else allocated


def _check_agreement(first: dict[str, Any], later: dict[str, Any], readers: _Readers) -> None:
    for attribute, value in later.items():
        if first.setdefault(attribute, value) != value:
            labels = {reader.attribute: reader.label for reader in (*readers.plain, *readers.amounts)}
            raise CellError(f"the rows of one record disagree: {first[attribute]} before, {value} here", column=labels.get(attribute, attribute))


def _check_due_parts(values: dict[str, Any]) -> None:
    parts = sum(part.amount_minor for part in values["due_parts"])
    if parts != values["total_minor"]:
        currency = values["currency"]
        raise CellError(f"the due parts add up to {to_decimal(parts, currency)}, but the total is {to_decimal(values['total_minor'], currency)} {currency}")


def _complete_rate(values: dict[str, Any]) -> None:
    values["numerator"], values["denominator"] = values.pop("rate")
    if values["currency"] == values["base_currency"]:
        raise CellError(f"a rate from {values['currency']} to itself says nothing")
    values.setdefault("external_id", f"{values['currency']}-{values['base_currency']}-{values['rate_date'].isoformat()}")


def _why_negative(kind: str) -> str:
    match kind:
        case "invoice":
            return "the total is negative: a part with record = 'credit_note', when = { amount = 'negative' } and sign = 'negate' takes such rows"
        case "payment":
            return (
                "the amount is negative: a part with record = 'refund', when = { amount = 'negative' } and sign = 'negate' takes money given back; "
                "a return is `reversed_on` of the payment that it takes back"
            )
        case "refund" | "payment_attempt":
            return "the amount is negative: if the file writes amounts so, declare sign = 'negate'"
        case _:
            return "the total is negative: if the file writes credit notes so, declare sign = 'negate'"
