"""Edges of single fields, each on rows made by hand: days of changed clocks, rates, numbers too long, keys that two tables share."""

from collections.abc import Mapping

from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Rows
from hub.health.basis import Basis
from hub.store.engine import Store
from rules.parsing import parse_rule
from tests.evaluation.worlds import BOOK, World, make_basis, write_world
from tests.health.worlds import make_attempt, make_credit, make_customer, make_invoice, make_payment, make_settlement, rolled_back

TODAY_BASIS = make_basis()


def told(
    store: Store, world: World, expected: Mapping[str, set[int]], *, kind: str = "customers", asked: Basis = TODAY_BASIS, kept: Basis | None = None
) -> None:
    """Hold rules against a world, by kept figures where the day is today, and by computed ones."""
    with rolled_back(store) as connection:
        write_world(connection, world, kept or asked)
        for is_kept in (True, False) if kept is None else (False,):
            facts = Facts(asked, is_kept)
            rows: Rows = {"customers": BOOK.customers, "invoices": BOOK.invoices, "credit notes": BOOK.credit_notes}[kind](facts)
            found = matches(connection, [parse_rule(text) for text in expected], rows)
            assert {text: {match.id for match in found if match.holds(number)} for number, text in enumerate(expected)} == dict(expected)


def test_a_credit_note_has_neither_attempts_nor_payments_of_the_invoice_with_its_key(store: Store) -> None:
    world = World(
        customers=[make_customer(1)],
        invoices=[make_invoice(1, 1, total_minor=100)],
        credits=[make_credit(1, 1, total_minor=100)],
        attempts=[make_attempt(1, 1, invoice_id=1)],
        payments=[make_payment(1, 1, amount_minor=100)],
        settlements=[make_settlement(1, 1, payment_id=1, amount_minor=100, allocated_minor=100)],
    )
    rules = ("any attempt (always)", "any payment (always)", "last_attempt_date is set")
    told(store, world, {rule: set[int]() for rule in rules}, kind="credit notes")
    told(store, world, {rule: {1} for rule in rules}, kind="invoices")
