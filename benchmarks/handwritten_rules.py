"""Rules as one scan that a person would write: a mask of bits for each row, in several ways, of which the fastest is the reference.

Nothing is written that this ledger does not need, but the same bits come out for any other as long as no rate is missing. A comparison of days past
due is written as one of days, so that nothing is computed.
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from benchmarks.rule_texts import MeasuredRule

_NAME = re.compile(r"\{(\w+)\}")
_DAY = re.compile(r"\{today([+-]\d+)?\}")

_YES = {"sqlite": "1", "postgresql": "true"}
_NO = {"sqlite": "0", "postgresql": "false"}
_FENCE = {"sqlite": "LIMIT -1 OFFSET 0", "postgresql": "OFFSET 0"}
"""What keeps a planner from taking a subquery apart, so that its values are computed once a row."""

_OPEN = (
    "(i.amount_due_minor > 0 AND i.document_date <= {today} AND i.lifecycle <> 'DRAFT' AND (i.lifecycle <> 'VOID' OR i.voided_on > {today}) "
    "AND (i.lifecycle <> 'WRITTEN_OFF' OR i.written_off_on > {today}))"
)
_STATUS = (
    "CASE WHEN i.lifecycle = 'DRAFT' THEN 'DRAFT' WHEN i.lifecycle = 'VOID' AND (i.voided_on IS NULL OR i.voided_on <= {today}) THEN 'VOID' "
    "WHEN i.document_date > {today} THEN 'FUTURE' "
    "WHEN i.lifecycle = 'WRITTEN_OFF' AND (i.written_off_on IS NULL OR i.written_off_on <= {today}) THEN 'WRITTEN_OFF' "
    "WHEN i.amount_due_minor <= 0 THEN 'PAID' WHEN i.amount_due_minor < i.total_minor THEN 'PARTIALLY_PAID' ELSE 'OPEN' END"
)
_WRITTEN_OUT = {
    "open": _OPEN,
    "status": f"({_STATUS})",
    "balance": f"(CASE WHEN {_OPEN} THEN i.amount_due_minor ELSE 0 END)",
    "converted": f"(CASE WHEN {_OPEN} THEN i.converted_due_minor ELSE 0 END)",
    "due_on": "i.first_open_due_date",
}
_WORKED_OUT = {"open": "i.is_open", "status": "i.status", "balance": "i.balance", "converted": "i.converted", "due_on": "i.first_open_due_date"}
_COLUMNS = (
    "id customer_id currency total_minor due_date document_date business_unit purchase_order_number is_disputed first_open_due_date "
    "amount_due_minor converted_due_minor"
).split()
_DISPUTED = (
    "LEFT JOIN (SELECT DISTINCT invoice_id FROM dispute WHERE (opened_on IS NULL OR opened_on <= {today}) "
    "AND (status = 'OPEN' OR resolved_on > {today}) AND invoice_id IS NOT NULL) d ON d.invoice_id = i.id"
)
_IN_THE_BOOKS = "i.document_date <= {today} AND i.lifecycle <> 'DRAFT' AND (i.lifecycle <> 'VOID' OR i.voided_on > {today})"


def invoices_by_hand(rules: Sequence[MeasuredRule], dialect: str, today: date) -> dict[str, str]:
    """`id` and mask of every invoice for which a rule holds, by id."""
    joins = f"{_customer(dialect)} {_DISPUTED}"
    standing = _standing(dialect)
    mask = _mask([rule.by_hand for rule in rules])
    each = f"SELECT i.id, {mask} AS mask FROM invoice i {joins} WHERE {standing}"  # noqa: S608 - all of it is our own
    once = f"SELECT i.id, {mask} AS mask FROM ({_worked_out(standing, dialect)}) i {joins}"  # noqa: S608
    return {
        "each condition written out": _complete(_with_bits(each, dialect), _WRITTEN_OUT, dialect=dialect, today=today),
        "balance and status worked out once": _complete(_with_bits(once, dialect), _WORKED_OUT, dialect=dialect, today=today),
    }


def customers_by_hand(rules: Sequence[MeasuredRule], dialect: str, today: date) -> dict[str, str]:
    """The same of customers; what rules ask of invoices is counted and added up in one pass over these."""
    totals = ", ".join(rule.totals for rule in rules if rule.totals)
    standing = f"{_standing(dialect)} AND {_IN_THE_BOOKS}"
    ways = {
        "each condition written out": (f"invoice i {_DISPUTED} WHERE {standing}", _WRITTEN_OUT),
        "balance and status worked out once": (f"({_worked_out(standing, dialect)}) i {_DISPUTED}", _WORKED_OUT),
    }
    mask = _mask([rule.by_hand for rule in rules])
    found: dict[str, str] = {}
    for name, (invoices, names) in ways.items():
        asked = f"SELECT i.customer_id, {totals} FROM {invoices} GROUP BY i.customer_id"  # noqa: S608
        scan = (
            f"SELECT c.id, {mask} AS mask FROM customer c LEFT JOIN customer_figures f ON f.customer_id = c.id "  # noqa: S608
            f"LEFT JOIN ({asked}) t ON t.customer_id = c.id WHERE c.is_deleted = {_NO[dialect]}"
        )
        found[name] = _complete(_with_bits(scan, dialect), names, dialect=dialect, today=today)
    return found


def invoice_values(dialect: str, today: date) -> str:
    """What the rules about invoices ask of each, as one would read it into memory; amounts in minor units."""
    values = (
        "i.id, i.currency, {balance} AS balance, CASE WHEN {open} THEN {days} END AS days_past_due, {status} AS status, i.total_minor AS amount, "
        "i.due_date, i.document_date, {converted} AS converted_balance, i.business_unit, c.country AS customer_country, f.overdue_minor AS overdue, "
        "i.purchase_order_number, (i.is_disputed IS TRUE OR d.invoice_id IS NOT NULL) AS disputed, {status} = 'PAID' AS paid, f.overdue_invoice_count, "
        f"f.ageing_5_minor AS ageing_over_90 FROM invoice i {_customer(dialect)} {_DISPUTED} "
        f"WHERE {_standing(dialect)} ORDER BY i.id"
    )
    days = {"sqlite": "CAST(julianday({today}) - julianday({due_on}) AS INTEGER)", "postgresql": "{today} - {due_on}"}
    return _complete("SELECT " + values, {"days": days[dialect], **_WRITTEN_OUT}, dialect=dialect, today=today)


def _customer(dialect: str) -> str:
    return f"LEFT JOIN customer c ON c.id = i.customer_id AND c.is_deleted = {_NO[dialect]} LEFT JOIN customer_figures f ON f.customer_id = c.id"


def _standing(dialect: str) -> str:
    return f"i.is_authoritative = {_YES[dialect]} AND i.is_deleted = {_NO[dialect]}"


def _worked_out(standing: str, dialect: str) -> str:
    columns = ", ".join(f"i.{name}" for name in _COLUMNS)
    first = f"SELECT {columns}, {_OPEN} AS is_open, {_STATUS} AS status FROM invoice i WHERE {standing} {_FENCE[dialect]}"  # noqa: S608
    amounts = "CASE WHEN i.is_open THEN i.amount_due_minor ELSE 0 END AS balance, CASE WHEN i.is_open THEN i.converted_due_minor ELSE 0 END AS converted"
    return f"SELECT i.*, {amounts} FROM ({first}) i"  # noqa: S608


def _mask(conditions: Sequence[str]) -> str:
    return " + ".join(f"CASE WHEN {condition} THEN {1 << number} ELSE 0 END" for number, condition in enumerate(conditions))


def _with_bits(scan: str, dialect: str) -> str:
    return f"SELECT id, mask FROM ({scan} {_FENCE[dialect]}) found WHERE mask <> 0 ORDER BY id"  # noqa: S608


def _complete(text: str, names: Mapping[str, str], *, dialect: str, today: date) -> str:
    """The statement with its names and days filled in."""
    for _ in range(2):  # what a name stands for may have names
        text = _NAME.sub(lambda found: names.get(found[1], found[0]), text)
    month = today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
    text = text.replace("{first}", _day(month[0], dialect)).replace("{last}", _day(month[1], dialect))
    return _DAY.sub(lambda found: _day(today + timedelta(days=int(found[1] or 0)), dialect), text)


def _day(day: date, dialect: str) -> str:
    return f"'{day}'" if dialect == "sqlite" else f"DATE '{day}'"
