"""Amounts in the workspace currency are those of the day's rate, whichever documents they are of and whether they were kept or not."""

import pytest

from hub.evaluation.evaluating import matching_ids
from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.store.engine import Store
from rules.parsing import parse_rule
from tests.evaluation.books import make_book
from tests.health.keeping import write_kept_world
from tests.health.worlds import BASE, TODAY, World, day, make_credit, make_customer, make_invoice, make_rate, rolled_back

BOOK = make_book()


def a_world() -> World:
    return World(
        customers=[make_customer(1)],
        invoices=[
            make_invoice(1, 1, total_minor=10_000, currency="USD", document_date=day(-60)),
            make_invoice(2, 1, total_minor=10_000, currency="USD", document_date=day(60)),
        ],
        credits=[make_credit(1, 1, total_minor=10_000, currency="USD", document_date=day(-60))],
        rates=[
            make_rate(1, "USD", BASE, numerator=1, denominator=2, rate_date=day(-90)),
            make_rate(2, "USD", BASE, numerator=3, denominator=4, rate_date=day(-10)),
        ],
    )


def converted_to(store: Store, amount: str, facts: Facts) -> list[list[int]]:
    """The invoices and the credit notes that were for so much."""
    rule = parse_rule(f"converted_amount = {amount} base")
    with rolled_back(store) as connection:
        write_kept_world(connection, a_world(), Basis.of(BOOK.workspace, TODAY))
        return [sorted(row.id for row in connection.execute(matching_ids(rule, rows))) for rows in (BOOK.invoices(facts), BOOK.credit_notes(facts))]


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "computed"])
def test_today_invoices_dated_ahead_and_credit_notes_are_converted_as_all_others(store: Store, *, is_kept: bool) -> None:
    assert converted_to(store, "75.00", Facts(Basis.of(BOOK.workspace, TODAY), is_kept=is_kept)) == [[1, 2], [1]]


def test_on_a_past_day_they_are_converted_at_the_rate_of_that_day(store: Store) -> None:
    assert converted_to(store, "50.00", Facts(Basis.of(BOOK.workspace, day(-20)), is_kept=False)) == [[1, 2], [1]]
