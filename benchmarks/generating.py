"""A made-up ledger as files: the same rows for the same size, on every machine."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

BASE_CURRENCY = "EUR"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOON.date()
"""The business date of every benchmark: the ledger is dated relative to it."""

INVOICES_A_CUSTOMER = 10
_SEED = 20261120
_SPAN_DAYS = 540
_TERMS_DAYS = (14, 30, 45, 60)
_CURRENCIES = ("EUR", "EUR", "EUR", "USD", "USD", "JPY")
_COUNTRIES = ("DE", "FR", "NL", "US", "JP", "PL", "ES", "IT")
_UNITS = ("north", "south", "overseas")

MAPPING = """\
name = "benchmark-invoices"
format = "csv"
date_order = "YMD"

[[parts]]
record = "customer"
fields.external_id = "customer"
fields.name = "customer_name"
fields.country = "country"

[[parts]]
record = "invoice"
fields.external_id = "invoice"
fields.number = "invoice"
fields.customer_external_id = "customer"
fields.document_date = "issued"
fields.due_date = "due"
fields.currency = "currency"
fields.total = "total"
fields.amount_paid = "paid"
fields.paid_on = "paid_on"
fields.purchase_order_number = "purchase_order"
fields.business_unit = "unit"
"""
"""Customers are named on the rows of their invoices, as in most exports."""

RATES_MAPPING = """\
name = "benchmark-rates"
format = "csv"
date_order = "YMD"

[[parts]]
record = "exchange_rate"
fields.currency = "currency"
fields.base_currency = "base"
fields.rate_date = "day"
fields.rate = "rate"
"""

_RATES = f"""\
currency,base,day,rate
USD,{BASE_CURRENCY},2024-01-02,0.9234
JPY,{BASE_CURRENCY},2024-01-02,0.006131
"""


class LedgerRow(NamedTuple):
    """One invoice, as it stands in the file: texts, with `paid_on` empty while nothing is paid."""

    invoice: str
    customer: str
    customer_name: str
    country: str
    issued: str
    due: str
    currency: str
    total: str
    paid: str
    paid_on: str
    purchase_order: str
    unit: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The files of one ledger, in one folder."""

    folder: Path
    invoice_count: int

    @property
    def name(self) -> str:
        """What tells ledgers of different sizes apart."""
        return f"invoices-{self.invoice_count}"

    @property
    def invoices(self) -> Path:
        """The invoices, in the order of their dates."""
        return self.folder / f"{self.name}.csv"

    @property
    def mapping(self) -> Path:
        """The mapping of the invoices."""
        return self.folder / "invoices.toml"

    @property
    def rates(self) -> Path:
        """Exchange rates for every currency in the ledger."""
        return self.folder / "rates.csv"

    @property
    def rates_mapping(self) -> Path:
        """The mapping of the rates."""
        return self.folder / "rates.toml"


def write_ledger(folder: Path, invoice_count: int) -> Ledger:
    """Write a ledger's files."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(folder, invoice_count)
    ledger.mapping.write_text(MAPPING, encoding="utf-8")
    ledger.rates_mapping.write_text(RATES_MAPPING, encoding="utf-8")
    ledger.rates.write_text(_RATES, encoding="utf-8")
    with ledger.invoices.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LedgerRow._fields)
        writer.writerows(ledger_rows(invoice_count))
    return ledger


def ledger_rows(invoice_count: int) -> Iterator[LedgerRow]:
    """Invoices in the order of their dates, so that those of one customer lie scattered, as in a real journal."""
    chance = random.Random(_SEED)
    owners = [number // INVOICES_A_CUSTOMER for number in range(invoice_count)]
    chance.shuffle(owners)
    first_day = TODAY - timedelta(days=_SPAN_DAYS)
    for number, owner in enumerate(owners, start=1):
        issued = first_day + timedelta(days=_SPAN_DAYS * number // invoice_count)
        yield _row(chance, number, owner, issued=issued)


def _row(chance: random.Random, number: int, owner: int, *, issued: date) -> LedgerRow:
    due = issued + timedelta(days=chance.choice(_TERMS_DAYS))
    currency = chance.choice(_CURRENCIES)
    hundreds = chance.randint(2_000, 900_000)
    total, paid, paid_on = hundreds, 0, ""
    outcome = chance.random()
    settled = due + timedelta(days=chance.randint(-10, 40))
    if settled <= TODAY and outcome < 0.7:  # noqa: PLR2004 - seven in ten are settled, one of them in part
        paid, paid_on = (total if outcome < 0.6 else total // 3), settled.isoformat()  # noqa: PLR2004
    return LedgerRow(
        f"INV-{number:08d}",
        f"C-{owner:07d}",
        f"Customer {owner} Trading",
        _COUNTRIES[owner % len(_COUNTRIES)],
        issued.isoformat(),
        due.isoformat(),
        currency,
        _text(total, currency),
        _text(paid, currency),
        paid_on,
        f"PO-{chance.randint(1, 10**6):07d}",
        _UNITS[owner % len(_UNITS)],
    )


def _text(hundredths: int, currency: str) -> str:
    return str(hundredths) if currency == "JPY" else f"{hundredths // 100}.{hundredths % 100:02d}"
