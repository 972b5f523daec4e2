"""Turns the cells of a mapping into functions once, so that a row costs no look-up of what to do."""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any, NamedTuple, cast

import jmespath
from jmespath.exceptions import JMESPathError

from connectors.files.amounts import read_decimal
from connectors.files.cells import read_text
from connectors.files.converting import NOTHING, Convert, Converters, as_it_is
from connectors.files.findings import CellError, FileContractError, Findings
from connectors.files.mapping_file import MappingError
from connectors.files.mapping_model import Cell, CellTable, Condition, FileTable
from connectors.files.record_fields import FieldKind, RecordField

Row = Mapping[str, Any]
Read = Callable[[Row], Any]


class FieldReader(NamedTuple):
    """Reads one field from a row. `read` gives None for an empty cell, and raises CellError; `label` is the column as people call it."""

    attribute: str
    label: str
    is_required: bool
    read: Read


class CellCompiler:
    """Builds the readers of one mapping; the findings of a read go to `findings`. `is_nested`: rows are JSON objects, columns are paths."""

    def __init__(self, table: FileTable, findings: Findings, *, is_nested: bool, tells_typed_numbers: bool) -> None:
        self._is_nested = is_nested
        self._converters = Converters(table, findings, tells_typed_numbers=tells_typed_numbers)
        self.style = self._converters.style
        self.unseen_paths: set[str] = set()

    def field(self, known: RecordField, cell: Cell) -> FieldReader:
        """The reader of one field. Raises MappingError when a constant of the mapping does not fit."""
        label = ", ".join(cell.table.sources) or known.name
        convert, remembered = self._converters.of(known, cell.table, label)
        if known.kind in {FieldKind.TEXTS, FieldKind.CHOICES}:
            return FieldReader(known.attribute, label, known.is_required, self._list_read(cell, convert))
        return FieldReader(known.attribute, label, known.is_required, self._read(cell, convert, remembered))

    def amount(self, known: RecordField, cell: Cell) -> FieldReader:
        """The reader of an amount's cell as it stands: its currency is known only with the rest of the row."""
        label = ", ".join(cell.table.sources) or known.name
        return FieldReader(known.attribute, label, known.is_required, self._read(cell, as_it_is))

    def custom(self, name: str, cell: Cell) -> FieldReader:
        """The reader of a custom field."""
        kinds = {"text": FieldKind.TEXT, "integer": FieldKind.INTEGER, "decimal": FieldKind.DECIMAL, "date": FieldKind.DATE, "boolean": FieldKind.BOOLEAN}
        known = RecordField(name, name, kinds[cell.table.type], is_required=False)
        found = self.field(known, cell)
        if cell.table.type != "date":
            return found
        return found._replace(read=_as_iso_text(found.read))

    def getter(self, name: str, place: str) -> Read:
        """A function that gives the value of a column or path, None when it is empty."""
        if not self._is_nested:
            return _column_getter(name)
        if name.replace("_", "a").isalnum() and name.isascii() and not name[0].isdigit():
            return self._watched(name, lambda row: row.get(name))
        try:
            expression = jmespath.compile(name)
        except JMESPathError as error:
            raise MappingError([f"{place}: {name!r} is no path: {error}"]) from error
        return self._watched(name, expression.search)

    def _watched(self, name: str, get: Read) -> Read:
        unseen = self.unseen_paths
        unseen.add(name)

        def watched(row: Row) -> object:
            value = _stripped(get(row))
            if value is not None and name in unseen:
                unseen.discard(name)
            return value

        return watched

    def condition(self, condition: Condition) -> Callable[[Row], bool]:
        """A function that says whether a row meets a condition. An amount that cannot be read raises CellError."""
        table, get = condition.table, self.getter(condition.table.column, condition.place)
        checks: list[Callable[[Any], bool]] = []
        if table.is_set is not None:
            checks.append(lambda value, wanted=table.is_set: (value is not None) is wanted)
        if table.equals is not None:
            checks.append(_is_one_of(_words(table.equals)))
        if table.differs is not None:
            checks.append(_is_none_of(_words(table.differs)))
        if table.amount is not None:
            checks.append(lambda value, wanted=table.amount: value is not None and _sign(read_decimal(value, self.style)) == wanted)

        def holds(row: Row) -> bool:
            value = get(row)
            try:
                return all(check(value) for check in checks)
            except CellError as error:
                raise error.at(table.column) from None

        return holds

    def _read(self, cell: Cell, convert: Convert, remembered: Mapping[Any, Any] = NOTHING) -> Read:
        """Get, map, convert: None stays None unless the cell has a default."""
        table = cell.table
        if "value" in _given(table):
            constant = self._constant(cell, table.value, convert)
            return lambda _: constant
        if table.column is not None and table.map is None and table.default is None and not self._is_nested:
            return _column_read(table.column, convert, remembered)
        get = self._source(cell)
        if table.map is not None:
            get = _mapped(get, table)
        default = None if table.default is None else self._constant(cell, table.default, convert)

        def read(row: Row) -> object:
            value = get(row)
            return default if value is None else convert(value)

        return read

    def _list_read(self, cell: Cell, convert: Convert) -> Read:
        """Every element converted by itself: of several columns, of a list, or of one text split at the separator."""
        table = cell.table
        getters = [self.getter(name, cell.place) for name in table.sources]
        separator = table.separator

        def read(row: Row) -> list[Any] | None:
            values = [element for get in getters for element in _elements(get(row), separator)]
            if table.map is not None:
                values = [_look_up(value, table) for value in values]
            return [convert(value) for value in values] or None

        if "value" in _given(table):
            constant = [self._constant(cell, element, convert) for element in _elements(table.value, separator)]
            return lambda _: constant
        return read

    def _source(self, cell: Cell) -> Read:
        table = cell.table
        if table.template is not None:
            return self._template(cell, table.template)
        if not table.columns:
            return self.getter(table.column or "", cell.place)
        getters = [self.getter(name, cell.place) for name in table.columns]
        joint = " " if table.separator is None else table.separator
        return lambda row: joint.join(read_text(value, None) for get in getters if (value := get(row)) is not None) or None

    def _template(self, cell: Cell, template: str) -> Read:
        """The text with its columns filled in; None when one of them is empty, so that no half id is made."""
        pieces = [(text, self.getter(name, cell.place) if name else None) for text, name, _, _ in Formatter().parse(template)]

        def read(row: Row) -> str | None:
            parts: list[str] = []
            for text, get in pieces:
                parts.append(text)
                if get is not None:
                    value = get(row)
                    if value is None:
                        return None
                    parts.append(read_text(value, None))
            return "".join(parts)

        return read

    def _constant(self, cell: Cell, value: object, convert: Convert) -> object:
        try:
            return convert(value)
        except (CellError, FileContractError) as error:
            raise MappingError([f"{cell.place}: {error}"]) from error


def _as_iso_text(read: Read) -> Read:
    """Dates of custom fields are kept as text."""

    def read_text_of(row: Row) -> str | None:
        day = read(row)
        return None if day is None else day.isoformat()

    return read_text_of


def _column_getter(name: str) -> Read:
    return lambda row: _stripped(row[name])


def _column_read(name: str, convert: Convert, remembered: Mapping[Any, Any]) -> Read:
    """What most cells are, in one function: the value of a column, converted, or remembered from an earlier row."""

    def read(row: Row) -> object:
        value = row[name]
        if value.__class__ is str:
            value = value.strip()
            return convert(value) if value else None
        return None if value is None else convert(value)

    def read_remembered(row: Row) -> object:
        value = row[name]
        return remembered[value] if value in remembered else read(row)

    return read if remembered is NOTHING else read_remembered


def _stripped(value: Any) -> Any:  # noqa: ANN401 - any cell
    """Text without blanks around it, None when nothing is left; anything else as it is."""
    return (value.strip() or None) if value.__class__ is str else value


def _given(table: CellTable) -> frozenset[str]:
    return frozenset() if table.sources or table.sum else frozenset({"value"})


def _mapped(get: Read, table: CellTable) -> Read:
    def read(row: Row) -> object:
        value = get(row)
        return None if value is None else _look_up(value, table)

    return read


def _look_up(value: object, table: CellTable) -> object:
    assert table.map is not None  # noqa: S101 - only called for cells that have one
    word = _word(value)
    found = table.map.get(word, table.otherwise) if word is not None else None
    if found is None:
        raise CellError(f"{value!r} is not in the map ({', '.join(table.map)})")
    return found


def _elements(value: object, separator: str | None) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return [element for element in cast("list[Any]", value) if element is not None]
    if separator and isinstance(value, str):
        return [element for piece in value.split(separator) if (element := piece.strip())]
    return [value]


def _word(value: object) -> str | None:
    return None if value is None else read_text(value, None)


def _words(value: object) -> frozenset[str | None]:
    return frozenset(_word(one) for one in cast("list[object]", value if isinstance(value, list) else [value]))


def _is_one_of(wanted: frozenset[str | None]) -> Callable[[Any], bool]:
    return lambda value: _word(value) in wanted


def _is_none_of(wanted: frozenset[str | None]) -> Callable[[Any], bool]:
    return lambda value: _word(value) not in wanted


def _sign(number: str) -> str:
    if not number.strip("-0."):
        return "zero"
    return "negative" if number.startswith("-") else "positive"
