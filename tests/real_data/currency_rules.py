"""The invoices of IBM as if each country were billed in currencies of its own, in a workspace in euros: what the words of amounts mean."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.real_data.books import Rates, Row, above, between, in_all, known_part, rounded
from tests.real_data.ibm_rules import read_rows as read_dollars
from tests.real_data.portfolios import IBM
from tests.real_data.ruled import CustomerRule, InvoiceRule, Portfolio

CURRENCIES = {
    "391 Paper": "USD",
    "391 Electronic": "EUR",
    "406 Paper": "GBP",
    "406 Electronic": "GBP",
    "770 Paper": "USD",
    "770 Electronic": "JPY",
    "818 Paper": "EUR",
    "818 Electronic": "EUR",
    "897 Paper": "CHF",  # of which no rate is known
    "897 Electronic": "USD",
}

RATES = Rates(
    "EUR",
    {
        "USD": ((date(2012, 1, 1), Decimal("0.7735")), (date(2013, 1, 1), Decimal("0.7579")), (date(2013, 3, 1), Decimal("0.7612"))),
        "GBP": ((date(2012, 9, 1), Decimal("1.2614")), (date(2013, 6, 1), Decimal("1.1699"))),
        "JPY": ((date(2012, 1, 1), Decimal("0.01003")), (date(2013, 7, 15), Decimal("0.00772"))),
    },
)

SETTINGS = 'base_currency = "EUR"\n'

_WORDS = ", ".join(f'"{words}" = "{code}"' for words, code in CURRENCIES.items())
_CURRENCY = f'{{ columns = ["countryCode", "PaperlessBill"], map = {{ {_WORDS} }} }}'

INVOICES = f"""
format = "csv"
date_order = "MDY"
keep_raw = false

[[parts]]
record = "customer"
fields.external_id = "customerID"
fields.name = "customerID"

[[parts]]
record = "invoice"
fields.external_id = "invoiceNumber"
fields.number = "invoiceNumber"
fields.customer_external_id = "customerID"
fields.document_date = "InvoiceDate"
fields.due_date = "DueDate"
fields.currency = {_CURRENCY}
fields.total = "InvoiceAmount"
fields.is_disputed = {{ column = "Disputed", map = {{ Yes = true, No = false }} }}

[[parts]]
record = "payment"
fields.external_id = {{ template = "{{invoiceNumber}}-settled" }}
fields.customer_external_id = "customerID"
fields.payment_date = "SettledDate"
fields.currency = {_CURRENCY}
fields.amount = "InvoiceAmount"

[[parts.allocations]]
invoice_external_id = "invoiceNumber"
amount = "InvoiceAmount"
"""

DAILY_RATES = """
format = "csv"

[[parts]]
record = "exchange_rate"
fields.currency = "Currency"
fields.base_currency = { value = "EUR" }
fields.rate_date = "Since"
fields.rate = "Rate"
"""


def read_rows() -> Sequence[Row]:
    """The rows of the file, each in the currency of its country and its kind of bill."""
    found: list[Row] = []
    for row in read_dollars():
        currency = CURRENCIES[f"{row.cells['countryCode']} {row.cells['PaperlessBill']}"]
        found.append(replace(row, currency=currency, amount=rounded(row.amount, currency)))
    return found


def write_files(folder: Path) -> Iterable[tuple[Path, str]]:
    """The file itself, under a mapping of ours, after the rates."""
    rates, mappings = folder / "rates.csv", {"rates": DAILY_RATES, "invoices": INVOICES}
    lines = [f"{code},{since},{rate}" for code, dated in RATES.dated.items() for since, rate in dated]
    rates.write_text("\n".join(["Currency,Since,Rate", *lines]))
    for name, text in mappings.items():
        (folder / f"{name}.toml").write_text(text)
    return [(rates, str(folder / "rates.toml")), (IBM, str(folder / "invoices.toml"))]


CUSTOMER_RULES: Sequence[CustomerRule] = (
    ("outstanding > 120 base", lambda one: above(one.outstanding, 120)),
    ("outstanding > 120 EUR", lambda one: above(one.outstanding, 120)),
    (
        'overdue > 30 EUR and any invoice (currency includes ("JPY", "USD") and not paid)',
        lambda one: above(one.overdue, 30) and any(bill.currency in {"JPY", "USD"} for bill in one.open),
    ),
    ("any invoice (balance > 60 USD)", lambda one: any(bill.currency == "USD" and bill.balance > 60 for bill in one.bills)),
    (
        'sum of balance over invoices (currency includes ("USD", "JPY")) > 90 USD',
        lambda one: known_part(bill.balance for bill in one.bills if bill.currency == "USD") > 90,
    ),
    ("not (outstanding >= 0 base)", lambda one: one.outstanding is None),
    ("count of invoices (converted_balance is not set) between 1 and 2", lambda one: 1 <= len([x for x in one.bills if x.converted_balance is None]) <= 2),
    (
        'all invoices (currency includes ("EUR", "USD") or paid)',
        lambda one: all(bill.currency in {"EUR", "USD"} for bill in one.open),
    ),
    ("ageing[1..30] between 20 base and 120 base", lambda one: between(one.aged(1, 30), 20, 120)),
    ("overdue_percent between 10 and 60", lambda one: between(one.overdue_percent, 10, 60)),
    (
        "sum of converted_balance over invoices (days_past_due > 0) > 50 base and no invoice (amount > 100 GBP)",
        lambda one: (
            known_part(bill.converted_balance for bill in one.late) > 50 and not any(bill.currency == "GBP" and bill.amount > 100 for bill in one.bills)
        ),
    ),
    ("billed_amount between 300 EUR and 900.5 EUR", lambda one: between(in_all(one.bills), 300, "900.5")),
    ("total_amount_paid is not set or net_outstanding > 200 EUR", lambda one: in_all(one.paid) is None or above(one.outstanding, 200)),
)

INVOICE_RULES: Sequence[InvoiceRule] = (
    ("amount > 60 EUR", lambda one: one.currency == "EUR" and one.amount > 60),
    ("converted_amount > 60 base", lambda one: above(one.converted_amount, 60)),
    ("balance between 50.01 USD and 80 USD", lambda one: one.currency == "USD" and between(one.balance, "50.01", 80)),
    ("not (amount > 50 GBP)", lambda one: not (one.currency == "GBP" and one.amount > 50)),
    ("amount != 50 JPY", lambda one: one.currency == "JPY" and one.amount != 50),
    ('currency excludes ("EUR", "USD") and days_past_due is set', lambda one: one.currency not in {"EUR", "USD"} and one.is_open),
    ("converted_balance is not set", lambda one: one.is_open and one.converted_balance is None),
    (
        "converted_amount <= 20 EUR or amount < 41 JPY",
        lambda one: between(one.converted_amount, 0, 20) or (one.currency == "JPY" and one.amount <= 40),
    ),
    (
        "disputed and not (converted_balance <= 40 base) and outstanding is set",
        lambda one: one.is_disputed and one.account.outstanding is not None and not between(one.converted_balance, 0, 40),
    ),
    (
        "paid and any payment (payment_amount between 30 GBP and 60 GBP)",
        lambda one: one.is_paid and one.currency == "GBP" and between(one.amount, 30, 60),
    ),
    (
        "overdue_percent > 20 and days_past_due > 0 and converted_balance >= 0.5 base",
        lambda one: above(one.account.overdue_percent, 20) and one.is_overdue and above(one.converted_balance, Decimal("0.49")),
    ),
)

PORTFOLIO = Portfolio(
    name="currencies",
    settings=SETTINGS,
    write_files=write_files,
    read_rows=read_rows,
    rates=RATES,
    today=date(2013, 7, 15),
    past=(date(2012, 6, 30), date(2013, 2, 28)),
    customer_rules=CUSTOMER_RULES,
    invoice_rules=INVOICE_RULES,
)
