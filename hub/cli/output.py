"""What commands print: tables for people on standard output, JSON for machines, and words about trouble on standard error."""

import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.money import to_decimal

_WIDTH_OF_A_FILE = 160
_LEAST_WIDTH = 12
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

ERR = Console(stderr=True, highlight=False)


def print_text(text: str) -> None:
    """Text on standard output as it is."""
    sys.stdout.write(text)


def print_json(document: object) -> None:
    """One JSON document: amounts are decimal texts, dates ISO 8601."""
    print_text(orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2).decode() + "\n")


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), cut: Sequence[str] = (), caption: str | None = None
) -> None:
    """A table under its title. Columns named in `right` are aligned to the right and never broken, those in `cut` end in … where there is no room."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for column in columns:
        if column in right:
            table.add_column(column, justify="right", no_wrap=True)
        else:
            table.add_column(column, min_width=min(_LEAST_WIDTH, len(column)), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value, is_cut=column in cut) for column, value in zip(columns, row, strict=True)))
    console = _standard_output()
    console.print(Text(title, "bold"))
    console.print(table)
    if caption is not None:
        console.print(Text(caption))
    console.print()


def amount(amount_minor: int | None, currency: str) -> str:
    """An amount with thousands separators and the currency's decimals; `n/a` where a rate is missing."""
    return "n/a" if amount_minor is None else f"{to_decimal(amount_minor, currency):,f}"


def decimal_text(amount_minor: int | None, currency: str) -> str | None:
    """An amount for JSON."""
    return None if amount_minor is None else f"{to_decimal(amount_minor, currency):f}"


def minute(instant: datetime) -> str:
    """An instant for people, in UTC to the minute."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def camel(name: str) -> str:
    """A name as the documents for machines write it: `overdue_invoice_count` is `overdueInvoiceCount`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def words(name: str) -> str:
    """The name of an enum's member as people read it: `CREDIT_NOTES` is `credit notes`."""
    return name.lower().replace("_", " ")


def say(text: str) -> None:
    """Lines for people, on standard error, so that standard output stays a table or JSON."""
    ERR.print(Text(_harmless(text)), soft_wrap=True)


def _standard_output() -> Console:
    """As wide as the terminal; in a file or a pipe wide enough that little is broken."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_FILE
    return console


def _cell(value: object, *, is_cut: bool) -> Text:
    text = "–" if value is None else _harmless(str(value))
    return Text(text, no_wrap=True, overflow="ellipsis") if is_cut else Text(text)


def _harmless(text: str) -> str:
    """Text from files and databases without what would steer a terminal."""
    return _CONTROL.sub("\ufffd", text)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
