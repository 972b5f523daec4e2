"""Days sales outstanding of the last full calendar month, by the closing balance and by counting back (B21, HM17)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import sqlalchemy as sa

from hub.health.basis import FIRST_DAY, Basis
from hub.health.dialects import DayNumber
from hub.health.documents import scope_of
from hub.health.facts import dated_ledger
from hub.health.firsts import first_of_each
from hub.health.sums import complete_total, converted_total

MOST_MONTHS = 24
"""How many months are counted back at most."""

_PARTS = 10
"""Days are told to one decimal."""

Amount = sa.ColumnElement[int]


def month_end_before(as_of: date) -> date:
    """The last day of the latest month that is over by a day; the day's own facts count, so a month's last day ends it."""
    next_day = as_of + timedelta(days=1)
    return next_day.replace(day=1) - timedelta(days=1)


def sales_days(basis: Basis, customers: sa.Select[tuple[int]] | None = None) -> sa.FromClause:
    """Days sales outstanding of each customer with documents, for the latest month that is over on the day of the basis.

    Columns: `customer_id`, `outstanding_minor` at the end of the month and `billed_minor` within it, in the workspace currency at the rates of its last
    day (NULL where one is missing), and in tenths of a day, half-even, `dso_tenths`, which is outstanding ÷ billed × days in the month (NULL where
    nothing was billed), and `count_back_tenths`, for which the billing of month after month is taken off what was outstanding (NULL where
    MOST_MONTHS months do not reach). There is no row where the month ends before FIRST_DAY.
    """
    months = _months_until(month_end_before(basis.as_of))
    document = dated_ledger(replace(basis, as_of=max(months[0][1], FIRST_DAY)), scope_of(customers)).documents
    closing = _closing(document, months)
    reached = _reached(document, closing, months)
    days = _days(*months[0])
    return (
        sa.select(
            closing.c.customer_id,
            closing.c.outstanding_minor,
            closing.c.billed_minor,
            _share(closing.c.outstanding_minor, days, closing.c.billed_minor).label("dso_tenths"),
            sa.case((closing.c.outstanding_minor == 0, 0), else_=reached.c.tenths).label("count_back_tenths"),
        )
        .select_from(closing.outerjoin(reached, reached.c.customer_id == closing.c.customer_id))
        .where(sa.true() if months[0][1] >= FIRST_DAY else sa.false())
        .subquery()
    )


def _months_until(month_end: date) -> Sequence[tuple[date, date]]:
    """The months that are counted back, the latest first, each with its first and last day."""
    found: list[tuple[date, date]] = []
    last = month_end
    for _ in range(MOST_MONTHS):
        first = last.replace(day=1)
        found.append((first, last))
        last = first - timedelta(days=1)
    return found


def _closing(document: sa.FromClause, months: Sequence[tuple[date, date]]) -> sa.FromClause:
    """What was outstanding at the end of the latest month, and billed within it, a row a customer."""
    is_open = sa.and_(document.c.is_issued, document.c.due_minor > 0)
    is_billed = document.c.document_date >= months[0][0]

    def total(condition: sa.ColumnElement[bool], name: str) -> Amount:
        exact, converted = document.c[f"{name}_minor"], document.c[f"converted_{name}_minor"]
        return converted_total(sa.case((condition, exact), else_=0), sa.case((condition, converted), else_=0))

    columns = (total(is_open, "due").label("outstanding_minor"), total(is_billed, "total").label("billed_minor"))
    sums = sa.select(document.c.customer_id, *columns).group_by(document.c.customer_id, document.c.currency).subquery()
    totals = (complete_total(sums.c[name]).label(name) for name in ("outstanding_minor", "billed_minor"))
    return sa.select(sums.c.customer_id, *totals).group_by(sums.c.customer_id).subquery()


def _reached(document: sa.FromClause, closing: sa.FromClause, months: Sequence[tuple[date, date]]) -> sa.FromClause:
    """The first month, going back, whose billing and that of all later ones cover what was outstanding: `customer_id` and `tenths` of days until there."""
    back = sa.case(*((document.c.document_date >= first, number) for number, (first, _) in enumerate(months)))
    columns = (document.c.customer_id, document.c.currency, document.c.total_minor, document.c.converted_total_minor)
    dated = sa.select(*columns, back.label("back")).where(document.c.document_date >= months[-1][0]).subquery()
    keys = (dated.c.customer_id, dated.c.back)
    minor = converted_total(dated.c.total_minor, dated.c.converted_total_minor)
    sums = sa.select(*keys, minor.label("minor")).group_by(*keys, dated.c.currency).subquery()
    billed = sa.select(sums.c.customer_id, sums.c.back, complete_total(sums.c.minor).label("minor")).group_by(sums.c.customer_id, sums.c.back)
    monthly = billed.subquery()
    known = sa.func.count(monthly.c.minor).over(partition_by=monthly.c.customer_id, order_by=monthly.c.back) == sa.func.count().over(
        partition_by=monthly.c.customer_id, order_by=monthly.c.back
    )
    until = sa.cast(sa.func.sum(monthly.c.minor).over(partition_by=monthly.c.customer_id, order_by=monthly.c.back), sa.BigInteger)
    running = sa.select(monthly, sa.case((known, until)).label("until_minor")).subquery()
    covers = sa.and_(running.c.until_minor >= closing.c.outstanding_minor, running.c.minor > 0)
    covering = (
        sa.select(running.c.customer_id, _days_back(running, closing, months).label("tenths"))
        .join_from(running, closing, closing.c.customer_id == running.c.customer_id)
        .where(covers)
    )
    return first_of_each(covering, of=running.c.customer_id, by=[running.c.back])


def _days_back(running: sa.FromClause, closing: sa.FromClause, months: Sequence[tuple[date, date]]) -> Amount:
    """All days of the later months, and of this one the share of its billing that is still needed."""
    month_end = months[0][1]
    later = sa.case(*((running.c.back == number, _PARTS * (_days(last, month_end) - 1)) for number, (_, last) in enumerate(months)))
    needed = closing.c.outstanding_minor - (running.c.until_minor - running.c.minor)
    share = sa.case(*((running.c.back == number, _share(needed, _days(*month), running.c.minor)) for number, month in enumerate(months)))
    return later + share


def _days(first: date, last: date) -> sa.ColumnElement[int]:
    """How many days there are from one to another, both included; said by the two days, so that all that a statement binds of the day are days."""
    number = DayNumber(sa.literal(last, sa.Date)) - DayNumber(sa.literal(first, sa.Date))
    return sa.cast(number, sa.BigInteger) + 1


def _share(part: Amount, days: sa.ColumnElement[int], whole: Amount) -> Amount:
    """`part ÷ whole` of some days, in tenths of a day, half-even; NULL without a whole that is more than nothing."""
    return sa.func.convert_minor(sa.cast(part, sa.BigInteger), _PARTS * days, sa.cast(sa.case((whole > 0, whole)), sa.BigInteger), type_=sa.BigInteger)
