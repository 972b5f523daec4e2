"""The open invoices of HighRadius, in US dollars: who is late, by how much, and in which part of the business."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from tests.real_data.books import Account, Bill, Rates, Row, above, below, between, known_part, rounded
from tests.real_data.portfolios import HIGHRADIUS, rows_of
from tests.real_data.ruled import CustomerRule, InvoiceRule, Portfolio

SETTINGS = """
base_currency = "USD"

[workspace.custom_fields.terms]
of = "invoice"
field = "payment_terms"

[workspace.custom_fields.baseline]
of = "invoice"
field = "baseline_create_date"
type = "date"
"""


def read_rows() -> Sequence[Row]:
    """The rows of the file; amounts with three decimals are rounded to cents."""
    return [
        Row(
            number=row["doc_id"],
            customer=row["cust_number"],
            currency="USD",
            issued_on=day_of(row["posting_date"]),
            due_on=day_of(row["due_in_date"]),
            amount=rounded(Decimal(row["converted_usd"]), "USD"),
            settled_on=None,
            cells=row,
        )
        for row in rows_of(HIGHRADIUS)
    ]


def day_of(text: str) -> date:
    """A date as the file writes it."""
    return datetime.strptime(text, "%d-%m-%Y").date()  # noqa: DTZ007 - a plain date


def baseline(bill: Bill) -> date:
    """From when its terms count."""
    return day_of(bill.cells["baseline_create_date"])


def terms(bill: Bill) -> str:
    """By which terms it is due."""
    return bill.cells["cust_payment_terms"]


def name(account: Account) -> str:
    """The first of its names."""
    return account.cells["name_customer"].strip().casefold()


def due(bills: Sequence[Bill]) -> Decimal:
    """What is due of bills."""
    return known_part(bill.balance for bill in bills)


CUSTOMER_RULES: Sequence[CustomerRule] = (
    ("overdue > 50000 USD and overdue_invoice_count > 2", lambda one: above(one.overdue, 50_000) and len(one.late) > 2),
    ("ageing[31..60] > 5000 base and ageing[91..] = 0 base", lambda one: above(one.aged(31, 60), 5000) and one.aged(91, 10**6) == 0),
    ("overdue_percent between 33.3 and 99.5", lambda one: between(one.overdue_percent, "33.3", "99.5")),
    ("not (overdue_percent >= 50)", lambda one: not (one.overdue_percent is not None and one.overdue_percent >= 50)),
    ("overdue_percent is not set or overdue_percent = 0", lambda one: not one.overdue_percent),
    (
        'any invoice (business_unit includes ("CA02", "U013") and days_past_due > 30)',
        lambda one: any(bill.cells["business_code"] in {"CA02", "U013"} and above(bill.days_late, 30) for bill in one.bills),
    ),
    (
        "no invoice (days_past_due > 75) and open_invoice_count >= 5",
        lambda one: not any(above(bill.days_late, 75) for bill in one.bills) and len(one.open) >= 5,
    ),
    ('all invoices (custom.terms = "NAA8") and outstanding is set', lambda one: all(terms(bill) == "NAA8" for bill in one.bills)),
    (
        "count of invoices (balance between 1000 USD and 10000 USD) >= 3 and not (outstanding > 500000 USD)",
        lambda one: len([bill for bill in one.bills if between(bill.balance, 1000, 10000)]) >= 3 and not above(one.outstanding, 500_000),
    ),
    (
        "sum of balance over invoices (due_date between today - 45d and today - 15d) > 20000 USD",
        lambda one: due([bill for bill in one.bills if bill.due_within(-45, -15)]) > 20000,
    ),
    (
        'not (overdue = 0 base or any invoice (not (custom.terms includes ("NAH4", "NAA8")) and not paid))',
        lambda one: not (one.overdue == 0 or any(terms(bill) not in {"NAH4", "NAA8"} for bill in one.open)),
    ),
    (
        'customer_name excludes ("kroger CORP", "wal-mar us") and (ageing[61..90] >= 1000.01 USD or ageing[1..30] between 100 USD and 999.99 USD)',
        lambda one: name(one) not in {"kroger corp", "wal-mar us"} and (above(one.aged(61, 90), 1000) or between(one.aged(1, 30), 100, "999.99")),
    ),
)

INVOICE_RULES: Sequence[InvoiceRule] = (
    ("balance > 25000 USD and days_past_due between 31 and 60", lambda one: one.balance > 25000 and between(one.days_late, 31, 60)),
    ('business_unit excludes ("U001") and days_past_due is set', lambda one: one.cells["business_code"] != "U001" and one.is_open),
    ("custom.baseline between 2020-03-01 and 2020-03-31", lambda one: date(2020, 3, 1) <= baseline(one) <= date(2020, 3, 31)),
    (
        'custom.terms includes ("ca10", "naa8") and due_date < today - 30d',
        lambda one: terms(one) in {"CA10", "NAA8"} and one.due_within(-(10**4), -31),
    ),
    ("days_past_due <= 20 and custom.baseline is set", lambda one: below(one.days_late, 21)),
    (
        "overdue_percent between 5 and 95 and overdue > 10000 base and balance > 5000 USD",
        lambda one: between(one.account.overdue_percent, 5, 95) and above(one.account.overdue, 10000) and one.balance > 5000,
    ),
    ("document_date in last 45 days", lambda one: one.issued_within(-45, 0)),
    (
        "due_date in last 15 days or due_date in next 7 days and converted_balance >= 10000 base",
        lambda one: one.due_within(-15, 0) or (one.due_within(0, 7) and one.balance >= 10000),
    ),
    (
        'status includes ("OPEN") and document_date > -60d and not (open_invoice_count > 100)',
        lambda one: one.is_open and one.issued_within(-59, 10**4) and not len(one.account.open) > 100,
    ),
    ("amount between 28537.68 USD and 28537.68 USD or amount = 2528.67 USD", lambda one: one.amount in {Decimal("28537.68"), Decimal("2528.67")}),
    ("amount != 2528.67 USD and due_date in current month", lambda one: one.amount != Decimal("2528.67") and in_month(one)),
)


def in_month(bill: Bill) -> bool:
    """Whether it is due in the month of the day."""
    return (bill.row.due_on.year, bill.row.due_on.month) == (bill.day.year, bill.day.month)


PORTFOLIO = Portfolio(
    name="highradius",
    settings=SETTINGS,
    write_files=lambda _folder: [(HIGHRADIUS, HIGHRADIUS.stem)],
    read_rows=read_rows,
    rates=Rates("USD"),
    today=date(2020, 6, 15),
    past=(date(2020, 4, 10), date(2020, 5, 10)),
    customer_rules=CUSTOMER_RULES,
    invoice_rules=INVOICE_RULES,
)
