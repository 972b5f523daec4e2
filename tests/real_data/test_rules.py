"""Rules over the real files hold for exactly those whom a few lines of plain Python find in the same files."""

from collections.abc import Generator
from datetime import date
from pathlib import Path

import pytest

from hub.evaluation.evaluating import count_matches, matching_ids
from hub.evaluation.facts import Facts
from rules.fields import Level
from rules.findings import FindingKind
from rules.parsing import parse_rule
from tests.databases import Databases
from tests.real_data import currency_rules, highradius_rules, ibm_rules
from tests.real_data.ruled import Portfolio, Ruled, differences, ruled

pytestmark = pytest.mark.real_data

PORTFOLIOS = (highradius_rules.PORTFOLIO, ibm_rules.PORTFOLIO, currency_rules.PORTFOLIO)
ON = [*((one, "sqlite") for one in PORTFOLIOS), (currency_rules.PORTFOLIO, "postgresql")]
LEVELS = (Level.CUSTOMER, Level.INVOICE)


@pytest.fixture(scope="module", params=ON, ids=[f"{one.name}-{database}" for one, database in ON])
def imported(request: pytest.FixtureRequest, at_hand: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Generator[Ruled]:
    """Each portfolio in a hub of its own; of those on PostgreSQL one is enough."""
    del at_hand
    portfolio, database = request.param
    databases: Databases = request.getfixturevalue(f"{database}_databases")
    with ruled(portfolio, databases, tmp_path_factory.mktemp(portfolio.name)) as hub:
        yield hub


@pytest.mark.parametrize("level", LEVELS, ids=str)
class TestOnRealData:
    @pytest.mark.parametrize("which", [0, 1, 2], ids=["today", "earlier", "between"])
    def test_every_rule_holds_for_exactly_whom_the_file_says(self, imported: Ruled, level: Level, which: int) -> None:
        day = imported.portfolio.days[which]
        with imported.hub.store.read() as connection:
            found = imported.held(connection, level, imported.rows(connection, level, day))
        assert differences(found, imported.portfolio.expected(level, day)) == {}

    def test_facts_computed_for_today_say_the_same_as_kept_ones(self, imported: Ruled, level: Level) -> None:
        basis = imported.basis(imported.portfolio.today)
        with imported.hub.store.read() as connection:
            assert Facts.on(connection, basis).is_kept
            computed = imported.held(connection, level, imported.rows_of(Facts(basis, is_kept=False), level))
        assert differences(computed, imported.portfolio.expected(level, basis.as_of)) == {}

    def test_one_rule_alone_and_a_count_say_the_same_as_all_in_one_scan(self, imported: Ruled, level: Level) -> None:
        day, texts = imported.portfolio.today, imported.portfolio.texts(level)
        expected = imported.portfolio.expected(level, day)
        with imported.hub.store.read() as connection:
            names = imported.names(connection, level)
            counts = count_matches(connection, [parse_rule(text) for text in texts], imported.rows(connection, level, day))
            found = connection.execute(matching_ids(parse_rule(texts[0]), imported.rows(connection, level, day)))
            assert frozenset(names[row.id] for row in found) == expected[texts[0]]
        assert counts == [len(expected[text]) for text in texts]

    def test_every_rule_can_be_used_and_says_something(self, imported: Ruled, level: Level) -> None:
        found = {text: imported.book.check(parse_rule(text), level) for text in imported.portfolio.texts(level)}
        told = {text: findings for text, findings in found.items() if any(one.kind is not FindingKind.MISSING_IS_FALSE for one in findings)}
        assert told == {}


@pytest.mark.parametrize("portfolio", PORTFOLIOS, ids=lambda one: one.name)
@pytest.mark.parametrize("level", LEVELS, ids=str)
class TestWhatTheRulesTellApart:
    def test_no_rule_holds_for_nobody_or_for_everybody_today(self, portfolio: Portfolio, level: Level) -> None:
        assert dull(portfolio, level, portfolio.today) == []

    def test_most_rules_hold_for_some_and_not_for_all_on_an_earlier_day(self, portfolio: Portfolio, level: Level) -> None:
        for day in portfolio.past:
            assert len(dull(portfolio, level, day)) <= len(portfolio.texts(level)) // 4, dull(portfolio, level, day)


def dull(portfolio: Portfolio, level: Level, day: date) -> list[str]:
    """The rules that hold for nobody, or for everybody, by the file."""
    everybody = portfolio.everybody(level)
    return [text for text, held in portfolio.expected(level, day).items() if held in (frozenset(), everybody)]
