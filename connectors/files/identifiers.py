"""Ids from cells. What a spreadsheet has done to an id is told, never guessed away."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from connectors.files.cells import read_text, typed_text
from connectors.files.findings import CellError, Findings, NoticeKind

_NUMBER_LIKE = re.compile(r"(\d+)\.0*|(\d)(?:\.(\d+))?[eE](\+?)(\d{1,3})", re.ASCII)
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_EXACT_DIGITS = 15
_LIMIT = 255


class IdRules(NamedTuple):
    """How the ids of one column are read. Ids are text and kept as they stand: leading zeros, letters and all.

    Four traps of spreadsheets are seen to:

    * `2960623488.0` and a complete `2.960623488E+09` are kept and told of; with `is_whole` they become `2960623488`, told of too.
    * `1.2E+05` has fewer digits than the number that it stands for: it is refused, since the id cannot be known.
    * a cell typed as a number becomes its digits, and is told of where `tells_typed`; beyond 15 digits, where spreadsheets invent
      zeros, it is refused.
    * ids of digits that are shorter than `width` (None: any width) get their zeros back with `restores`, or are told of.
    """

    column: str
    width: int | None
    restores: bool
    is_whole: bool
    tells_typed: bool


def id_reader(rules: IdRules, findings: Findings) -> Callable[[object], str]:
    """A function that reads an id; it raises CellError where digits are lost."""
    width = rules.width

    def read(value: object) -> str:
        if isinstance(value, str) and len(value) <= _LIMIT and value.isprintable():
            if value.isdigit():
                return value if width is None or len(value) >= width else _short(value, rules, findings)
            if value[0].isalpha():
                return value
        return _read_suspect(value, rules, findings)

    return read


def _read_suspect(value: object, rules: IdRules, findings: Findings) -> str:
    text = value if isinstance(value, str) else _typed(value, rules, findings)
    if text in _ERRORS:
        raise CellError(f"{text} is an error of the spreadsheet, not an id")
    match = _NUMBER_LIKE.fullmatch(text)
    if match:
        text = _number_like(match, rules, findings)
    if rules.width is not None and len(text) < rules.width and text.isdigit():
        text = _short(text, rules, findings)
    return read_text(text, _LIMIT)


def _typed(value: object, rules: IdRules, findings: Findings) -> str:
    if isinstance(value, datetime | date):
        raise CellError(f"{value.isoformat()} is a date in the spreadsheet, not an id: format the column as text at its source")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CellError(f"{value!r} is no id")
    if not rules.tells_typed:
        return typed_text(value)
    if abs(value) >= 10**_EXACT_DIGITS:
        raise CellError(f"the id is typed as a number of more than {_EXACT_DIGITS} digits, of which the last are lost: format the column as text at its source")
    text = typed_text(value)
    findings.notice(NoticeKind.TYPED_AS_NUMBER, rules.column, f"the id {text} stands in a cell typed as a number: leading zeros would be lost")
    return text


def _number_like(match: re.Match[str], rules: IdRules, findings: Findings) -> str:
    text = match[0]
    whole = match[1] or _whole_of_power(match)
    if whole is not None and rules.is_whole:
        findings.notice(NoticeKind.RESTORED_ID, rules.column, f"the id {text!r} was read as {whole!r}, as `whole` declares")
        return whole
    findings.notice(NoticeKind.NUMBER_LIKE_ID, rules.column, f"the id {text!r} looks like a number that a spreadsheet has rewritten; it was kept as it is")
    return text


def _whole_of_power(match: re.Match[str]) -> str | None:
    """The digits of `2.960623488E+09`; None for what may well be meant so, such as the article `1E5`. Raises CellError when digits are lost."""
    _, first, decimals, plus, power = match.groups()
    if not plus and not decimals:
        return None
    digits = first + (decimals or "")
    missing = int(power) + 1 - len(digits)
    if missing > 0:
        raise CellError(f"the id {match[0]!r} is in scientific notation and its last digits are lost: format the column as text at its source")
    return digits if missing == 0 else None


def _short(text: str, rules: IdRules, findings: Findings) -> str:
    width = rules.width or 0
    if rules.restores:
        full = text.zfill(width)
        findings.notice(NoticeKind.RESTORED_ID, rules.column, f"the id {text!r} got its leading zeros back: {full!r}")
        return full
    findings.notice(NoticeKind.SHORT_ID, rules.column, f"the id {text!r} has {len(text)} digits where {width} are declared: leading zeros may be lost")
    return text
