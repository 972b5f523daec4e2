"""Many rules at once: a scan tells of each what it tells of it alone, in masks, in counts and as a selection."""

import pytest
import sqlalchemy as sa

from hub.evaluation.evaluating import BITS, count_matches, matches, matching_ids
from hub.evaluation.facts import Facts
from hub.model import Customer, table_of
from hub.store.engine import Store
from rules.parsing import parse_rule
from tests.evaluation.books import make_book
from tests.evaluation.worlds import BOOK, World, make_basis, write_world
from tests.health.worlds import make_customer, make_invoice, rolled_back

BASIS = make_basis()
WORLD = World(
    customers=[make_customer(key, is_deleted=key == 4) for key in range(1, 6)],
    invoices=[make_invoice(key, 1 + key % 4, total_minor=100 * key, is_deleted=key == 8, is_authoritative=key != 9) for key in range(1, 11)],
)
"""Customer 4 is deleted, and customer 5 has nothing."""

RULES = [
    parse_rule(text)
    for number in range(25)
    for text in (f"outstanding > {number} EUR", f"any invoice (amount = {number} EUR)", f"open_invoice_count = {number}", f"not (outstanding >= {number} EUR)")
]


def test_more_rules_than_a_mask_has_room_for_hold_as_each_alone(store: Store) -> None:
    assert len(RULES) > BITS
    facts = Facts(BASIS, is_kept=True)
    with rolled_back(store) as connection:
        write_world(connection, WORLD, BASIS)
        together = {match.id: match for match in matches(connection, RULES, BOOK.customers(facts))}
        counts = count_matches(connection, RULES, BOOK.customers(facts))
        for number, rule in enumerate(RULES):
            alone = connection.scalars(matching_ids(rule, BOOK.customers(facts))).all()
            assert sorted(alone) == [key for key, match in together.items() if match.holds(number)]
            assert len(alone) == counts[number]


def test_the_last_bit_of_a_mask_is_told(store: Store) -> None:
    rules = [parse_rule("customer_name is not set")] * (BITS - 1) + [parse_rule("always")]
    with rolled_back(store) as connection:
        write_world(connection, WORLD, BASIS)
        found = matches(connection, rules, BOOK.customers(Facts(BASIS, is_kept=True)))
        assert [(match.id, match.mask) for match in found] == [(key, 1 << BITS - 1) for key in (1, 2, 3, 5)]


def test_rows_for_which_no_rule_holds_are_left_out(store: Store) -> None:
    with rolled_back(store) as connection:
        write_world(connection, WORLD, BASIS)
        found = matches(connection, [parse_rule("outstanding < 0 EUR"), parse_rule("outstanding = 0 EUR")], BOOK.customers(Facts(BASIS, is_kept=True)))
        assert [(match.id, match.mask) for match in found] == [(5, 0b10)]


def test_no_rules_match_nothing(store: Store) -> None:
    with rolled_back(store) as connection:
        write_world(connection, WORLD, BASIS)
        rows = BOOK.customers(Facts(BASIS, is_kept=True))
        assert matches(connection, [], rows) == []
        assert count_matches(connection, [], rows) == []


def test_what_is_told_of_some_customers_is_what_is_told_of_them_among_all(store: Store) -> None:
    rule = parse_rule("any invoice (amount = 1 EUR) and outstanding = 6 EUR and open_issue_amount = 0 base")
    ids = table_of(Customer).c.id
    with rolled_back(store) as connection:
        write_world(connection, WORLD, BASIS)
        for is_kept in (True, False):
            some = BOOK.customers(Facts(BASIS, is_kept).of_customers(sa.select(ids).where(ids == 2)))
            assert connection.scalars(matching_ids(rule, some).where(some.key == 2)).all() == [2]


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_statement_joins_what_its_own_rules_ask_for_and_nothing_that_others_asked_for(*, is_kept: bool) -> None:
    book = make_book()
    texts = ["last_email_date is set", "last_email_date is set and open_promise_amount > 5 base", "open_promise_amount > 5 base", "is_billed"]
    statements = [str(matching_ids(parse_rule(text), book.invoices(Facts(BASIS, is_kept)))) for text in texts]
    joined = [(text.count("FROM communication"), text.count("FROM promise")) for text in statements]
    assert joined == [(1, 0), (1, 1), (0, 1), (0, 0)]


def test_what_a_rule_asks_of_customers_it_can_ask_within_their_invoices_too(store: Store) -> None:
    """The relations that are joined are the same objects in both places."""
    asked = 'open_promise_amount = 0 base and last_attempt_date is not set and payment_risk includes ("LOW") and segment excludes ("x")'
    rule = parse_rule(f"{asked} and any invoice ({asked} and amount = 1 EUR)")
    with rolled_back(store) as connection:
        write_world(connection, WORLD, BASIS)
        for is_kept in (True, False):
            assert connection.scalars(matching_ids(rule, BOOK.customers(Facts(BASIS, is_kept)))).all() == [2]
