import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks.generating import TODAY
from benchmarks.handwritten_rules import invoices_by_hand
from benchmarks.hubs import WORKSPACE
from benchmarks.rule_engine import PYTHON, rule_engine_over
from benchmarks.rule_engine_program import evaluate
from benchmarks.rule_texts import CUSTOMERS, INVOICES, LARGE_RULE, VARIANTS, MeasuredRule
from benchmarks.rules import Rounds, by_hand, measure_rules, require_same_matches
from hub.evaluation.evaluating import Match
from hub.store.engine import Store
from rules.fields import Level
from rules.model import Comparison
from rules.parsing import parse_rule
from rules.walking import every_part
from tests.benchmarks.conftest import INVOICES as INVOICE_COUNT
from tests.benchmarks.conftest import Measured
from tests.evaluation.books import catalogue_of, make_book

ONE_ROUND = Rounds(scans=1, rule_engine=1, many=1)
FOUND = [Match(1, 0b01), Match(2, 0b11)]


def test_every_comparison_of_rules_runs_and_ours_are_those_by_hand(measured: Measured) -> None:
    customers, invoices, *many, compiled = measure_rules(measured.url, measured.ledger.folder, invoice_count=INVOICE_COUNT, rounds=ONE_ROUND, python=None)
    assert [customers.what, invoices.what] == ["20 rules over customers", "20 rules over invoices"]
    assert all("full reads of the invoices: ours 1," in found.note for found in (customers, invoices))
    assert [found.what.split(",")[0] for found in many] == ["500 rules over customers", "500 rules over invoices"]
    assert compiled.reference == "5.0 ms"


@pytest.mark.skipif(not PYTHON.exists(), reason="make bench installs rule-engine in an environment of its own")
def test_rule_engine_finds_the_same_rows(measured: Measured) -> None:
    found = measure_rules(measured.url, measured.ledger.folder, invoice_count=INVOICE_COUNT, rounds=ONE_ROUND, python=PYTHON)
    assert [each.what for each in found if "rule-engine" in each.what] == ["20 rules over invoices, against rule-engine"]


@pytest.mark.parametrize("number", range(len(INVOICES)))
@pytest.mark.parametrize("measured", ["sqlite"], indirect=True)
def test_a_condition_by_hand_that_says_something_else_is_found(measured: Measured, number: int) -> None:
    wrong = [*INVOICES]
    wrong[number] = replace(wrong[number], by_hand=f"({wrong[number].by_hand}) IS NOT TRUE")
    store = Store(measured.url)
    try:
        with store.read() as connection:
            right, other = (next(iter(invoices_by_hand(rules, store.dialect, TODAY).values())) for rules in (INVOICES, wrong))
            with pytest.raises(AssertionError, match="other bits"):
                require_same_matches(by_hand(connection, right), by_hand(connection, other), what="by hand")
    finally:
        store.dispose()


@pytest.mark.parametrize(
    "other",
    [[Match(1, 0b01)], [Match(1, 0b01), Match(2, 0b10)], [*FOUND, Match(3, 0b01)], [*reversed(FOUND)], [*FOUND, FOUND[1]]],
    ids=["a row less", "another bit", "a row more", "another order", "a row twice"],
)
def test_rows_that_are_not_ours_are_found(other: list[Match]) -> None:
    with pytest.raises(AssertionError):
        require_same_matches(FOUND, other, what="by hand")


@pytest.mark.parametrize(("rules", "level"), [(CUSTOMERS, Level.CUSTOMER), (INVOICES, Level.INVOICE)], ids=["customers", "invoices"])
def test_the_rules_can_be_used_and_no_two_are_the_same(rules: list[MeasuredRule], level: Level) -> None:
    book = make_book()
    parsed = [parse_rule(rule.variant(number)) for rule in rules for number in range(VARIANTS)]
    assert len(set(parsed)) == len(rules) * VARIANTS == 500
    assert [found.message for rule in parsed for found in book.check(rule, level) if found.is_error] == []


def test_the_large_rule_has_twenty_comparisons() -> None:
    rule = parse_rule(LARGE_RULE.format(v=0))
    assert sum(isinstance(part, Comparison) for part in every_part(rule)) == 20
    assert [found.message for found in make_book().check(rule, Level.CUSTOMER)] == []


def test_the_rules_are_about_the_workspace_of_the_benchmarks() -> None:
    assert {field.id for field in catalogue_of(WORKSPACE)} >= {"overdue", "days_past_due"}


class Above:
    """A rule as rule-engine has it."""

    def __init__(self, bound: int) -> None:
        self.bound = bound

    def matches(self, row: dict[str, int]) -> bool:
        return row["balance"] > self.bound


def test_the_program_gives_each_rule_its_bit_and_leaves_out_rows_without_any() -> None:
    rows = [{"id": 1, "balance": 5}, {"id": 2, "balance": 50}, {"id": 3, "balance": 0}]
    assert evaluate([Above(1), Above(10)], rows) == [(1, 0b01), (2, 0b11)]


def test_a_program_that_cannot_start_is_no_answer() -> None:
    without = [sys.executable, "-I", "-c", "import rule_engine"]
    assert subprocess.run(without, check=False, capture_output=True).returncode  # noqa: S603 - our own Python
    with pytest.raises((AssertionError, BrokenPipeError)), rule_engine_over([], [], python=sys.executable) as engine:
        engine.matches()
