"""The made-up ledger as the pages of an accounting system: JSON bytes that are made once, in the form of the sandbox's accounting."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.generating import BASE_CURRENCY, INVOICES_A_CUSTOMER, LedgerRow, ledger_rows

PAGE_SIZE = 500
"""Objects a page: what accounting systems give lies between 100 and 1,000."""

COLLECTIONS = ("rates", "customers", "invoices", "payments")

_RATES = {"USD": "0.9234", "JPY": "0.006131"}
_RATE_DAY = "2024-01-02"
_MOST_LINES = 3

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one ledger, a file each, in one folder."""

    folder: Path
    invoice_count: int
    page_size: int = PAGE_SIZE

    @property
    def name(self) -> str:
        """What tells pages of different ledgers and sizes apart."""
        return f"pages-{self.invoice_count}-by-{self.page_size}"

    def file(self, collection: str, number: int) -> Path:
        """The page of a collection; the first one has the number 1."""
        return self.folder / self.name / f"{collection}-{number:06d}.json"


def write_pages(folder: Path, invoice_count: int, *, page_size: int = PAGE_SIZE) -> Pages:
    """Render all pages of a ledger."""
    pages = Pages(folder, invoice_count, page_size)
    (folder / pages.name).mkdir(parents=True, exist_ok=True)
    _write(pages, "rates", _rates())
    _write(pages, "customers", map(_customer, range(invoice_count // INVOICES_A_CUSTOMER or 1)))
    _write(pages, "invoices", (_invoice(number, row) for number, row in enumerate(ledger_rows(invoice_count), start=1)))
    _write(pages, "payments", _payments(invoice_count))
    return pages


def _write(pages: Pages, collection: str, bodies: Iterable[Body]) -> None:
    """Each page names the one behind it, the last one none; a collection of nothing has one empty page."""
    numbered = enumerate(chain(_in_pages(bodies, pages.page_size), [[]]), start=1)
    number, items = next(numbered)
    for next_number, next_items in numbered:
        token = str(next_number) if next_items else None
        pages.file(collection, number).write_bytes(msgspec.json.encode({"items": items, "next_page_token": token}))
        number, items = next_number, next_items


def _in_pages(bodies: Iterable[Body], size: int) -> Iterator[list[Body]]:
    waiting = iter(bodies)
    while items := list(islice(waiting, size)):
        yield items


def _rates() -> Iterator[Body]:
    for currency, rate in _RATES.items():
        fields = {"currency": currency, "base_currency": BASE_CURRENCY, "date": _RATE_DAY, "rate": rate}
        yield _carrying(f"rate_{currency}", _RATE_DAY) | fields


def _customer(owner: int) -> Body:
    return _carrying(_customer_id(owner), "2024-01-02") | {
        "deleted": False,
        "name": f"Customer {owner} Trading",
        "legal_name": f"Customer {owner} Trading Limited",
        "email": f"accounts@customer-{owner}.example",
        "phone": f"+49 30 {owner:08d}",
        "tax_id": f"DE{owner:09d}",
        "currency": BASE_CURRENCY,
        "address": _address(owner),
        "parent_id": None,
        "payment_terms_days": 30,
        "owner_email": f"owner-{owner % 20}@workspace.example",
        "balances": {},
        "crm_id": None,
        "reference": f"C-{owner:07d}",
    }


def _address(owner: int) -> Body:
    return {"lines": [f"Market Street {owner % 200 + 1}"], "city": "Berlin", "region": None, "postal_code": f"{owner % 90_000 + 10_000}", "country": "DE"}


def _invoice(number: int, row: LedgerRow) -> Body:
    is_paid = row.paid == row.total
    return _carrying(f"inv_{number:08d}", row.issued) | {
        "number": row.invoice,
        "customer_id": _customer_id(int(row.customer.removeprefix("C-"))),
        "currency": row.currency,
        "date": row.issued,
        "due_date": row.due,
        "status": "paid" if is_paid else "open",
        "total": row.total,
        "amount_paid": row.paid,
        "amount_credited": "0",
        "balance": _less(row.total, row.paid),
        "voided_on": None,
        "written_off_on": None,
        "paid_on": row.paid_on if is_paid else None,
        "po_number": row.purchase_order,
        "lines": _lines(number, row),
        "due_parts": [],
        "disputed": False,
        "dispute_reason": None,
        "memo": f"Sales unit {row.unit}",
    }


def _lines(number: int, row: LedgerRow) -> list[Body]:
    """One to three items that add up to the total."""
    count = number % _MOST_LINES + 1
    whole = int(row.total.partition(".")[0]) // count
    amounts = [str(whole)] * (count - 1)
    amounts.append(_less(row.total, str(whole * (count - 1))))
    return [
        {"item": f"Item {position}", "description": f"Delivery {number}, part {position}", "quantity": "1", "unit_price": amount, "amount": amount}
        for position, amount in enumerate(amounts, start=1)
    ]


def _payments(invoice_count: int) -> Iterator[Body]:
    """What was paid, in the order of the invoices: each payment is set against its own one."""
    for number, row in enumerate(ledger_rows(invoice_count), start=1):
        if row.paid_on:
            yield _carrying(f"pay_{number:08d}", row.paid_on) | {
                "customer_id": _customer_id(int(row.customer.removeprefix("C-"))),
                "currency": row.currency,
                "amount": row.paid,
                "date": row.paid_on,
                "method": "transfer",
                "reference": row.invoice,
                "gateway_charge_id": None,
                "status": "settled",
                "returned_on": None,
                "allocations": [{"invoice_id": f"inv_{number:08d}", "amount": row.paid, "date": row.paid_on}],
            }


def _carrying(object_id: str, day: str) -> Body:
    """What every object carries."""
    return {"id": object_id, "version": 1, "created_at": f"{day}T08:00:00Z", "updated_at": f"{day}T08:00:00Z"}


def _customer_id(owner: int) -> str:
    return f"cus_{owner:07d}"


def _less(amount: str, subtrahend: str) -> str:
    """The difference of two decimals with the digits of the first one."""
    digits = len(amount.partition(".")[2])
    left = int(amount.replace(".", "")) - int(subtrahend.replace(".", "")) * 10 ** (digits - len(subtrahend.partition(".")[2]))
    return f"{left // 10**digits}.{left % 10**digits:0{digits}d}" if digits else str(left)
