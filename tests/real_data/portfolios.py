"""What the real files say, read with nothing but `csv` and `Decimal`: the invoices in them, and who owed what on a day."""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DATA = Path(os.environ.get("DUNWELL_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
IBM = DATA / "ibm-accounts-receivable.csv"
HIGHRADIUS = DATA / "highradius-open-invoices.csv"

CENT = Decimal("0.01")
LAST_DAYS = {"current": 0, "1-30": 30, "31-60": 60, "61-90": 90, "91+": 10**9}


@dataclass(frozen=True, slots=True)
class RealInvoice:
    """One row of a file. `settled_on` None: it is open to this day."""

    customer: str
    issued_on: date
    due_on: date
    amount: Decimal
    settled_on: date | None = None


@dataclass(slots=True)
class Owed:
    """What a customer, or everybody, owed and had paid on one day."""

    outstanding: Decimal = Decimal()
    overdue: Decimal = Decimal()
    billed: Decimal = Decimal()
    paid: Decimal = Decimal()
    open_count: int = 0
    overdue_count: int = 0
    ageing: Counter[str] = field(default_factory=Counter[str])
    ageing_counts: Counter[str] = field(default_factory=Counter[str])

    def add(self, invoice: RealInvoice, day: date) -> None:
        """Count an invoice as it stood on a day."""
        if invoice.issued_on > day:
            return
        self.billed += invoice.amount
        if invoice.settled_on is not None and invoice.settled_on <= day:
            self.paid += invoice.amount
            return
        late = (day - invoice.due_on).days
        bucket = next(label for label, last in LAST_DAYS.items() if late <= last)
        self.outstanding += invoice.amount
        self.open_count += 1
        self.ageing[bucket] += int(invoice.amount * 100)
        self.ageing_counts[bucket] += 1
        if late > 0:
            self.overdue += invoice.amount
            self.overdue_count += 1

    def as_text(self) -> dict[str, object]:
        """The figures as the hub writes them."""
        return {
            "outstanding": str(self.outstanding.quantize(CENT)),
            "overdue": str(self.overdue.quantize(CENT)),
            "billed": str(self.billed.quantize(CENT)),
            "paid": str(self.paid.quantize(CENT)),
            "due": str(self.outstanding.quantize(CENT)),
            "unaccounted": "0.00",
            "open": self.open_count,
            "late": self.overdue_count,
            "ageing": [(label, str((Decimal(self.ageing[label]) / 100).quantize(CENT)), self.ageing_counts[label]) for label in LAST_DAYS],
        }


def read_invoices(ibm: Path, highradius: Path) -> list[RealInvoice]:
    """The invoices of both files."""
    return [*_ibm(ibm), *_highradius(highradius)]


def owed_by_customer(invoices: Iterable[RealInvoice], day: date) -> dict[str, dict[str, object]]:
    """What each customer owed on a day, by its id; those that had no invoice yet with zeros."""
    found: defaultdict[str, Owed] = defaultdict(Owed)
    for invoice in invoices:
        found[invoice.customer].add(invoice, day)
    return {customer: owed.as_text() for customer, owed in found.items()}


def owed_in_all(invoices: Iterable[RealInvoice], day: date) -> dict[str, object]:
    """What everybody owed on a day."""
    total = Owed()
    for invoice in invoices:
        total.add(invoice, day)
    return total.as_text()


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a file."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _ibm(path: Path) -> Iterator[RealInvoice]:
    for row in rows_of(path):
        issued, due, settled = (_day(row[name], "%m/%d/%Y") for name in ("InvoiceDate", "DueDate", "SettledDate"))
        yield RealInvoice(row["customerID"], issued, due, Decimal(row["InvoiceAmount"]), settled)


def _highradius(path: Path) -> Iterator[RealInvoice]:
    for row in rows_of(path):
        issued, due = (_day(row[name], "%d-%m-%Y") for name in ("posting_date", "due_in_date"))
        yield RealInvoice(row["cust_number"], issued, due, Decimal(row["converted_usd"]).quantize(CENT, ROUND_HALF_EVEN))


def _day(text: str, order: str) -> date:
    return datetime.strptime(text, order).date()  # noqa: DTZ007 - a plain date
