"""What is told to turn a rule by itself is something that can be, and that turns it."""

import pytest

from rules.explaining import explain, turning_leaves
from rules.model import Leaf
from rules.parsing import parse_rule
from rules.walking import leaves
from rules.writing import write_rule


def turning(text: str, *, true: set[str]) -> set[str]:
    """The parts that turn a rule of which those parts hold now."""
    rule = parse_rule(text)
    verdicts: dict[Leaf, bool] = {leaf: write_rule(leaf) in true for leaf in leaves(rule)}
    return {write_rule(leaf) for leaf in turning_leaves(rule, verdicts)}


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
        pytest.param("overdue > 10 EUR and overdue > 5 USD", {"overdue > 10 EUR"}, {"overdue > 5 USD"}, id="what cannot be told against each other"),
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
