"""What is named as turning a rule is what turns it."""

from datetime import date

import pytest
import sqlalchemy as sa

from hub.evaluation.evaluating import matching_ids
from hub.evaluation.explaining import Explainer, RuleSubject
from hub.evaluation.facts import Facts
from hub.evaluation.turning import Change
from hub.store.engine import Store
from hub.vocabulary import RuleChangeKind
from rules.fields import Level
from rules.parsing import parse_rule
from tests.evaluation.worlds import BOOK, World, make_basis, write_world
from tests.health.worlds import TODAY, day, insert_rows, make_customer, make_invoice, make_settlement, rolled_back


def change(connection: sa.Connection, text: str, kind: RuleChangeKind, *, level: Level = Level.CUSTOMER, as_of: date = TODAY) -> Change | None:
    """The first change of a kind that turns a rule about the customer, or the invoice, with the key 1."""
    explainer = Explainer(connection, BOOK, RuleSubject(level, 1), make_basis(as_of))
    found = explainer.explain(parse_rule(text))
    assert found is not None
    return next((one for one in explainer.changes(found) if one.kind is kind), None)


def holds(connection: sa.Connection, text: str, *, on: date, level: Level = Level.CUSTOMER) -> bool:
    rows = BOOK.rows(level, Facts(make_basis(on), is_kept=False))
    return 1 in connection.execute(matching_ids(parse_rule(text), rows)).scalars().all()


# --- an invoice that is paid ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "text", "is_turned"),
    [
        pytest.param(day(-1), "monthly_dso > 20", False, id="the month is over"),
        pytest.param(day(-1), "count_back_dso > 20", False, id="counted back from the month that is over"),
        pytest.param(day(-1), "monthly_dso > 20 and outstanding > 0 EUR", True, id="beside what is paid on the day"),
        pytest.param(TODAY, "monthly_dso > 20", True, id="the month ends on the day"),
    ],
)
def test_a_payment_does_not_reach_back_into_a_month_that_is_over(store: Store, as_of: date, text: str, *, is_turned: bool) -> None:
    invoice = make_invoice(1, 1, total_minor=100_00, document_date=as_of.replace(day=1) if as_of == TODAY else date(2026, 2, 5))
    with rolled_back(store) as connection:
        write_world(connection, World(customers=[make_customer(1)], invoices=[invoice]), make_basis(as_of))
        assert holds(connection, text, on=as_of)
        found = change(connection, text, RuleChangeKind.PAYMENT, as_of=as_of)
        insert_rows(connection, [make_settlement(1, 1, amount_minor=100_00, effective_date=as_of)])
        assert holds(connection, text, on=as_of) is not is_turned
        assert (found is not None) is is_turned
