"""The scalars of the API, each with the document that specifies it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import strawberry
from graphql import GraphQLError, ListValueNode, ObjectValueNode, ValueNode, print_ast, value_from_ast_untyped
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from hub.money import is_currency
from schema.values import CurrencyCode, Url

MAX_DECIMAL_LENGTH = 40
_SHOWN_LENGTH = 60


def parse_date(value: object) -> date:
    """A calendar date from `2026-11-21`."""
    if isinstance(value, str) and len(value) == len("2026-11-21"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError(f'{_shown(value)} is no date: send one such as "2026-11-21".')


def parse_instant(value: object) -> datetime:
    """An instant from RFC 3339 text with an offset."""
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and found.tzinfo is not None and "T" in value:
            return found.astimezone(UTC)
    raise GraphQLError(f'{_shown(value)} is no instant: send one such as "2026-11-21T09:30:00Z".')


def print_instant(value: datetime) -> str:
    """An instant in UTC as RFC 3339 text."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_decimal(value: object) -> Decimal:
    """An exact decimal from text, or from a whole number; never from a binary fraction."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and len(value) <= MAX_DECIMAL_LENGTH:
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite():
            return found
    raise GraphQLError(f'{_shown(value)} is no decimal: send it as text, such as "1234.50".')


def parse_currency(value: object) -> str:
    """A known ISO 4217 code."""
    if isinstance(value, str) and is_currency(value):
        return value
    raise GraphQLError(f'{_shown(value)} is no currency: send a code of ISO 4217 such as "EUR".')


def parse_url(value: object) -> str:
    """An address; it is compared, never called."""
    if isinstance(value, str):
        return value
    raise GraphQLError(f"{_shown(value)} is no URL.")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


def literal_of(parse: Callable[[object], Any]) -> Callable[[ValueNode, object], Any]:
    """How a value written into a document is parsed: as any other one, and what is wrong with it points at it."""

    def parse_literal(node: ValueNode, _variables: object = None) -> Any:  # noqa: ANN401 - what the scalar stands for
        try:
            return parse(print_ast(node) if isinstance(node, ListValueNode | ObjectValueNode) else value_from_ast_untyped(node))
        except GraphQLError as error:
            raise GraphQLError(error.message, node) from error

    return parse_literal


def unchanged(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The value as it is."""
    return value


SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A calendar date without time zone, such as `2026-11-21`.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=parse_date,
        parse_literal=literal_of(parse_date),
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC by RFC 3339, such as `2026-11-21T09:30:00Z`. Any offset is accepted.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=print_instant,
        parse_value=parse_instant,
        parse_literal=literal_of(parse_instant),
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number, as text such as `1234.50`. Whole numbers are accepted as numbers too.",
        specified_by_url="https://www.w3.org/TR/xmlschema-2/#decimal",
        serialize=lambda value: format(value, "f"),
        parse_value=parse_decimal,
        parse_literal=literal_of(parse_decimal),
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency by its code of ISO 4217, such as `EUR`.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=parse_currency,
        parse_literal=literal_of(parse_currency),
    ),
    Url: strawberry.scalar(
        name="URL",
        description="An address by RFC 3986.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3986",
        serialize=str,
        parse_value=parse_url,
        parse_literal=literal_of(parse_url),
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value; only in payloads as a source sent them, in fields that a source adds, in options of connectors, and in rules.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=unchanged,
        parse_value=unchanged,
    ),
}
"""The scalars by the Python type that stands for each in annotations."""
