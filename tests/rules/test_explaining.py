"""What is told to turn a rule by itself is something that can be, and that turns it."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.money import exponent
from rules.comparing import Terms
from rules.explaining import explain, turning_leaves
from rules.fields import Currency, Field, FieldCatalogue, FieldType, Level, Operator
from rules.meaning import Meaning
from rules.model import All, Any, Comparison, Expression, Leaf, Not
from rules.parsing import parse_rule
from rules.values import Amount, Day, Number, RelativeDay, Text, Value, Window, WindowKind
from rules.walking import leaves
from rules.writing import write_rule
from tests.evaluation.truth import Found, Money, Subject, Truth

TODAY = date(2026, 1, 15)


def field(name: str, kind: FieldType) -> Field:
    """A field of customers, in the workspace currency where it is an amount."""
    return Field(id=name, level=Level.CUSTOMER, type=kind, meaning="What is asked.", source=f"customer.{name}")


FIELDS = FieldCatalogue(
    [
        field("overdue", FieldType.MONEY),
        replace(field("balance", FieldType.MONEY), currency=Currency.DOCUMENT),
        field("disputed", FieldType.BOOLEAN),
        field("city", FieldType.TEXT),
        field("owner", FieldType.TEXT_SET),
        replace(field("status", FieldType.TEXT_SET), is_single=True),
        field("due_date", FieldType.DATE),
        replace(field("promise_date", FieldType.DATE), is_ahead=True),
        field("days_past_due", FieldType.WHOLE_NUMBER),
        field("score", FieldType.DECIMAL),
    ]
)
MEANING = Meaning(Terms(TODAY, UTC, "EUR", exponent), FIELDS)


def turning(text: str, *, true: set[str]) -> set[str]:
    """The parts that turn a rule of which those parts hold now."""
    rule = parse_rule(text)
    verdicts: dict[Leaf, bool] = {leaf: write_rule(leaf) in true for leaf in leaves(rule)}
    return {write_rule(leaf) for leaf in turning_leaves(rule, verdicts, MEANING)}


@pytest.mark.parametrize(
    ("text", "true", "expected"),
    [
        pytest.param("overdue > 5 EUR and disputed", {"disputed"}, {"overdue > 5 EUR"}, id="what stands in the way"),
        pytest.param("overdue > 5 EUR and disputed", set[str](), set[str](), id="neither does alone"),
        pytest.param("overdue > 5 EUR or disputed", set[str](), {"overdue > 5 EUR", "disputed"}, id="either does"),
        pytest.param(
            "overdue > 100 EUR and (overdue < 50 EUR or city is set)", {"overdue > 100 EUR"}, {"city is set"}, id="what excludes another part that must stay"
        ),
        pytest.param(
            "overdue < 50 EUR or (overdue > 100 EUR and overdue < 300 EUR)",
            {"overdue < 50 EUR", "overdue < 300 EUR"},
            {"overdue < 50 EUR"},
            id="there is a value between",
        ),
        pytest.param("overdue < 50 EUR or overdue >= 50 EUR", {"overdue < 50 EUR"}, {"overdue < 50 EUR"}, id="a value that is missing is neither"),
        pytest.param('city = "A" and city = "B"', {'city = "A"'}, set[str](), id="a text is one alone"),
        pytest.param('owner includes ("A") and owner includes ("B")', {'owner includes ("A")'}, {'owner includes ("B")'}, id="a set may have both"),
        pytest.param("balance > 10 EUR and balance > 5 USD", {"balance > 10 EUR"}, set[str](), id="an amount is in one currency"),
        pytest.param("balance > 10 EUR or balance > 5 USD", set[str](), {"balance > 10 EUR", "balance > 5 USD"}, id="in either it can be what is asked for"),
        pytest.param("balance is set and not (balance > 10 EUR)", set[str](), {"balance is set"}, id="set, and in a currency of which nothing is asked"),
        pytest.param("overdue > 50 EUR and overdue < 40 base", {"overdue > 50 EUR"}, set[str](), id="base is a currency"),
        pytest.param("overdue > 30 base and overdue < 40 EUR", {"overdue > 30 base"}, {"overdue < 40 EUR"}, id="which leaves what is between"),
        pytest.param("due_date in last 7 days and due_date < today - 30d", {"due_date < today - 30d"}, set[str](), id="no day of the window is so early"),
        pytest.param("due_date in last 7 days and due_date < today - 3d", set[str](), set[str](), id="it takes both"),
        pytest.param(
            "due_date in last 7 days and due_date < today - 3d", {"due_date < today - 3d"}, {"due_date in last 7 days"}, id="some days of the window are"
        ),
        pytest.param("promise_date in last 7 days and promise_date < today", {"promise_date < today"}, set[str](), id="the last days of what is yet to come"),
        pytest.param("due_date > 2026-01-01 and due_date < today - 30d", {"due_date < today - 30d"}, set[str](), id="a date, and a day from today"),
        pytest.param("due_date > 2025-12-01 and due_date < today - 30d", {"due_date < today - 30d"}, {"due_date > 2025-12-01"}, id="with days between them"),
        pytest.param("due_date > today - 1d and due_date < today", {"due_date < today"}, set[str](), id="there is no day between two days"),
        pytest.param("due_date > today - 2d and due_date < today", {"due_date < today"}, {"due_date > today - 2d"}, id="there is one"),
        pytest.param("days_past_due > 3 and days_past_due < 4", {"days_past_due > 3"}, set[str](), id="there is no whole number between"),
        pytest.param("days_past_due > 3.9 and days_past_due < 4.05", {"days_past_due > 3.9"}, {"days_past_due < 4.05"}, id="there is one above the middle"),
        pytest.param("overdue > 10 EUR and overdue < 10.01 EUR", {"overdue > 10 EUR"}, set[str](), id="there is nothing between two minor units"),
        pytest.param("overdue > 10 EUR and overdue < 10.02 EUR", {"overdue > 10 EUR"}, {"overdue < 10.02 EUR"}, id="there is one minor unit"),
        pytest.param("balance > 10 JPY and balance < 11 JPY", {"balance > 10 JPY"}, set[str](), id="minor units are those of the currency"),
        pytest.param("balance > 10 EUR and balance < 11 EUR", {"balance > 10 EUR"}, {"balance < 11 EUR"}, id="of each its own"),
        pytest.param("score > 3 and score < 4", {"score > 3"}, {"score < 4"}, id="there are others"),
        pytest.param('status includes ("A") and status includes ("B")', {'status includes ("A")'}, set[str](), id="a set of one"),
        pytest.param(
            'status includes ("A", "C") and status includes ("b", "c")',
            {'status includes ("A", "C")'},
            {'status includes ("b", "c")'},
            id="a set of one that both name",
        ),
        pytest.param('status excludes ("A") and status is not set', {'status excludes ("A")'}, {"status is not set"}, id="an empty set has none"),
        pytest.param('status includes ("A") and status is not set', {'status includes ("A")'}, set[str](), id="and nothing is in it"),
        pytest.param('owner includes ("A") and owner is not set', {'owner includes ("A")'}, set[str](), id="nor in one of several"),
        pytest.param('owner includes ("A") or owner excludes ("A")', {'owner excludes ("A")'}, set[str](), id="a set has something or has it not"),
        pytest.param('city excludes ("A") and city is not set', {"city is not set"}, set[str](), id="a text that is missing is none of others"),
        pytest.param('city includes ("A") and city = "B"', {'city = "B"'}, set[str](), id="a text is one of those that are named"),
        pytest.param("due_date is not set or due_date < today or due_date >= today", {"due_date < today"}, set[str](), id="a day that is there is on one side"),
    ],
)
def test_a_part_is_told_that_can_turn_the_whole(text: str, true: set[str], expected: set[str]) -> None:
    assert turning(text, true=true) == expected


SMALL = st.integers(-8, 8)
ORDERS = [Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL, Operator.EQUAL, Operator.NOT_EQUAL]
CALENDAR = st.one_of(SMALL.map(RelativeDay), SMALL.map(lambda days: Day(TODAY + timedelta(days))))
STRETCHES = st.builds(Window, st.sampled_from([WindowKind.LAST_DAYS, WindowKind.NEXT_DAYS]), st.integers(0, 8))
WINDOWS = st.one_of(st.just(Window(WindowKind.CURRENT_MONTH)), STRETCHES)
LETTERS = st.lists(st.sampled_from([*"ABCab"]).map(Text), min_size=1, max_size=2).map(tuple)

NAMED: dict[str, st.SearchStrategy[Value]] = {
    "due_date": CALENDAR,
    "promise_date": CALENDAR,
    "days_past_due": SMALL.map(lambda halves: Number(Decimal(halves) / 2)),
    "overdue": st.builds(Amount, SMALL.map(Decimal), st.sampled_from(["EUR", "base"])),
    "balance": st.builds(Amount, SMALL.map(Decimal), st.sampled_from(["EUR", "USD"])),
    "city": st.sampled_from([*"ABc"]).map(Text),
}
"""What rules name of each field that can be compared by order or equality."""

BEYOND = range(-50, 51)
DAYS: list[Found] = [None, *(TODAY + timedelta(number) for number in BEYOND)]
VALUES: dict[str, list[Found]] = {
    "due_date": DAYS,
    "promise_date": DAYS,
    "days_past_due": [None, *map(Fraction, BEYOND)],
    "overdue": [None, *(Money(halves * 50, "EUR") for halves in BEYOND)],
    "balance": [None, *(Money(halves * 50, currency) for halves in BEYOND for currency in ("EUR", "USD", "GBP"))],
    "city": [None, *"ABCD"],
    "status": [frozenset[str](), *(frozenset({letter}) for letter in "ABCD")],
    "owner": [frozenset(some) for size in range(5) for some in combinations("ABCD", size)],
}
"""Every sort of value that a field can have beside what rules name."""


def rules_about(name: str) -> st.SearchStrategy[Expression]:
    """Rules of a few parts that ask about one field."""
    asked: list[st.SearchStrategy[Expression]] = [st.builds(Comparison, st.just(name), st.sampled_from([Operator.IS_SET, Operator.IS_NOT_SET]))]
    if name in NAMED:
        asked.append(st.builds(Comparison, st.just(name), st.sampled_from(ORDERS[4:] if name == "city" else ORDERS), st.tuples(NAMED[name])))
    if name in {"city", "status", "owner"}:
        asked.append(st.builds(Comparison, st.just(name), st.sampled_from([Operator.INCLUDES, Operator.EXCLUDES]), LETTERS))
    if name in {"due_date", "promise_date"}:
        asked.append(st.builds(Comparison, st.just(name), st.just(Operator.WITHIN), st.tuples(WINDOWS)))

    def put_together(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        some = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(All, some), st.builds(Any, some), st.builds(Not, parts))

    return put_together(st.recursive(st.one_of(asked), put_together, max_leaves=4))


@given(st.data(), st.sampled_from(sorted(VALUES)))
def test_of_parts_that_ask_about_the_same_those_are_told_for_which_there_is_a_value(data: st.DataObject, name: str) -> None:
    rule, value = data.draw(rules_about(name)), data.draw(st.sampled_from(VALUES[name]))
    truth = Truth(TODAY, "EUR")
    verdicts = {leaf: truth.holds(leaf, Subject(1, {name: value})) for leaf in leaves(rule)}
    assume(len(verdicts) > 1)
    holds = truth.holds(rule, Subject(1, {name: value}))
    others = [Subject(1, {name: other}) for other in VALUES[name]]
    others = [other for other in others if truth.holds(rule, other) is not holds]
    alone = [leaf for leaf in verdicts if explain(rule, {**verdicts, leaf: not verdicts[leaf]}).holds is not holds]
    expected = [leaf for leaf in alone if any(truth.holds(leaf, other) is not verdicts[leaf] for other in others)]
    assert turning_leaves(rule, verdicts, MEANING) == expected


def test_a_part_that_would_take_too_many_trials_is_told_where_nothing_else_asks_about_the_same() -> None:
    many = "owner includes (" + ", ".join(f'"{number}"' for number in range(40)) + ")"
    assert turning(f"{many} and disputed", true={"disputed"}) == {many}
    assert turning(f'{many} and owner excludes ("X")', true={'owner excludes ("X")'}) == set()


def test_the_tree_has_the_verdict_on_every_part() -> None:
    rule = parse_rule("not (overdue > 5 EUR and disputed)")
    verdicts = {leaf: write_rule(leaf) == "disputed" for leaf in leaves(rule)}
    assert [(depth, part.holds) for depth, part in explain(rule, verdicts).with_depth()] == [(0, True), (1, False), (2, False), (2, True)]
