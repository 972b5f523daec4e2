"""Which rows each page of a run landed, found in the database that our run has filled: what the bare loop goes by."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.bare_drivers import BareDatabase
from connectors.files.reading import PAGE_ROWS
from hub.model import Customer, ExternalReference, Invoice, InvoiceLine, Payment, Row, Settlement, SourceRecord, table_of

FILE_FEED = "benchmark-invoices"


@dataclass(frozen=True, slots=True)
class Landing:
    """Which rows of a table one page lands: those whose key lies above `low` and up to `high`.

    `customer` is the column that names a customer whose figures are stale afterwards; None: no column does.
    """

    table: str
    columns: tuple[str, ...]
    key: str
    low: int
    high: int
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Restating:
    """Which rows of landed pages a page states anew: `query` gives `columns` and the row's id at the end."""

    table: str
    columns: tuple[str, ...]
    query: str


@dataclass(frozen=True, slots=True)
class BarePage:
    """What one page of a feed does. `restating` None: it leaves the rows of earlier pages alone."""

    feed: str
    landings: tuple[Landing, ...]
    restating: Restating | None = None


Plan = Callable[[BareDatabase, int], Iterator[BarePage]]
"""Finds the pages, of so many objects each, in the database that our run has filled."""


def file_pages(source: BareDatabase, page_size: int = PAGE_ROWS) -> Iterator[BarePage]:
    """What each page of a file landed: invoices, the customers that they are the first to name, and the references of both."""
    one = source.one
    references = one("SELECT min(id) AS first FROM external_reference WHERE stream IN ('CUSTOMERS', 'INVOICES')")
    invoices = one("SELECT min(id) AS first, max(id) AS last FROM invoice")
    customer = int(one("SELECT min(id) AS first FROM customer")["first"]) - 1
    reference, invoice, last = int(references["first"]) - 1, int(invoices["first"]) - 1, int(invoices["last"])
    while invoice < last:
        up_to = min(invoice + page_size, last)
        named = one(f"SELECT max(customer_id) AS last FROM invoice WHERE id > {invoice} AND id <= {up_to}")  # noqa: S608 - numbers of our own
        customers = max(customer, int(named["last"]))
        landed = reference + (customers - customer) + (up_to - invoice)
        rows = (
            _landing(Customer, customer, customers),
            _landing(Invoice, invoice, up_to, customer="customer_id"),
            *_references(reference, landed),
        )
        yield BarePage(FILE_FEED, rows)
        customer, invoice, reference = customers, up_to, landed


def rendered_pages(source: BareDatabase, page_size: int) -> Iterator[BarePage]:
    """What each page of a list landed: customers, then invoices with their lines, then payments with what they settle."""
    first = source.one("SELECT min(id) AS first FROM external_reference WHERE stream = 'CUSTOMERS'")
    reference = int(first["first"]) - 1
    for low, high in _spans(source, Customer, page_size):
        yield BarePage("customers", (_landing(Customer, low, high, customer="id"), *_references(reference, reference := reference + high - low)))
    for low, high in _spans(source, Invoice, page_size):
        rows = (_landing(Invoice, low, high, customer="customer_id"), _landing(InvoiceLine, low, high, key="invoice_id"))
        yield BarePage("invoices", (*rows, *_references(reference, reference := reference + high - low)))
    for low, high in _spans(source, Payment, page_size):
        rows = (_landing(Payment, low, high, customer="customer_id"), _landing(Settlement, low, high, key="payment_id"))
        yield BarePage("payments", (*rows, *_references(reference, reference := reference + high - low)), _settled(low, high))


def _settled(low: int, high: int) -> Restating:
    """What is left unexplained of an invoice's paid amount: no loop can know it before it meets the payments."""
    columns = ("residual_paid_minor", "residual_date")
    query = (
        f"SELECT {', '.join(columns)}, id FROM invoice "  # noqa: S608 - numbers of our own
        f"WHERE id IN (SELECT invoice_id FROM settlement WHERE payment_id > {low} AND payment_id <= {high}) ORDER BY id"
    )
    return Restating("invoice", columns, query)


def _spans(source: BareDatabase, row: type[Row], size: int) -> Iterator[tuple[int, int]]:
    """The ids of a table, page by page: above the first and up to the second."""
    ends = source.one(f"SELECT min(id) AS first, max(id) AS last FROM {table_of(row).name}")  # noqa: S608 - a table of ours
    if ends["first"] is None:
        return
    low, last = int(ends["first"]) - 1, int(ends["last"])
    while low < last:
        high = min(low + size, last)
        yield low, high
        low = high


def _references(low: int, high: int) -> tuple[Landing, Landing]:
    """External references, and what the source said of them."""
    return _landing(ExternalReference, low, high), _landing(SourceRecord, low, high, key="reference_id")


def _landing(row: type[Row], low: int, high: int, *, key: str = "id", customer: str | None = None) -> Landing:
    table = table_of(row)
    return Landing(table.name, tuple(column.name for column in table.columns), key, low, high, customer)
