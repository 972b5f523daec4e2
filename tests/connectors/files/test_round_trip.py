"""Records written as a file and read back are the same records, whatever they hold."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.plugins import InvoiceLineItem, InvoiceRecord, to_decimal
from tests.connectors.files.workbench import read_bytes, read_text
from tests.examples import examples


@dataclass(frozen=True)
class Style:
    """One way to write a file."""

    delimiter: str
    decimal: str
    order: str
    written: str
    line_end: str

    @property
    def mapping(self) -> str:
        return f"""
delimiter = {self.delimiter!r}
decimal = {self.decimal!r}
date_order = {self.order!r}
keep_raw = false
[[parts]]
record = "invoice"
group = true
[parts.fields]
external_id = "Number"
customer_external_id = "Customer"
document_date = "Date"
due_date = "Due"
total = "Total"
currency = "Currency"
location = "Location"
is_disputed = "Disputed"
[[parts.lines]]
description = "Line"
amount = "Amount"
""".replace("'\\t'", '"\\t"')


STYLES = [
    Style(",", ".", "YMD", "%Y-%m-%d", "\n"),
    Style(";", ",", "DMY", "%d.%m.%Y", "\r\n"),
    Style("\t", ".", "MDY", "%m/%d/%Y", "\r\n"),
]
COLUMNS = ["Number", "Customer", "Date", "Due", "Total", "Currency", "Location", "Disputed", "Line", "Amount"]

ids = st.from_regex(r"[A-Z0-9][A-Z0-9/ _-]{0,9}[A-Z0-9]", fullmatch=True).filter(lambda text: not text.isspace())
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], include_characters=" \n"), min_size=1, max_size=40).map(str.strip).filter(bool)
days = st.dates(date(1990, 1, 1), date(2099, 12, 31))
amounts = st.integers(-(10**12), 10**12)


@st.composite
def invoices(draw: st.DrawFn, external_id: str) -> InvoiceRecord:
    lines = [InvoiceLineItem(description=draw(texts), amount_minor=amount) for amount in draw(st.lists(amounts, min_size=1, max_size=4))]
    return InvoiceRecord(
        external_id=external_id,
        customer_external_id=draw(ids),
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        document_date=draw(days),
        due_date=draw(st.none() | days),
        total_minor=draw(st.integers(0, 10**12)),
        location=draw(st.none() | texts),
        is_disputed=draw(st.booleans()),
        lines=lines,
    )


batches = st.lists(ids, max_size=6, unique=True).flatmap(lambda names: st.tuples(*(invoices(name) for name in names)))


def written(records: tuple[InvoiceRecord, ...], style: Style) -> str:
    def amount(minor: int, currency: str) -> str:
        return str(to_decimal(minor, currency)).replace(".", style.decimal)

    def day(value: date | None) -> str:
        return "" if value is None else value.strftime(style.written)

    file = io.StringIO()
    writer = csv.writer(file, delimiter=style.delimiter, lineterminator=style.line_end)
    writer.writerow(COLUMNS)
    for one in records:
        head = [one.external_id, one.customer_external_id, day(one.document_date), day(one.due_date), amount(one.total_minor, one.currency), one.currency]
        rest = [one.location or "", "yes" if one.is_disputed else "no"]
        for line in one.lines:
            writer.writerow([*head, *rest, line.description, amount(line.amount_minor, one.currency)])
    return file.getvalue()


@settings(deadline=None, max_examples=examples(25))
@given(records=batches, style=st.sampled_from(STYLES))
def test_what_is_written_is_what_is_read(records: tuple[InvoiceRecord, ...], style: Style) -> None:
    with TemporaryDirectory() as folder:
        outcome = read_text(written(records, style), style.mapping, Path(folder))
    assert outcome.refusals == []
    assert outcome.records == list(records)


@settings(deadline=None, max_examples=examples(25))
@given(content=st.binary(max_size=400))
def test_any_bytes_give_refusals_and_never_a_crash(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        head = b"Number,Customer,Date,Due,Total,Currency,Location,Disputed,Line,Amount\n"
        outcome = read_bytes(head + content, STYLES[0].mapping, Path(folder))
    assert all(refusal.place.startswith("file.csv line ") for refusal in outcome.refusals)
