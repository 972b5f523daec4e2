"""An explanation has the verdict of the evaluation, the values behind it, and what would turn it really does."""

from collections.abc import Sequence
from datetime import date

import pytest
import sqlalchemy as sa

from hub.evaluation import documents
from hub.evaluation.evaluating import matching_ids
from hub.evaluation.explaining import Explainer, Explanation, RuleSubject
from hub.evaluation.facts import Facts
from hub.evaluation.turning import Change
from hub.health.basis import Basis
from hub.health.documents import Scope
from hub.health.facts import dated_ledger
from hub.health.ledger import Ledger
from hub.money import Money
from hub.store.engine import Store
from hub.vocabulary import RuleChangeKind
from rules.fields import FieldType, Level
from rules.parsing import parse_rule
from rules.stored import Elements
from tests.databases import ON_SQLITE
from tests.evaluation.books import make_book
from tests.health.keeping import write_kept_world
from tests.health.worlds import BASE, TODAY, World, day, make_attempt, make_customer, make_invoice, make_payment, rolled_back

BOOK = make_book()
TWO_LATE = World(
    customers=[make_customer(1, finance_owner="Ana")],
    invoices=[
        make_invoice(1, 1, total_minor=30_000, document_date=day(-60), due_date=day(-30)),
        make_invoice(2, 1, total_minor=50_000, document_date=day(-50), due_date=day(-10)),
        make_invoice(3, 1, total_minor=70_000, document_date=day(-5), due_date=day(20)),
    ],
)


def explained(store: Store, text: str, *, world: World = TWO_LATE, level: Level = Level.CUSTOMER, key: int = 1) -> Explanation | None:
    return told(store, text, world=world, level=level, key=key)[0]


def told(
    store: Store, text: str, *, world: World = TWO_LATE, level: Level = Level.CUSTOMER, key: int = 1, with_changes: bool = False
) -> tuple[Explanation | None, Sequence[Change]]:
    """The explanation of a rule, which says what the evaluation does, and what would turn it."""
    basis = Basis.of(BOOK.workspace, TODAY)
    rule = parse_rule(text)
    assert [found.message for found in BOOK.check(rule, level) if found.is_error] == []
    with rolled_back(store) as connection:
        write_kept_world(connection, world, basis)
        explainer = Explainer(connection, BOOK, RuleSubject(level, key), basis)
        found = explainer.explain(rule)
        if found is None:
            return None, ()
        rows = (BOOK.customers if level is Level.CUSTOMER else BOOK.invoices)(Facts.on(connection, basis))
        assert found.holds is (key in connection.execute(matching_ids(rule, rows)).scalars().all())
        return found, explainer.changes(found) if with_changes else ()


def change(store: Store, text: str, kind: RuleChangeKind, *, world: World = TWO_LATE) -> Change | None:
    """The first change of a kind that turns a rule about the one customer."""
    _, changes = told(store, text, world=world, with_changes=True)
    return next((found for found in changes if found.kind is kind), None)


def test_each_part_has_its_verdict_and_its_value(store: Store) -> None:
    found = explained(store, 'overdue > 500 EUR and overdue_invoice_count > 2 and finance_owner includes ("ana")')
    assert found is not None
    assert [part.holds for _, part in found.tree.with_depth()] == [False, True, False, True]
    assert [reading.value for reading in found.readings.values()] == [Money(80_000, BASE), 2, ("Ana",)]


def test_related_objects_are_counted_and_named(store: Store) -> None:
    found = explained(store, "any invoice (days_past_due > 20) and sum of balance over invoices (days_past_due > 0) >= 800 EUR")
    assert found is not None
    first, second = found.readings.values()
    assert first.counted is not None
    assert (first.counted.count, first.counted.holding, first.counted.keys) == (3, 1, (1,))
    assert second.value == Money(80_000, BASE)


@ON_SQLITE
def test_the_facts_of_a_day_that_is_over_are_made_once_for_all_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """To make them takes far longer than to ask of them."""
    made = list[date]()

    def making(basis: Basis, scope: Scope = None) -> Ledger:
        made.append(basis.as_of)
        return dated_ledger(basis, scope)

    monkeypatch.setattr(documents, "dated_ledger", making)
    yesterday = Basis.of(BOOK.workspace, day(-1))
    rule = parse_rule(" or ".join(f"any invoice (days_past_due > {number}) or count of invoices (balance > {number} EUR) > 9" for number in range(900, 910)))
    with rolled_back(store) as connection:
        write_kept_world(connection, TWO_LATE, Basis.of(BOOK.workspace, TODAY))
        found = Explainer(connection, BOOK, RuleSubject(Level.CUSTOMER, 1), yesterday).explain(rule)
    assert found is not None
    assert {reading.counted and reading.counted.count for reading in found.readings.values()} == {3}
    assert made == [day(-1)]


def test_nobody_is_explained_who_is_not_there(store: Store) -> None:
    assert explained(store, "overdue > 0 EUR", key=99) is None


def test_the_smallest_invoice_is_named_whose_payment_turns_it(store: Store) -> None:
    found = change(store, "overdue_invoice_count >= 2 and overdue > 100 EUR", RuleChangeKind.PAYMENT)
    assert found is not None
    assert (found.invoice_id, found.amount) == (1, Money(30_000, BASE))


@ON_SQLITE
def test_an_invoice_is_named_though_a_smaller_one_does_not_do(store: Store) -> None:
    found = change(store, "overdue > 400 EUR", RuleChangeKind.PAYMENT)
    assert found is not None
    assert found.invoice_id == 2


@ON_SQLITE
def test_the_day_is_named_on_which_it_becomes_true_by_itself(store: Store) -> None:
    found = change(store, "overdue_invoice_count > 2", RuleChangeKind.TIME)
    assert found is not None
    assert found.on == day(21)


@ON_SQLITE
@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("any invoice (days_past_due > 45)", day(16)),
        ("ageing[31..60] > 0 base", day(1)),
        ("any invoice (due_date < today - 60d)", day(31)),
        ("no invoice (document_date in last 7 days)", day(3)),
    ],
)
def test_days_follow_from_what_the_rule_says(store: Store, text: str, on: date) -> None:
    found = change(store, text, RuleChangeKind.TIME)
    assert found is not None
    assert found.on == on


@ON_SQLITE
def test_what_no_day_turns_has_no_day(store: Store) -> None:
    assert change(store, 'finance_owner includes ("Raj")', RuleChangeKind.TIME) is None


@ON_SQLITE
def test_the_part_is_told_that_stands_in_the_way(store: Store) -> None:
    found = change(store, 'overdue > 500 EUR and finance_owner includes ("Raj")', RuleChangeKind.VALUE)
    assert found is not None
    assert (found.condition, found.value) == ('finance_owner includes ("Raj")', ("Ana",))


@pytest.mark.parametrize(
    "text",
    [
        "due_date in last 7 days and due_date < today - 29d",
        "due_date > today - 5d and due_date <= 2026-03-01",
        "converted_balance > 250 EUR and converted_balance < 240 base",
        'status includes ("OPEN") and status includes ("PAID")',
        'currency includes ("EUR") and currency includes ("USD")',
    ],
)
def test_no_part_is_told_that_can_never_turn_the_whole(store: Store, text: str) -> None:
    """One of the two parts holds, and no value of the field is there with which the other would, too."""
    found, changes = told(store, text, level=Level.INVOICE, with_changes=True)
    assert found is not None
    assert sorted(part.holds for part in found.tree.parts) == [False, True]
    assert [change for change in changes if change.kind is RuleChangeKind.VALUE] == []


def test_a_set_of_one_member_is_said_to_be_one() -> None:
    rows = BOOK.invoices(Facts(Basis.of(BOOK.workspace, TODAY), is_kept=True))
    sets = [field for level in (Level.CUSTOMER, Level.INVOICE, Level.PAYMENT) for field in BOOK.catalogue.at_level(level) if field.type is FieldType.TEXT_SET]
    several = {field.id for field in sets if isinstance(rows.stored(field), Elements)}
    assert {field.id for field in sets if not field.is_single} == several == {"segment", "subscription_status"}


def test_an_invoice_is_explained(store: Store) -> None:
    found = explained(store, "balance > 400 EUR and days_past_due between 1 and 9 and overdue > 500 EUR", level=Level.INVOICE, key=2)
    assert found is not None
    assert [part.holds for _, part in found.tree.with_depth()] == [False, True, False, True]


@ON_SQLITE
def test_risk_is_over_when_the_last_failure_is_long_ago(store: Store) -> None:
    world = World(customers=[make_customer(1)], invoices=[], attempts=[make_attempt(1, 1)], payments=[make_payment(1, 1, amount_minor=1)])
    found = change(store, 'payment_risk includes ("LOW")', RuleChangeKind.TIME, world=world)
    assert found is not None
    assert found.on == day(91)


def test_amounts_in_other_currencies_come_with_the_rate(store: Store) -> None:
    world = World(customers=[make_customer(1)], invoices=[make_invoice(1, 1, currency="USD", total_minor=100, due_date=day(-1))])
    found = explained(store, "overdue > 0 EUR", world=world)
    assert found is not None
    assert [(rate.currency, rate.rate) for rate in found.rates] == [("USD", None)]
    assert next(iter(found.readings.values())).value is None


def test_nothing_is_written(store: Store) -> None:
    basis = Basis.of(BOOK.workspace, TODAY)
    with store.read() as connection:
        assert Explainer(connection, BOOK, RuleSubject(Level.CUSTOMER, 1), basis).explain(parse_rule("overdue > 0 EUR")) is None
        assert connection.execute(sa.text("select count(*) from customer")).scalar() == 0
