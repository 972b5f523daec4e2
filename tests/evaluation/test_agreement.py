"""Rules hold of the rows that the specification says: each field in each way, and nests of them, on kept and computed facts."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.store.engine import Store
from hub.vocabulary import ConversionDate
from rules.fields import Level, Operator
from rules.model import Expression, Quantifier, Related, Total
from rules.values import Number
from tests.evaluation.comparing import differences, facts_of, holding, rows_of
from tests.evaluation.drawing import Rules
from tests.evaluation.oracle import Values
from tests.evaluation.strategies import crowds
from tests.evaluation.worlds import BOOK, World, make_basis, write_world
from tests.examples import examples
from tests.health.strategies import days
from tests.health.worlds import TODAY, rolled_back

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
FEW = settings(max_examples=examples(2), deadline=None, suppress_health_check=QUIET)
SOME = settings(max_examples=examples(2), deadline=None, suppress_health_check=QUIET)

KINDS = (("customers", Level.CUSTOMER), ("invoices", Level.INVOICE), ("credit notes", Level.INVOICE))
KINDS_OF = {
    Level.CUSTOMER: ("customers",),
    Level.INVOICE: ("invoices", "credit notes"),
    Level.PAYMENT: ("customers", "invoices"),
    Level.MONEY_IN: ("customers", "invoices"),
    Level.ATTEMPT: ("customers", "invoices"),
}
RELATION_OF = {Level.MONEY_IN: "payment", Level.ATTEMPT: "attempt"}

past_days = days.filter(lambda day: day < TODAY) | st.sampled_from((date(2026, 3, 29), date(2026, 2, 28), date(2025, 12, 31), date(2026, 3, 30)))
seeds = st.integers(0, 2**32)


@st.composite
def bases(draw: st.DrawFn, as_of: date) -> Basis:
    return make_basis(as_of, conversion_date=draw(st.sampled_from(ConversionDate)), grace_days=draw(st.sampled_from((0, 0, 5))))


def asked(rule: Expression, level: Level) -> list[Expression]:
    """A rule as one of a customer or an invoice: of a payment, through those that belong to it."""
    relation = RELATION_OF.get(level)
    if relation is None:
        return [rule]
    return [
        Related(Quantifier.ANY, relation, rule),
        Related(Quantifier.ALL, relation, rule),
        Total(relation, None, rule, Operator.EQUAL, (Number(Decimal(2)),)),
    ]


@pytest.mark.parametrize("level", list(Level))
@FEW
@given(world=crowds(), kept=bases(TODAY), past=past_days.flatmap(bases), seed=seeds)
def test_every_field_compared_in_every_way_holds_where_the_specification_says(
    store: Store, world: World, level: Level, *, kept: Basis, past: Basis, seed: int
) -> None:
    with rolled_back(store) as connection:
        write_world(connection, world, kept)
        for facts in (Facts(kept, is_kept=True), Facts(past, is_kept=False)):
            values = Values(world, facts.basis)
            drawn = Rules(values.rows(), facts.basis.as_of, seed).every_comparison(level)
            rules = [rule for comparison in drawn for rule in asked(comparison, level)]
            for kind in KINDS_OF[level]:
                assert differences(connection, rules, kind, values=values, facts=facts) == []


@SOME
@given(world=crowds(), kept=bases(TODAY), past=past_days.flatmap(bases), seed=seeds)
def test_nested_rules_hold_where_the_specification_says(store: Store, world: World, *, kept: Basis, past: Basis, seed: int) -> None:
    with rolled_back(store) as connection:
        write_world(connection, world, kept)
        for facts in (Facts(kept, is_kept=True), Facts(past, is_kept=False)):
            values = Values(world, facts.basis)
            rules = Rules(values.rows(), facts.basis.as_of, seed)
            for kind, level in KINDS:
                nests = [rules.nest(level) for _ in range(25)]
                assert [found for nest in nests for found in BOOK.check(nest, level) if found.is_error] == []
                assert differences(connection, nests, kind, values=values, facts=facts) == []


@SOME
@given(world=crowds(), today=bases(TODAY), seed=seeds)
def test_rules_hold_of_the_same_rows_by_kept_figures_and_by_computed_ones(store: Store, world: World, *, today: Basis, seed: int) -> None:
    with rolled_back(store) as connection:
        write_world(connection, world, today)
        rules = Rules(Values(world, today).rows(), TODAY, seed)
        for kind, level in KINDS:
            nests = [rules.nest(level) for _ in range(25)]
            assert holding(connection, nests, kind, facts=Facts(today, is_kept=True)) == holding(connection, nests, kind, facts=Facts(today, is_kept=False))


@SOME
@given(world=crowds(), kept=bases(TODAY), past=past_days.flatmap(bases), seed=seeds)
def test_rules_hold_of_the_rows_of_some_customers_as_they_do_among_all(store: Store, world: World, *, kept: Basis, past: Basis, seed: int) -> None:
    one = Random(seed).choice(world.customers).id or 0  # noqa: S311 - no secret is made of it
    with rolled_back(store) as connection:
        write_world(connection, world, kept)
        for facts in (Facts(kept, is_kept=True), Facts(past, is_kept=False)):
            rules = Rules(Values(world, facts.basis).rows(), facts.basis.as_of, seed)
            for kind, level in KINDS:
                nests = [rules.nest(level) for _ in range(25)]
                among_all, alone = (holding(connection, nests, kind, facts=each) for each in (facts, facts_of(facts, one)))
                mine = rows_of(world, kind, one)
                assert {row: alone[row] for row in mine & alone.keys()} == {row: among_all[row] for row in mine & among_all.keys()}
