"""Reads files through the connector as the hub would, and gathers what comes out."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
from openpyxl import Workbook

from connectors.files.plugin import FilesConnector
from hub.plugins import ConnectionContext, Feed, FixedClock, Notice, Page, Record, Refusal, Source, SourceContractError

_Kind = TypeVar("_Kind")

INVOICES = """
date_order = "YMD"
currency = "EUR"
[[parts]]
record = "invoice"
[parts.fields]
external_id = "Number"
customer_external_id = "Customer"
document_date = "Date"
total = "Total"
"""
"""The smallest mapping of invoices; tests add keys before it and fields after it."""

HEADER = "Number,Customer,Date,Total\n"


@dataclass
class Outcome:
    """Everything that one read gave."""

    pages: list[Page] = field(default_factory=list[Page])

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def refusals(self) -> list[Refusal]:
        return [refusal for page in self.pages for refusal in page.refusals]

    @property
    def notices(self) -> list[Notice]:
        return [notice for page in self.pages for notice in page.notices]

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        return [record for record in self.records if isinstance(record, kind)]

    def only(self, kind: type[_Kind]) -> _Kind:
        (record,) = self.of(kind)
        return record


def open_source(options: Mapping[str, Any], directory: Path) -> Source:
    context = ConnectionContext("test", options, {}, directory, clock=FixedClock(datetime(2026, 11, 22, tzinfo=UTC)), base_currency="EUR")
    return FilesConnector().open(context)


def feeds_of(options: Mapping[str, Any], directory: Path) -> list[Feed]:
    async def find() -> list[Feed]:
        return list(await open_source(options, directory).feeds())

    return anyio.run(find)


def read_options(options: Mapping[str, Any], directory: Path, *, cursor: str | None = None, since: date | None = None) -> Outcome:
    """Read every feed; the cursor is for the first."""

    async def read() -> Outcome:
        source = open_source(options, directory)
        outcome = Outcome()
        for feed in await source.feeds():
            async for page in source.read(feed, cursor=cursor, since=since):
                outcome.pages.append(page)
        await source.aclose()
        return outcome

    return anyio.run(read)


def read_bytes(content: bytes, mapping: str, directory: Path, *, name: str = "file.csv", since: date | None = None) -> Outcome:
    """Write a file and its mapping, and read it."""
    (directory / name).write_bytes(content)
    (directory / "mapping.toml").write_text(mapping, encoding="utf-8")
    return read_options({"path": name, "mapping": "mapping.toml"}, directory, since=since)


def read_text(text: str, mapping: str, directory: Path, *, name: str = "file.csv", since: date | None = None) -> Outcome:
    return read_bytes(text.encode(), mapping, directory, name=name, since=since)


def ids(outcome: Outcome) -> list[str]:
    return [record.external_id for record in outcome.records]


def contract_error(content: bytes, directory: Path, *, mapping: str = INVOICES, name: str = "file.csv") -> str:
    with pytest.raises(SourceContractError) as caught:
        read_bytes(content, mapping, directory, name=name)
    return str(caught.value)


def workbook(*rows: tuple[Any, ...], title: str = "Open", more_sheets: tuple[str, ...] = ()) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name in more_sheets:
        book.create_sheet(name)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
