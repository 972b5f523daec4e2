"""Days past due are compared as the numbers that they are, and every rule has a bit of its own."""

import operator
from collections.abc import Callable
from decimal import Decimal

import pytest

from hub.evaluation.evaluating import BITS, matches, matching_ids
from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.store.engine import Store
from rules.parsing import parse_rule
from tests.evaluation.books import make_book
from tests.health.keeping import write_kept_world
from tests.health.worlds import TODAY, World, day, make_customer, make_invoice, rolled_back

BOOK = make_book()
BASIS = Basis.of(BOOK.workspace, TODAY)
FACTS = Facts(BASIS, is_kept=True)

AGES = {1: 31, 2: 30, 3: 1, 4: 0, 5: -20}
"""Days past due, by the key of the invoice; the sixth has no due date, and nothing is due on the seventh."""


SIGNS: dict[str, Callable[[int, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def a_world() -> World:
    late = [make_invoice(key, 1, total_minor=100, document_date=day(-90), due_date=day(-age)) for key, age in AGES.items()]
    others = [make_invoice(6, 1, total_minor=100, document_date=day(-90)), make_invoice(7, 1, total_minor=0, document_date=day(-90), due_date=day(-30))]
    return World(customers=[make_customer(1)], invoices=[*late, *others])


def invoices_with(store: Store, text: str, *, facts: Facts = FACTS) -> list[int]:
    with rolled_back(store) as connection:
        write_kept_world(connection, a_world(), BASIS)
        return sorted(row.id for row in connection.execute(matching_ids(parse_rule(text), BOOK.invoices(facts))))


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "computed"])
@pytest.mark.parametrize("number", ["-20", "0", "1", "29.5", "30", "31", "900000", "-3000000", "123456789012345678901234567890"])
@pytest.mark.parametrize("sign", list(SIGNS))
def test_days_past_due_are_compared_as_numbers(store: Store, number: str, sign: str, *, is_kept: bool) -> None:
    expected = [key for key, age in AGES.items() if SIGNS[sign](age, Decimal(number))]
    assert invoices_with(store, f"days_past_due {sign} {number}", facts=Facts(BASIS, is_kept=is_kept)) == expected


def test_a_range_of_days_past_due_has_both_its_ends(store: Store) -> None:
    assert invoices_with(store, "days_past_due between 1 and 30") == [2, 3]


def test_days_past_due_are_missing_without_a_due_date_and_where_nothing_is_due(store: Store) -> None:
    assert invoices_with(store, "days_past_due is not set") == [6, 7]


def test_days_past_due_are_added_up_as_numbers(store: Store) -> None:
    with rolled_back(store) as connection:
        write_kept_world(connection, a_world(), BASIS)
        rule = parse_rule(f"sum of days_past_due over invoices = {sum(AGES.values())}")
        assert [row.id for row in connection.execute(matching_ids(rule, BOOK.customers(FACTS)))] == [1]


@pytest.mark.parametrize("count", [1, BITS, BITS + 1, 2 * BITS + 1])
def test_every_rule_has_its_own_bit_however_many_there_are(store: Store, count: int) -> None:
    rules = [parse_rule("days_past_due = 31" if number % 3 else "days_past_due = 30") for number in range(count)]
    with rolled_back(store) as connection:
        write_kept_world(connection, a_world(), BASIS)
        found = {match.id: [match.holds(number) for number in range(count)] for match in matches(connection, rules, BOOK.invoices(FACTS))}
    assert found[2] == [number % 3 == 0 for number in range(count)]
    assert found.get(1, [False] * count) == [number % 3 != 0 for number in range(count)]
