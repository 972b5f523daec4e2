"""Days sales outstanding, worked out by hand: the last month that is over, its billing, and counting back (B21)."""

from dataclasses import dataclass, field
from datetime import date

import pytest
import sqlalchemy as sa

from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.health.dso import sales_days
from hub.model import Invoice, Settlement
from hub.store.engine import Store
from hub.vocabulary import Lifecycle
from rules.parsing import parse_rule
from tests.evaluation.worlds import BOOK, World, make_basis, write_world
from tests.health.worlds import TODAY, make_customer, make_invoice, make_rate, make_settlement, rolled_back

MARCH, FEBRUARY, JANUARY = date(2026, 3, 10), date(2026, 2, 10), date(2026, 1, 10)


def billed(key: int, on: date, minor: int, **values: object) -> Invoice:
    return make_invoice(key, 1, document_date=on, total_minor=minor, **values)


def paid(key: int, minor: int, on: date) -> Settlement:
    """So much of the invoice of that number."""
    return make_settlement(key, key, amount_minor=minor, effective_date=on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Invoices and what was paid on them; in tenths of days, the monthly figure and the one by counting back."""

    invoices: list[Invoice]
    settlements: list[Settlement] = field(default_factory=list[Settlement])
    as_of: date = TODAY
    monthly: int | None
    count_back: int | None
    is_told: bool = True

    @property
    def expected(self) -> tuple[int | None, int | None] | None:
        """The row of the customer; None: there is none."""
        return (self.monthly, self.count_back) if self.is_told else None


CASES = {
    "outstanding by billed by days": Case(invoices=[billed(1, MARCH, 310_000)], settlements=[paid(1, 210_000, MARCH)], monthly=100, count_back=100),
    "half a tenth is rounded to the even one below": Case(invoices=[billed(1, MARCH, 31_000)], settlements=[paid(1, 30_950, MARCH)], monthly=0, count_back=0),
    "half a tenth is rounded to the even one above": Case(invoices=[billed(1, MARCH, 31_000)], settlements=[paid(1, 30_850, MARCH)], monthly=2, count_back=2),
    "the last day of a month ends it": Case(
        invoices=[billed(1, FEBRUARY, 280_000), billed(2, TODAY, 310_000)], settlements=[paid(1, 280_000, MARCH)], monthly=310, count_back=310
    ),
    "the day before, the month before is the last": Case(
        invoices=[billed(1, FEBRUARY, 280_000), billed(2, MARCH, 310_000)],
        settlements=[paid(1, 140_000, FEBRUARY)],
        as_of=date(2026, 3, 30),
        monthly=140,
        count_back=140,
    ),
    "what was paid since the month was over is outstanding": Case(
        invoices=[billed(1, FEBRUARY, 280_000)], settlements=[paid(1, 280_000, date(2026, 3, 1))], as_of=date(2026, 3, 15), monthly=280, count_back=280
    ),
    "what was paid on its last day is not": Case(
        invoices=[billed(1, FEBRUARY, 280_000)], settlements=[paid(1, 280_000, date(2026, 2, 28))], as_of=date(2026, 3, 15), monthly=0, count_back=0
    ),
    "nothing was billed in the month": Case(invoices=[billed(1, JANUARY, 310_000)], settlements=[paid(1, 155_000, JANUARY)], monthly=None, count_back=745),
    "counting back takes off one month after the other": Case(
        invoices=[billed(1, MARCH, 100_000), billed(2, FEBRUARY, 280_000)], settlements=[paid(2, 140_000, FEBRUARY)], monthly=744, count_back=450
    ),
    "a rate is missing of what is outstanding": Case(invoices=[billed(1, MARCH, 100), billed(2, JANUARY, 100, currency="GBP")], monthly=None, count_back=None),
    "a rate is missing of what was billed": Case(
        invoices=[billed(1, FEBRUARY, 280_000), billed(2, MARCH, 100, currency="GBP")], settlements=[paid(2, 100, MARCH)], monthly=None, count_back=None
    ),
    "nothing needs no rate": Case(invoices=[billed(1, MARCH, 310_000), billed(2, MARCH, 0, currency="GBP")], monthly=310, count_back=310),
    "what adds up to nothing needs no rate": Case(
        invoices=[billed(1, MARCH, 310_000), billed(2, MARCH, 100, currency="GBP"), billed(3, MARCH, -100, currency="GBP")],
        settlements=[paid(2, 100, MARCH)],
        monthly=310,
        count_back=310,
    ),
    "what adds up to nothing over two months needs one in each": Case(
        invoices=[billed(1, MARCH, 1), billed(2, FEBRUARY, 280_000), billed(3, MARCH, 100, currency="GBP"), billed(4, FEBRUARY, -100, currency="GBP")],
        settlements=[paid(3, 100, MARCH)],
        monthly=None,
        count_back=None,
    ),
    "the first month that figures can be asked for has none before it": Case(
        invoices=[billed(1, date(1899, 12, 5), 100)], as_of=date(1900, 1, 10), monthly=None, count_back=None, is_told=False
    ),
    "the rate is that of the month's last day": Case(
        invoices=[billed(1, FEBRUARY, 100, currency="USD"), billed(2, FEBRUARY, 100)],
        settlements=[paid(2, 100, FEBRUARY)],
        as_of=date(2026, 3, 30),
        monthly=187,  # 200 of 300, and not 300 of 400
        count_back=187,
    ),
    "older than two years": Case(invoices=[billed(1, date(2024, 3, 31), 100)], monthly=None, count_back=None),
    "as old as the last month that is counted": Case(invoices=[billed(1, date(2024, 4, 30), 100)], monthly=None, count_back=7300),
    "nothing but a draft": Case(invoices=[billed(1, MARCH, 100, lifecycle=Lifecycle.DRAFT)], monthly=None, count_back=None, is_told=False),
}


@pytest.mark.parametrize("name", list(CASES))
def test_days_sales_outstanding_are_those_of_the_last_month_that_is_over(store: Store, name: str) -> None:
    case = CASES[name]
    rates = [make_rate(1, "USD", "EUR", rate_date=date(2026, 2, 28), numerator=2), make_rate(2, "USD", "EUR", rate_date=date(2026, 3, 1), numerator=3)]
    world = World(customers=[make_customer(1)], invoices=case.invoices, settlements=case.settlements, rates=rates)
    basis = make_basis(case.as_of)
    with rolled_back(store) as connection:
        write_world(connection, world, basis)
        found = sales_days(basis)
        row = connection.execute(sa.select(found.c.dso_tenths, found.c.count_back_tenths)).one_or_none()
        assert (None if row is None else tuple(row)) == case.expected


def test_a_rule_compares_days_and_not_tenths(store: Store) -> None:
    world = World(customers=[make_customer(1), make_customer(2)], invoices=[billed(1, MARCH, 310_000)], settlements=[paid(1, 205_000, MARCH)])
    rules = ["monthly_dso = 10.5 and count_back_dso = 10.5", "monthly_dso is set", "monthly_dso between 10.49 and 10.51", "monthly_dso > 10.5"]
    with rolled_back(store) as connection:
        write_world(connection, world, make_basis())
        found = matches(connection, [parse_rule(text) for text in rules], BOOK.customers(Facts(make_basis(), is_kept=True)))
        assert [(match.id, match.mask) for match in found] == [(1, 0b0111)]
