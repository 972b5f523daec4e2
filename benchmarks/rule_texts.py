"""The rules that are measured: as texts of ours, as conditions by hand, and in the syntax of the rule-engine package.

`{v}` in a text makes rules of one kind that differ in a number; by hand and for rule-engine there is the first of each kind. Conditions by hand are
SQL over `i`, `c` and `f` (invoice, customer, kept figures), with names in braces for what is worked out of an invoice (handwritten_rules.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

VARIANTS = 25
"""How many rules each kind can make; amounts, days and shares differ by as many steps."""


@dataclass(frozen=True, slots=True)
class MeasuredRule:
    """A kind of rule. `totals` are aggregates over the customer's invoices, which `by_hand` calls by their names."""

    text: str
    by_hand: str
    rule_engine: str = ""
    totals: str = ""

    def variant(self, number: int) -> str:
        """The text of the rule of a number."""
        return self.text.format(v=number)


INVOICES: Sequence[MeasuredRule] = (
    MeasuredRule("balance > 50{v:02} EUR", "i.currency = 'EUR' AND {balance} > 500000", 'currency == "EUR" and balance > 500000'),
    MeasuredRule("balance > 4000{v:02} JPY", "i.currency = 'JPY' AND {balance} > 400000", 'currency == "JPY" and balance > 400000'),
    MeasuredRule("days_past_due > {v}", "{open} AND {due_on} < {today}", "days_past_due != null and days_past_due > 0"),
    MeasuredRule(
        "days_past_due between 31 and 1{v:02}",
        "{open} AND {due_on} BETWEEN {today-100} AND {today-31}",
        "days_past_due != null and days_past_due >= 31 and days_past_due <= 100",
    ),
    MeasuredRule(
        "days_past_due between 31 and 60 and balance > 10{v:02} USD",
        "{open} AND {due_on} BETWEEN {today-60} AND {today-31} AND i.currency = 'USD' AND {balance} > 100000",
        'days_past_due != null and days_past_due >= 31 and days_past_due <= 60 and currency == "USD" and balance > 100000',
    ),
    MeasuredRule(
        'status includes ("OPEN") and amount > 10{v:02} EUR',
        "{status} = 'OPEN' AND i.currency = 'EUR' AND i.total_minor > 100000",
        'status == "OPEN" and currency == "EUR" and amount > 100000',
    ),
    MeasuredRule(
        'status includes ("OPEN", "PARTIALLY_PAID") and due_date in next 1{v:02} days',
        "{status} IN ('OPEN', 'PARTIALLY_PAID') AND i.due_date BETWEEN {today} AND {today+100}",
        'status in ["OPEN", "PARTIALLY_PAID"] and due_date >= d"2026-11-20" and due_date <= d"2027-02-28"',
    ),
    MeasuredRule(
        "due_date in last 1{v:02} days and not paid",
        "i.due_date BETWEEN {today-100} AND {today} AND {status} <> 'PAID'",
        'due_date >= d"2026-08-12" and due_date <= d"2026-11-20" and not paid',
    ),
    MeasuredRule("converted_balance > 60{v:02} EUR", "{converted} > 600000", "converted_balance > 600000"),
    MeasuredRule(
        "amount between 10{v:02} USD and 40{v:02} USD",
        "i.currency = 'USD' AND i.total_minor BETWEEN 100000 AND 400000",
        'currency == "USD" and amount >= 100000 and amount <= 400000',
    ),
    MeasuredRule(
        'business_unit includes ("north", "overseas") and amount >= 70{v:02} EUR',
        "lower(i.business_unit) IN ('north', 'overseas') AND i.currency = 'EUR' AND i.total_minor >= 700000",
        'business_unit in ["north", "overseas"] and currency == "EUR" and amount >= 700000',
    ),
    MeasuredRule(
        'not (business_unit includes ("south") or currency includes ("EUR") or amount < 30{v:02} USD)',
        "(lower(i.business_unit) = 'south' OR i.currency = 'EUR' OR (i.currency = 'USD' AND i.total_minor < 300000)) IS NOT TRUE",
        'not (business_unit == "south" or currency == "EUR" or (currency == "USD" and amount < 300000))',
    ),
    MeasuredRule(
        "document_date in current month or document_date < today - 3{v:02}d",
        "i.document_date BETWEEN {first} AND {last} OR i.document_date < {today-300}",
        '(document_date >= d"2026-11-01" and document_date <= d"2026-11-30") or document_date < d"2026-01-24"',
    ),
    MeasuredRule(
        'customer_country = "DE" and converted_balance > 15{v:02} EUR',
        "lower(c.country) = 'de' AND {converted} > 150000",
        'customer_country == "DE" and converted_balance > 150000',
    ),
    MeasuredRule(
        "overdue > 200{v:02} EUR and days_past_due > 60",
        "f.overdue_minor > 2000000 AND {open} AND {due_on} < {today-60}",
        "overdue > 2000000 and days_past_due != null and days_past_due > 60",
    ),
    MeasuredRule(
        "purchase_order_number is set and balance >= 80{v:02} EUR",
        "i.purchase_order_number IS NOT NULL AND i.currency = 'EUR' AND {balance} >= 800000",
        'purchase_order_number != null and currency == "EUR" and balance >= 800000',
    ),
    MeasuredRule(
        "not disputed and days_past_due > 1{v:02}",
        "{open} AND {due_on} < {today-100} AND i.is_disputed IS NOT TRUE AND d.invoice_id IS NULL",
        "not disputed and days_past_due != null and days_past_due > 100",
    ),
    MeasuredRule(
        "paid and amount > 50{v:02} EUR",
        "{status} = 'PAID' AND i.currency = 'EUR' AND i.total_minor > 500000",
        'paid and currency == "EUR" and amount > 500000',
    ),
    MeasuredRule(
        '(balance > 20{v:02} EUR or balance > 20{v:02} USD) and not (days_past_due <= 90 or business_unit excludes ("north"))',
        "i.currency IN ('EUR', 'USD') AND {balance} > 200000 AND lower(i.business_unit) = 'north' AND ({due_on} >= {today-90}) IS NOT TRUE",
        'currency in ["EUR", "USD"] and balance > 200000 and not ((days_past_due != null and days_past_due <= 90) or business_unit != "north")',
    ),
    MeasuredRule(
        "due_date between 2026-11-01 and 2026-11-30 and (overdue_invoice_count > 2 or ageing[91..] > 10{v:02} EUR) and balance > 0 EUR",
        "i.due_date BETWEEN {first} AND {last} AND (f.overdue_invoice_count > 2 OR f.ageing_5_minor > 100000) AND i.currency = 'EUR' AND {balance} > 0",
        'due_date >= d"2026-11-01" and due_date <= d"2026-11-30" and (overdue_invoice_count > 2 or ageing_over_90 > 100000) '
        'and currency == "EUR" and balance > 0',
    ),
)
"""Twenty rules about invoices: balances, ages, statuses, windows of days, sets of texts, the customer and its figures, and what does not hold."""

CUSTOMERS: Sequence[MeasuredRule] = (
    MeasuredRule("overdue > 150{v:02} EUR", "f.overdue_minor > 1500000"),
    MeasuredRule("total_amount_due > 250{v:02} base", "f.total_due_minor > 2500000"),
    MeasuredRule("total_amount_paid > 200{v:02} EUR and overdue < 50{v:02} EUR", "f.total_paid_minor > 2000000 AND f.overdue_minor < 500000"),
    MeasuredRule("billed_amount < 300{v:02} EUR", "f.billed_minor < 3000000"),
    MeasuredRule("overdue_invoice_count > 2 and outstanding > 100{v:02} EUR", "f.overdue_invoice_count > 2 AND f.outstanding_minor > 1000000"),
    MeasuredRule("ageing[91..] > 110{v:02} EUR", "f.ageing_5_minor > 1100000"),
    MeasuredRule("ageing[1..30] > 20{v:02} EUR or ageing[31..60] > 20{v:02} EUR", "f.ageing_2_minor > 200000 OR f.ageing_3_minor > 200000"),
    MeasuredRule("overdue_percent >= 50.{v:02}", "f.outstanding_minor > 0 AND f.overdue_minor * 100 >= f.outstanding_minor * 50"),
    MeasuredRule('customer_country = "DE" and outstanding > 100{v:02} EUR', "lower(c.country) = 'de' AND f.outstanding_minor > 1000000"),
    MeasuredRule(
        'customer_country includes ("FR", "NL", "PL") and not (overdue < 50{v:02} EUR)',
        "lower(c.country) IN ('fr', 'nl', 'pl') AND (f.overdue_minor < 500000) IS NOT TRUE",
    ),
    MeasuredRule(
        'not (customer_country = "US" or open_invoice_count < 3 or overdue > 200{v:02} EUR)',
        "(lower(c.country) = 'us' OR f.open_invoice_count < 3 OR f.overdue_minor > 2000000) IS NOT TRUE",
    ),
    MeasuredRule("net_outstanding between 100{v:02} EUR and 200{v:02} EUR", "f.net_outstanding_minor BETWEEN 1000000 AND 2000000"),
    MeasuredRule(
        "any invoice (balance > 80{v:02} USD and days_past_due between 31 and 60 and not disputed)",
        "t.old_usd > 0",
        totals="count(CASE WHEN i.currency = 'USD' AND {balance} > 800000 AND {open} AND {due_on} BETWEEN {today-60} AND {today-31} "
        "AND i.is_disputed IS NOT TRUE AND d.invoice_id IS NULL THEN 1 END) AS old_usd",
    ),
    MeasuredRule(
        'no invoice (status includes ("OPEN") and due_date < today - 1{v:02}d)',
        "COALESCE(t.old_open, 0) = 0",
        totals="count(CASE WHEN {status} = 'OPEN' AND i.due_date < {today-100} THEN 1 END) AS old_open",
    ),
    MeasuredRule(
        'all invoices (currency includes ("EUR", "USD") or amount < 7000{v:02} JPY)',
        "COALESCE(t.large_yen, 0) = 0",
        totals="count(CASE WHEN (i.currency IN ('EUR', 'USD') OR (i.currency = 'JPY' AND i.total_minor < 700000)) IS NOT TRUE THEN 1 END) AS large_yen",
    ),
    MeasuredRule("count of invoices (days_past_due > {v}) >= 5", "t.late >= 5", totals="count(CASE WHEN {open} AND {due_on} < {today} THEN 1 END) AS late"),
    MeasuredRule(
        "sum of converted_balance over invoices (due_date in next 1{v:02} days) > 8000 EUR",
        "t.soon > 800000",
        totals="sum(CASE WHEN i.due_date BETWEEN {today} AND {today+100} THEN {converted} END) AS soon",
    ),
    MeasuredRule(
        'any invoice (business_unit includes ("overseas") and amount > 85{v:02} USD)',
        "t.overseas > 0",
        totals="count(CASE WHEN lower(i.business_unit) = 'overseas' AND i.currency = 'USD' AND i.total_minor > 850000 THEN 1 END) AS overseas",
    ),
    MeasuredRule(
        'sum of balance over invoices (status includes ("PARTIALLY_PAID")) > 40{v:02} USD',
        "t.in_part > 400000",
        totals="sum(CASE WHEN {status} = 'PARTIALLY_PAID' AND i.currency = 'USD' THEN {balance} END) AS in_part",
    ),
    MeasuredRule(
        "overdue > 100{v:02} EUR and not any invoice (paid and document_date in last 1{v:02} days)",
        "f.overdue_minor > 1000000 AND COALESCE(t.paid_of_late, 0) = 0",
        totals="count(CASE WHEN {status} = 'PAID' AND i.document_date BETWEEN {today-100} AND {today} THEN 1 END) AS paid_of_late",
    ),
)
"""Twenty rules about customers: kept figures, shares, countries, and what holds of any, of all, of so many of their invoices, or adds up over them."""

LARGE_RULE = (
    'overdue > 5{v:02} EUR and total_amount_due > 6{v:02} EUR and (customer_country = "DE" or customer_country = "FR" or is_billed) '
    "and overdue_invoice_count > 2 and (ageing[1..30] > 1{v:02} EUR or ageing[31..60] > 2{v:02} EUR or ageing[61..90] > 3{v:02} EUR) "
    'and not (net_outstanding < 50 EUR or customer_currency includes ("JPY")) and overdue_percent > 10 and billed_amount > 1000 base '
    'and any invoice (balance > 5{v:02} USD and days_past_due between 31 and 60 and not disputed and status includes ("OPEN", "PARTIALLY_PAID")) '
    'and count of invoices (due_date in next 30 days) >= 1 and last_email_date is not set and source_handling excludes ("CLOSED")'
)
"""A kind of rule with twenty comparisons."""
