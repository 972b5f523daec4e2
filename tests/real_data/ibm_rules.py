"""The settled invoices of IBM, in US dollars: who pays late, what is contested, and what was paid when."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from tests.real_data.books import Account, Bill, Rates, Row, above, accounts_on, below, between, in_all, known_part
from tests.real_data.portfolios import IBM, rows_of
from tests.real_data.ruled import CustomerRule, InvoiceRule, Portfolio

SETTINGS = """
base_currency = "USD"

[workspace.custom_fields.country]
of = "customer"
field = "countryCode"

[workspace.custom_fields.paperless_since]
of = "customer"
field = "PaperlessDate"
type = "date"

[workspace.custom_fields.bill]
of = "invoice"
field = "PaperlessBill"
"""


def read_rows() -> Sequence[Row]:
    """The rows of the file."""
    return [
        Row(
            number=row["invoiceNumber"],
            customer=row["customerID"],
            currency="USD",
            issued_on=day_of(row["InvoiceDate"]),
            due_on=day_of(row["DueDate"]),
            amount=Decimal(row["InvoiceAmount"]),
            settled_on=day_of(row["SettledDate"]),
            cells=row,
        )
        for row in rows_of(IBM)
    ]


def day_of(text: str) -> date:
    """A date as the file writes it."""
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a plain date


def amounts(bills: Iterable[Bill]) -> Decimal:
    """What bills were for."""
    return known_part(bill.amount for bill in bills)


def is_electronic(bill: Bill) -> bool:
    """Whether it was not sent on paper."""
    return bill.cells["PaperlessBill"] == "Electronic"


def paperless_since(account: Account) -> date:
    """From when the customer wants no paper."""
    return day_of(account.cells["PaperlessDate"])


def country(account: Account) -> str:
    """The code of its country."""
    return account.cells["countryCode"]


def monthly_dso(account: Account) -> Decimal | None:
    """Outstanding at the end of the last full month, by what was billed in it, times its days; to one decimal."""
    end = (account.day + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    [then] = accounts_on([bill.row for bill in account.all], end, account.rates)
    billed = in_all(bill for bill in then.bills if bill.row.issued_on >= end.replace(day=1))
    if not billed or then.outstanding is None:
        return None
    return (then.outstanding * end.day / billed).quantize(Decimal("0.1"), ROUND_HALF_EVEN)


CUSTOMER_RULES: Sequence[CustomerRule] = (
    ("outstanding > 100 USD and not (overdue > 0 USD)", lambda one: above(one.outstanding, 100) and not above(one.overdue, 0)),
    ("any invoice (disputed and days_past_due > 0)", lambda one: any(bill.is_disputed for bill in one.late)),
    (
        "count of invoices (disputed) >= 4 and count of invoices <= 20",
        lambda one: len([bill for bill in one.bills if bill.is_disputed]) >= 4 and len(one.bills) <= 20,
    ),
    (
        "no invoice (disputed and not paid) and total_amount_paid > 500 base",
        lambda one: not any(bill.is_disputed for bill in one.open) and amounts(one.paid) > 500,
    ),
    ("custom.paperless_since < today - 90d", lambda one: paperless_since(one) < one.day - timedelta(days=90)),
    (
        'sum of amount over invoices (paid and custom.bill = "Electronic") > 200 USD',
        lambda one: amounts(bill for bill in one.paid if is_electronic(bill)) > 200,
    ),
    (
        'custom.country includes ("391", "406") and not (overdue_invoice_count = 0)',
        lambda one: country(one) in {"391", "406"} and len(one.late) > 0,
    ),
    ("all invoices (paid or days_past_due <= 5)", lambda one: all(bill.is_paid or below(bill.days_late, 6) for bill in one.bills)),
    ("cash_received between 250 USD and 1000 USD", lambda one: between(amounts(one.paid), 250, 1000)),
    ("open_issue_amount > 60 base", lambda one: amounts(bill for bill in one.open if bill.is_disputed) > 60),
    (
        "any payment (payment_date in last 7 days and payment_amount >= 50 USD)",
        lambda one: any(bill.paid_within(-7, 0) and bill.amount >= 50 for bill in one.bills),
    ),
    (
        "sum of payment_amount over payments (payment_date > -30d) > 60.06 USD or no payment (payment_date in last 60 days)",
        lambda one: (
            amounts(bill for bill in one.bills if bill.paid_within(-29, 0)) > Decimal("60.06") or not any(bill.paid_within(-60, 0) for bill in one.bills)
        ),
    ),
    ("monthly_dso > 30.5 or monthly_dso is not set", lambda one: above(monthly_dso(one), Decimal("30.5")) or monthly_dso(one) is None),
    (
        "last_email_date is not set and unaccounted_payment = 0 base and ageing[current] >= 70.01 USD",
        lambda one: above(one.aged(-(10**4), 0), Decimal(70)),
    ),
)

INVOICE_RULES: Sequence[InvoiceRule] = (
    ("disputed and balance > 50 USD", lambda one: one.is_disputed and one.balance > 50),
    (
        'not disputed and custom.bill = "paper" and days_past_due between 1 and 30',
        lambda one: not one.is_disputed and not is_electronic(one) and between(one.days_late, 1, 30),
    ),
    ("document_date in last 30 days", lambda one: one.issued_within(-30, 0)),
    ("due_date = +5d or due_date = today - 5d", lambda one: one.due_within(5, 5) or one.due_within(-5, -5)),
    ("due_date in next 15 days and not paid", lambda one: one.due_within(0, 15) and not one.is_paid),
    (
        "paid and any payment (payment_date in last 30 days)",
        lambda one: one.paid_within(-30, 0),
    ),
    ("not paid and document_date < today - 40d", lambda one: one.is_open and one.issued_within(-(10**4), -41)),
    ('not paid and status excludes ("OPEN")', lambda one: one.is_dated_ahead),
    (
        "invoice_open_issue_amount between 40 USD and 90 USD and promise_date is not set",
        lambda one: one.is_disputed and between(one.balance, 40, 90),
    ),
    (
        'custom.country excludes ("391", "406", "770") and (outstanding > 150 base or overdue_invoice_count >= 2) and balance > 0 USD',
        lambda one: country(one.account) not in {"391", "406", "770"} and (above(one.account.outstanding, 150) or len(one.account.late) >= 2) and one.is_open,
    ),
    (
        "no payment (payment_amount > 0 USD) and document_date <= today",
        lambda one: one.is_open,
    ),
    (
        "not (disputed or paid or days_past_due < 0) and (balance >= 80 USD or balance < 30 USD)",
        lambda one: not (one.is_disputed or one.is_paid or below(one.days_late, 0)) and (one.balance >= 80 or one.balance < 30),
    ),
)

PORTFOLIO = Portfolio(
    name="ibm",
    settings=SETTINGS,
    write_files=lambda _folder: [(IBM, IBM.stem)],
    read_rows=read_rows,
    rates=Rates("USD"),
    today=date(2013, 7, 15),
    past=(date(2012, 6, 30), date(2013, 2, 28)),
    customer_rules=CUSTOMER_RULES,
    invoice_rules=INVOICE_RULES,
)
