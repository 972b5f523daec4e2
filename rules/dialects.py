"""What SQLite and PostgreSQL say differently, with the same result on both: text without case, exact ratios, decimals kept as text."""

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement, GenericFunction

from rules.stored import ZERO, Column

_LAST_WITH_CASE = 0x1E943
_MOST_SPELLINGS = 64
_DECIMAL = r"^[+-]?[0-9]{1,30}(\.[0-9]{1,30})?$"
_EXACT, _WHOLE = sa.Numeric(), sa.BigInteger()
_MOST = 2**63 - 1
_IS_DECIMAL = re.compile(_DECIMAL)


class _Raw(Protocol):
    """A connection of the SQLite driver."""

    def create_function(self, name: str, narg: int, func: Any, /, *, deterministic: bool) -> None:  # noqa: ANN401 - the driver's own
        ...


def register_functions(raw: _Raw) -> None:
    """Give a SQLite connection the functions that rules call there."""
    raw.create_function("casefold", 1, _casefold, deterministic=True)
    raw.create_function("ratio_order", 4, _ratio_order, deterministic=True)
    raw.create_function("decimal_order", 2, _decimal_order, deterministic=True)


def is_one_of(text: Column, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a text is one of several, letter by letter. A single one is compared as such: lists are written out whenever a statement is run."""
    return text == values[0] if len(values) == 1 else text.in_(values)


def is_among(text: Column, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a text is one of several, without regard to case as Unicode folds it; NULL for NULL.

    Where it can be said how a text would have to be spelt, ASCII letters lowered, no more is asked than whether it is; of others more is done only for
    texts with more than ASCII letters.
    """
    folded = sorted({value.casefold() for value in values})
    spellings = _spellings(folded)
    lowered = _AsciiLowered(text)
    if spellings is not None:
        return is_one_of(lowered, spellings)
    on_sqlite = sa.and_(sa.func.length(text) != sa.func.length(sa.cast(text, sa.LargeBinary)), sa.func.casefold(text).in_(folded))
    on_postgresql = sa.and_(sa.func.octet_length(text) != sa.func.char_length(text), _translated(text, folded).in_(folded))
    return sa.or_(is_one_of(lowered, folded), _ByDialect(on_sqlite, on_postgresql, kind=sa.Boolean()))


def ratio_order(part: Column, whole: Column, value: Fraction) -> sa.ColumnElement[int]:
    """-1, 0 or 1 as `part ÷ whole` is less than a value, equal or greater, exactly; NULL where the whole is 0 or something is NULL."""
    return _RatioOrder(part, whole, str(value.numerator), str(value.denominator), *_as_products(value))


def decimal_order(text: Column, value: Fraction) -> sa.ColumnElement[int]:
    """-1, 0 or 1 as a decimal written as a text is less than a value, equal or greater, exactly; NULL where it is no number."""
    on_sqlite = sa.func.decimal_order(text, str(value))
    difference = sa.cast(text, _EXACT) * sa.cast(str(value.denominator), _EXACT) - sa.cast(str(value.numerator), _EXACT)
    on_postgresql = sa.case((text.regexp_match(_DECIMAL), sa.cast(sa.func.sign(difference), sa.Integer)))
    return _ByDialect(on_sqlite, on_postgresql, kind=sa.Integer())


def whole_of(text: Column) -> sa.ColumnElement[int]:
    """The whole number that a decimal written as a text has before its point; NULL where it is no number."""
    on_postgresql = sa.cast(sa.func.trunc(sa.cast(text, _EXACT)), sa.BigInteger)
    number = _ByDialect(sa.cast(text, sa.BigInteger), on_postgresql, kind=sa.BigInteger())
    return sa.case((decimal_order(text, Fraction(0)).is_not(None), number))


def json_text(document: Column, entry: str) -> Column:
    """What a JSON object has under a name, as a text: `true`, `5`, or the text itself; NULL where there is nothing. No quote may be in the name."""
    text: Column = document[entry].as_string()
    path = f"$.{json.dumps(entry)}"  # as the document is written, for SQLite compares names letter by letter
    kind, on_sqlite_text = sa.func.json_type(document, path), sa.func.json_extract(document, path)
    on_sqlite = sa.case((kind.in_(("true", "false")), kind), else_=sa.cast(on_sqlite_text, sa.String))  # which has no other true than 1
    return _ByDialect(on_sqlite, text, kind=sa.String())


class _ByDialect(FunctionElement[Any]):
    """One expression on SQLite and another on PostgreSQL."""

    inherit_cache = True
    name = "by_dialect"

    def __init__(self, on_sqlite: Column, on_postgresql: Column, *, kind: sa.types.TypeEngine[Any]) -> None:
        self.type = kind
        super().__init__(on_sqlite, on_postgresql)


@compiles(_ByDialect, "sqlite")
def _on_sqlite(element: _ByDialect, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own options
    return f"({compiler.process(next(iter(element.clauses)), **options)})"


@compiles(_ByDialect, "postgresql")
def _on_postgresql(element: _ByDialect, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"({compiler.process(list(element.clauses)[1], **options)})"


class _AsciiLowered(GenericFunction[str]):
    """A text with its capital letters of ASCII lowered, and no others."""

    type = sa.String()
    inherit_cache = True
    name = "ascii_lowered"


@compiles(_AsciiLowered, "sqlite")
def _lowered_on_sqlite(element: _AsciiLowered, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(_AsciiLowered, "postgresql")
def _lowered_on_postgresql(element: _AsciiLowered, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f'lower(({compiler.process(element.clauses, **options)}) COLLATE "C")'


def _as_products(value: Fraction) -> Sequence[sa.BindParameter[int]]:
    """Numerator and denominator, and how large a whole and a part may be at most for their products to stay within 64 bits; nothing may be, if these do not."""
    numerator, denominator = value.numerator, value.denominator
    fits = max(abs(numerator), denominator) <= _MOST
    found = (numerator, denominator, _MOST // max(abs(numerator), 1), _MOST // denominator) if fits else (0, 0, 0, 0)
    return [sa.literal(number, _WHOLE) for number in found]


class _RatioOrder(GenericFunction[int]):
    """How `part ÷ whole` lies to a fraction, given by part, whole, and the numerator and denominator as texts, then by `_as_products`.

    SQLite calls a function of ours where numbers of 64 bits do not suffice, for a call takes ten times as long as what it does.
    """

    type = sa.Integer()
    inherit_cache = True
    name = "ratio_order"


@compiles(_RatioOrder, "sqlite")
def _ratio_order_on_sqlite(element: _RatioOrder, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    part, whole, *exactly, numerator, denominator, most_whole, most_part = (f"({compiler.process(each, **options)})" for each in element.clauses)
    is_small = f"{whole} BETWEEN 1 AND {most_whole} AND {part} BETWEEN -{most_part} AND {most_part}"
    left, right = f"{part} * {denominator}", f"{whole} * {numerator}"
    return f"(CASE WHEN {is_small} THEN ({left} > {right}) - ({left} < {right}) ELSE ratio_order({part}, {whole}, {', '.join(exactly)}) END)"


@compiles(_RatioOrder, "postgresql")
def _ratio_order_on_postgresql(element: _RatioOrder, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    given = list(element.clauses)[:4]
    part, exact_whole, numerator, denominator = (sa.cast(each, _EXACT) for each in given)
    difference = part * denominator * sa.func.sign(exact_whole) - numerator * sa.func.abs(exact_whole)
    return compiler.process(sa.case((given[1] != ZERO, sa.cast(sa.func.sign(difference), sa.Integer))), **options)


def _translated(text: Column, folded: Sequence[str]) -> Column:
    """A text folded as far as it matters for the texts that it is compared with: what else it has makes it another text anyway."""
    asked = set("".join(folded))
    single, several = _unfolded()
    found: Column = text
    for letter, letters in several.items():
        if any(letters in one for one in folded):
            found = sa.func.replace(found, letter, letters)
    turned = {letter: into for letter, into in single.items() if into in asked}
    return sa.func.translate(found, "".join(turned), "".join(turned.values())) if turned else found


@cache
def _unfolded() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The characters that case folding changes: into one other, and into several."""
    single: dict[str, str] = {}
    several: dict[str, str] = {}
    for letter in map(chr, range(_LAST_WITH_CASE + 1)):
        folded = letter.casefold()
        if folded != letter:
            (single if len(folded) == 1 else several)[letter] = folded
    return MappingProxyType(single), MappingProxyType(several)


def _spellings(folded: Sequence[str]) -> list[str] | None:
    """Every text without capital letters of ASCII that folds into one of several texts of ASCII; None for other texts, and where these are too many."""
    if not all(text.isascii() for text in folded):
        return None
    found: list[str] = []
    for text in folded:
        begun = [[""], *([] for _ in text)]  # by how much of the text they fold into
        for place, letter in enumerate(text):
            for into, letters in ((letter, (letter,)), *_folding_into_ascii().items()):
                if text.startswith(into, place):
                    begun[place + len(into)] += [f"{spelt}{last}" for spelt in begun[place] for last in letters]
            if len(begun[place + 1]) > _MOST_SPELLINGS:
                return None
        found += begun[-1]
    return found if len(found) <= _MOST_SPELLINGS else None


@cache
def _folding_into_ascii() -> Mapping[str, str]:
    """The letters beyond ASCII that fold into texts of ASCII, by these: the long s, the sign of the kelvin, the sharp s, ligatures."""
    found: dict[str, str] = {}
    for letters in _unfolded():
        for letter, into in letters.items():
            if into.isascii() and not letter.isascii():
                found[into] = found.get(into, "") + letter
    return MappingProxyType(found)


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _ratio_order(part: int | None, whole: int | None, *value: str) -> int | None:
    if part is None or not whole:
        return None
    numerator, denominator = map(int, value)
    left, right = part * denominator * (1 if whole > 0 else -1), numerator * abs(whole)
    return (left > right) - (left < right)


def _decimal_order(text: str | float | None, value: str) -> int | None:
    if text is None or not _IS_DECIMAL.fullmatch(str(text)):
        return None
    left, right = Fraction(str(text)), Fraction(value)
    return (left > right) - (left < right)
