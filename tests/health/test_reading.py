"""Figures as values: kept and computed ones read alike, and the portfolio is the sum of the customers."""

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given

from hub.health.basis import Basis
from hub.health.figures import AgeingAmount, PortfolioFigures, percent
from hub.health.portfolio import read_portfolio
from hub.health.reading import read_customer_figures
from hub.health.refresh import turn_business_date
from hub.store.engine import Store
from tests.health.keeping import write_kept_world
from tests.health.oracle import Oracle
from tests.health.properties import FEW
from tests.health.strategies import bases, today_bases, worlds
from tests.health.worlds import BASE, TODAY, World, day, make_credit, make_customer, make_invoice, make_part, make_rate, rolled_back


def total(amounts: list[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


AMOUNTS: dict[str, Callable[[PortfolioFigures], int | None]] = {
    "paid": lambda figures: figures.total_paid_minor,
    "due": lambda figures: figures.total_due_minor,
    "billed": lambda figures: figures.billed_minor,
    "received": lambda figures: figures.cash_received_minor,
    "overdue": lambda figures: figures.overdue_minor,
    "net overdue": lambda figures: figures.net_overdue_minor,
    "net outstanding": lambda figures: figures.net_outstanding_minor,
}


@FEW
@given(world=worlds(), kept=today_bases, asked=bases())
def test_customers_add_up_to_the_portfolio_and_buckets_to_the_outstanding_amount(store: Store, world: World, *, kept: Basis, asked: Basis) -> None:
    with rolled_back(store) as connection:
        write_kept_world(connection, world, kept)
        turn_business_date(connection, kept)
        for basis in (kept, asked):
            customers = list(read_customer_figures(connection, basis, [customer.id or 0 for customer in world.customers]).values())
            portfolio = read_portfolio(connection, basis)
            assert {name: read(portfolio) for name, read in AMOUNTS.items()} == {
                name: total([read(customer) for customer in customers]) for name, read in AMOUNTS.items()
            }
            for figures in (portfolio, *customers):
                assert total([bucket.amount_minor for bucket in figures.ageing]) == figures.outstanding_minor
            for number, bucket in enumerate(portfolio.ageing):
                assert bucket.amount_minor == total([customer.ageing[number].amount_minor for customer in customers])
                assert bucket.invoice_count == sum(customer.ageing[number].invoice_count for customer in customers)
            assert portfolio.open_invoice_count == sum(customer.open_invoice_count for customer in customers)
            assert {found.currency: found.outstanding_minor for found in portfolio.by_currency} == _by_currency(world, basis)


def _by_currency(world: World, basis: Basis) -> dict[str, int]:
    """Outstanding amounts of the currencies in which some figure of all customers together is not zero."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, currency), row in Oracle(world, basis).currency_rows().items():
        sums[currency].update({name: amount for name, amount in row.items() if isinstance(amount, int) and name != "customer_id"})
    return {currency: found["outstanding_minor"] for currency, found in sums.items() if any(found.values())}


@FEW
@given(world=worlds(), basis=today_bases)
def test_kept_figures_read_as_computed_ones(store: Store, world: World, basis: Basis) -> None:
    ids = [customer.id or 0 for customer in world.customers]
    with rolled_back(store) as connection:
        write_kept_world(connection, world, basis)
        computed = read_customer_figures(connection, basis, ids), read_portfolio(connection, basis)
        turn_business_date(connection, basis)
        assert (read_customer_figures(connection, basis, ids), read_portfolio(connection, basis)) == computed


def example() -> World:
    """One customer with an overdue invoice in two parts, one not yet due, a credit note, and yen that have no rate before today."""
    return World(
        customers=[make_customer(1)],
        rates=[make_rate(1, "JPY", BASE, numerator=1, denominator=160)],
        invoices=[
            make_invoice(1, 1, total_minor=90_00, document_date=day(-60), due_date=day(0), has_due_parts=True),
            make_invoice(2, 1, total_minor=10_00, document_date=day(-5), due_date=day(0)),
            make_invoice(3, 1, total_minor=16_000, currency="JPY", document_date=day(-5)),
        ],
        parts=[
            make_part(1, 1, due_date=day(-40), amount_minor=30_00),
            make_part(2, 1, due_date=day(-31), amount_minor=30_00),
            make_part(3, 1, due_date=day(0), amount_minor=30_00),
        ],
        credits=[make_credit(1, 1, total_minor=70_00, document_date=day(-1))],
    )


def test_an_invoice_counts_once_in_each_bucket_that_a_part_of_it_is_in(store: Store) -> None:
    basis = Basis(TODAY, BASE)
    with rolled_back(store) as connection:
        write_kept_world(connection, example(), basis)
        figures = read_customer_figures(connection, basis, [1])[1]
    nothing = (AgeingAmount("1-30", 0, 0), AgeingAmount("61-90", 0, 0), AgeingAmount("91+", 0, 0))
    assert figures.ageing == (AgeingAmount("current", 140_00, 3), nothing[0], AgeingAmount("31-60", 60_00, 1), *nothing[1:])
    assert (figures.overdue_minor, figures.overdue_invoice_count, figures.oldest_overdue_invoice_id) == (60_00, 1, 1)
    assert (figures.net_overdue_minor, figures.net_outstanding_minor) == (-10_00, 130_00)
    assert figures.overdue_percent == Decimal(30)


def test_a_missing_rate_leaves_out_only_the_figures_that_need_it(store: Store) -> None:
    basis = Basis(day(-1), BASE)
    with rolled_back(store) as connection:
        write_kept_world(connection, example(), basis)
        figures = read_customer_figures(connection, basis, [1])[1]
        assert read_portfolio(connection, basis).missing_rates == ("JPY",)
    assert (figures.is_complete, figures.missing_rates) == (False, ("JPY",))
    assert (figures.outstanding_minor, figures.billed_minor, figures.ageing[0].amount_minor, figures.overdue_percent) == (None, None, None, None)
    assert (figures.overdue_minor, figures.unutilised_credit_minor, figures.total_paid_minor) == (30_00 + 30_00, 70_00, 0)
    assert [(found.currency, found.outstanding_minor) for found in figures.by_currency] == [("EUR", 100_00), ("JPY", 16_000)]


def test_a_customer_that_nobody_knows_is_absent_and_one_without_documents_has_zeros(store: Store) -> None:
    basis = Basis(TODAY, BASE)
    with rolled_back(store) as connection:
        write_kept_world(connection, World(customers=[make_customer(1)]), basis)
        found = read_customer_figures(connection, basis, [1, 2])
        assert read_portfolio(connection, basis).outstanding_minor == 0
    assert found.keys() == {1}
    assert (found[1].outstanding_minor, found[1].overdue_percent, found[1].oldest_invoice_id, found[1].is_complete) == (0, None, None, True)


@pytest.mark.parametrize(("part", "whole", "expected"), [(1, 3, Decimal("33.333")), (0, 5, Decimal(0)), (5, 5, Decimal(100))])
def test_a_percentage_is_not_rounded(part: int, whole: int, expected: Decimal) -> None:
    found = percent(part, whole)
    assert found is not None
    assert found.quantize(Decimal("0.001")) == expected
    assert percent(part, 0) is None
