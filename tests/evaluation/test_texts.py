"""Texts are compared as Unicode folds them, however the database is asked."""

import pytest

from hub.evaluation.evaluating import matching_ids
from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.store.engine import Store
from rules.parsing import parse_rule
from tests.evaluation.books import make_book
from tests.health.keeping import write_kept_world
from tests.health.worlds import TODAY, World, make_customer, make_invoice, rolled_back

BOOK = make_book()
BASIS = Basis.of(BOOK.workspace, TODAY)

SPELT = ["South", "SOUTH", "\u017fouth", "Straße", "STRASSE", "stra\u017f\u017fe", "ﬁeld", "Field", "\u212aelvin", "kelvin", "Süd", "sud", "Σίσυφος", "ΣΊΣΥΦΟΣ"]


@pytest.mark.parametrize("text", [*sorted({spelt.casefold() for spelt in SPELT}), "ss" * 20, "north"])
def test_a_text_is_met_in_every_way_in_which_unicode_lets_it_be_spelt(store: Store, text: str) -> None:
    spelt = [*SPELT, "ß" * 20, "sS" * 20, "n.o.r.t.h"]
    world = World(customers=[make_customer(1)], invoices=[make_invoice(key, 1, business_unit=unit) for key, unit in enumerate(spelt)])
    expected = [key for key, unit in enumerate(spelt) if unit.casefold() == text]
    rule = parse_rule(f'business_unit includes ("{text}")')
    with rolled_back(store) as connection:
        write_kept_world(connection, world, BASIS)
        found = connection.execute(matching_ids(rule, BOOK.invoices(Facts(BASIS, is_kept=True))))
        assert sorted(row.id for row in found) == expected
