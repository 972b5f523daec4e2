"""What is told to turn a rule by itself is something that can be, and that turns it."""

from dataclasses import replace
from datetime import UTC, date

import pytest

from rules.comparing import Terms
from rules.explaining import explain, turning_leaves
from rules.fields import Currency, Field, FieldCatalogue, FieldType, Level
from rules.meaning import Meaning
from rules.model import Leaf
from rules.parsing import parse_rule
from rules.walking import leaves
from rules.writing import write_rule


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
MEANING = Meaning(Terms(date(2026, 1, 15), UTC, "EUR", lambda _: 2), FIELDS)


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


def test_a_part_that_would_take_too_many_trials_is_told_where_nothing_else_asks_about_the_same() -> None:
    many = "owner includes (" + ", ".join(f'"{number}"' for number in range(40)) + ")"
    assert turning(f"{many} and disputed", true={"disputed"}) == {many}
    assert turning(f'{many} and owner excludes ("X")', true={'owner excludes ("X")'}) == set()


def test_the_tree_has_the_verdict_on_every_part() -> None:
    rule = parse_rule("not (overdue > 5 EUR and disputed)")
    verdicts = {leaf: write_rule(leaf) == "disputed" for leaf in leaves(rule)}
    assert [(depth, part.holds) for depth, part in explain(rule, verdicts).with_depth()] == [(0, True), (1, False), (2, False), (2, True)]
