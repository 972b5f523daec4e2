"""What makes a cell's value into a field's: one function for each field of a mapping."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from connectors.files.amounts import AmountStyle, read_decimal, read_rate
from connectors.files.cells import choice_reader, read_boolean, read_integer, text_reader
from connectors.files.dates import DateReader, read_instant
from connectors.files.findings import CellError, FileContractError, Findings, NoticeKind
from connectors.files.identifiers import IdRules, id_reader
from connectors.files.mapping_model import CellTable, FileTable
from connectors.files.record_fields import FieldKind, RecordField
from hub.plugins import is_currency, known_currencies

Convert = Callable[[Any], Any]
NOTHING: Mapping[Any, Any] = MappingProxyType({})
_CURRENCIES: Mapping[Any, Any] = MappingProxyType({code: code for code in known_currencies()})


class Converters:
    """The converters of one read: dates are remembered across its columns, and what is noticed goes to its findings."""

    def __init__(self, table: FileTable, findings: Findings, *, tells_typed_numbers: bool) -> None:
        self._table = table
        self._findings = findings
        self._tells_typed = tells_typed_numbers
        self._zone = ZoneInfo(table.time_zone) if table.time_zone else None
        self._dates: dict[tuple[str | None, tuple[str, ...]], DateReader] = {}
        self.style = AmountStyle(table.decimal, table.thousands, table.amount_symbols)

    def of(self, known: RecordField, table: CellTable, label: str) -> tuple[Convert, Mapping[Any, Any]]:
        """The converter of a field, and texts that need no conversion any more because what they mean is known.

        The converter raises CellError.
        """
        match known.kind:
            case FieldKind.ID:
                is_restored = table.lost_zeros == "restore"
                return id_reader(IdRules(label, table.width, is_restored, table.whole, self._tells_typed), self._findings), NOTHING
            case FieldKind.TEXT | FieldKind.TEXTS:
                return text_reader(known.limit), NOTHING
            case FieldKind.DATE:
                return self._date(table, label)
            case FieldKind.CURRENCY:
                return read_currency, _CURRENCIES
            case FieldKind.CHOICE | FieldKind.CHOICES:
                assert known.choices is not None  # noqa: S101 - the catalogue gives every choice its vocabulary
                return choice_reader(known.choices), NOTHING
            case _:
                return self._plain(known.kind, table), NOTHING

    def _plain(self, kind: FieldKind, table: CellTable) -> Convert:
        converters: dict[FieldKind, Convert] = {
            FieldKind.AMOUNT: as_it_is,
            FieldKind.DECIMAL: lambda value: read_decimal(value, self.style),
            FieldKind.INTEGER: read_integer,
            FieldKind.BOOLEAN: read_boolean,
            FieldKind.INSTANT: lambda value: read_instant(value, self._zone),
            FieldKind.RATE: lambda value: read_rate(value, self.style, is_inverted=table.invert),
        }
        return converters[kind]

    def _date(self, table: CellTable, label: str) -> tuple[Convert, Mapping[Any, Any]]:
        formats = table.date_formats or (() if table.date_order else self._table.date_formats)
        order = table.date_order or self._table.date_order
        reader = self._dates.setdefault((order, formats), DateReader(order, formats))
        findings = self._findings

        def read(value: object) -> date:
            try:
                found, is_ambiguous = reader.read(value)
            except FileContractError as error:
                raise FileContractError(f"{findings.place(label)}: {error}") from None
            if is_ambiguous:
                findings.notice(NoticeKind.AMBIGUOUS_DATE, label, f"{value!r} was read as {found.isoformat()}, in {order} order as declared")
            return found

        return read, reader.known


def read_currency(value: object) -> str:
    """A cell as a known ISO 4217 code, in upper case. Raises CellError."""
    code = str(value).upper()
    if is_currency(code):
        return code
    raise CellError(f"unknown currency code {value!r}: a three-letter ISO 4217 code such as USD is needed")


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - any cell
    """The cell itself: an amount is read when its currency is known."""
    return value
