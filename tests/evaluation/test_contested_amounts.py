"""What is contested: the amount that a colleague says, else all that is still due on what a source calls contested."""

import pytest
import sqlalchemy as sa

from hub.evaluation.evaluating import matching_ids
from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.model import Dispute, table_of
from hub.store.engine import Store
from hub.vocabulary import DisputeStatus
from rules.parsing import parse_rule
from tests.evaluation.books import make_book
from tests.health.keeping import write_kept_world
from tests.health.worlds import BASE, NOW, TODAY, World, day, make_customer, make_invoice, make_settlement, rolled_back

BOOK = make_book()
INVOICE = make_invoice(1, 1, total_minor=10_000, document_date=day(-30), due_date=day(-5), is_disputed=True)
BY_SOURCE = Dispute(id=1, customer_id=1, invoice_id=1, connection_id=1, currency=BASE, amount_minor=10_000, created_at=NOW, updated_at=NOW)
BY_COLLEAGUE = Dispute(id=2, customer_id=1, invoice_id=1, currency=BASE, amount_minor=4_000, opened_on=day(-3), created_at=NOW, updated_at=NOW)
RESOLVED = BY_SOURCE.model_copy(update={"status": DisputeStatus.RESOLVED, "resolved_on": day(-1)})


def contested(store: Store, amount: str, *disputes: Dispute, paid_minor: int = 0, offset: int = 0) -> list[list[int]]:
    """The customers and the invoices of which so much is contested; the invoice is paid in part two days ago."""
    paid = [make_settlement(1, 1, amount_minor=paid_minor, allocated_minor=paid_minor, effective_date=day(-2))] if paid_minor else []
    facts = Facts(Basis.of(BOOK.workspace, day(offset)), is_kept=offset == 0)
    asked = [(f"open_issue_amount = {amount} base", BOOK.customers), (f"invoice_open_issue_amount = {amount} {BASE}", BOOK.invoices)]
    with rolled_back(store) as connection:
        invoice = INVOICE.model_copy(update={"is_disputed": all(one.status is DisputeStatus.OPEN for one in disputes)})
        world = World(customers=[make_customer(1)], invoices=[invoice], settlements=paid)
        write_kept_world(connection, world, Basis.of(BOOK.workspace, TODAY))
        connection.execute(sa.insert(table_of(Dispute)), [one.model_dump() for one in disputes])
        return [[row.id for row in connection.execute(matching_ids(parse_rule(rule), rows(facts)))] for rule, rows in asked]


def test_what_a_source_calls_contested_counts_with_what_is_due(store: Store) -> None:
    assert contested(store, "75.00", BY_SOURCE, paid_minor=2_500) == [[1], [1]]


def test_nothing_is_contested_of_an_invoice_that_has_been_paid(store: Store) -> None:
    assert contested(store, "0.00", BY_SOURCE, paid_minor=10_000) == [[1], [1]]


def test_on_a_day_before_the_payment_all_of_it_was_contested(store: Store) -> None:
    assert contested(store, "100.00", BY_SOURCE, paid_minor=10_000, offset=-4) == [[1], [1]]


def test_what_a_colleague_says_counts_and_not_what_is_due(store: Store) -> None:
    assert contested(store, "40.00", BY_SOURCE, BY_COLLEAGUE, paid_minor=2_500) == [[1], [1]]


@pytest.mark.parametrize(("offset", "amount"), [(0, "0.00"), (-3, "100.00")], ids=["afterwards", "before"])
def test_what_its_source_no_longer_calls_contested_was_until_then(store: Store, offset: int, amount: str) -> None:
    assert contested(store, amount, RESOLVED, offset=offset) == [[1], [1]]
