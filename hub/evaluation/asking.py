"""A rule as a caller of the API gives it: a text, or a document whose values the API has read already."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, cast

from hub.errors import RequestError
from hub.evaluation.book import RuleBook
from rules.document import from_document
from rules.errors import RuleError, RuleSyntaxError
from rules.fields import Level
from rules.model import Expression
from rules.parsing import parse_rule

TEXT, DOCUMENT = "text", "document"

Given = Mapping[str, Any]


def read_rule(given: Given, *, path: tuple[str, ...]) -> Expression:
    """The rule that is given as `text` or as `document`. Raises RequestError at the place within `path` where it cannot be read."""
    try:
        return parse_rule(given[TEXT]) if given.get(TEXT) is not None else from_document(_plain(given[DOCUMENT]))
    except RuleError as error:
        raise RequestError(str(error), path=(*path, *_place(error, given))) from error


def usable_rule(book: RuleBook, level: Level, given: Given, *, path: tuple[str, ...]) -> Expression:
    """The same, where it can be used by the catalogue. Raises RequestError with the first of what is wrong."""
    rule = read_rule(given, path=path)
    try:
        book.require_usable(rule, level)
    except RuleError as error:
        raise RequestError(str(error), path=path) from error
    return rule


def _place(error: RuleError, given: Given) -> tuple[str, ...]:
    if given.get(TEXT) is not None:
        return (TEXT,)
    return (DOCUMENT, *map(str, error.path)) if isinstance(error, RuleSyntaxError) else (DOCUMENT,)


def _plain(value: object) -> object:
    """Values as JSON has them: exact numbers and days as texts, members of enums by name."""
    match value:
        case Enum():
            return value.value
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case Mapping():
            return {name: _plain(inner) for name, inner in cast("Mapping[str, object]", value).items()}
        case list():
            return [_plain(inner) for inner in cast("Sequence[object]", value)]
        case _:
            return value
