"""What commands print: tables for people on standard output, JSON for machines, and words about trouble on standard error."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.money import to_decimal

_WIDTH_OF_A_FILE = 160
_LEAST_WIDTH = 12

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)


def print_json(document: object) -> None:
    """One JSON document: amounts are decimal texts, dates ISO 8601."""
    OUT.file.write(orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), caption: str | None = None) -> None:
    """A table; the columns named in `right` are aligned to the right."""
    table = Table(title=escape(title), caption=caption and escape(caption), title_justify="left", caption_justify="left", header_style="bold")
    for column in columns:
        if column in right:
            table.add_column(column, justify="right", no_wrap=True)
        else:
            table.add_column(column, min_width=min(_LEAST_WIDTH, len(column)), overflow="fold")
    for row in rows:
        table.add_row(*(escape("–" if cell is None else str(cell)) for cell in row))
    OUT.print(table, width=None if OUT.is_terminal else _WIDTH_OF_A_FILE)


def amount(amount_minor: int | None, currency: str) -> str:
    """An amount with thousands separators and the currency's decimals; `n/a` where a rate is missing."""
    return "n/a" if amount_minor is None else f"{to_decimal(amount_minor, currency):,f}"


def decimal_text(amount_minor: int | None, currency: str) -> str | None:
    """An amount for JSON."""
    return None if amount_minor is None else f"{to_decimal(amount_minor, currency):f}"


def say(text: str) -> None:
    """A line for people, on standard error, so that standard output stays a table or JSON."""
    ERR.print(escape(text), soft_wrap=True)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
