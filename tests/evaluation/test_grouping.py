"""How SQLite goes through related rows: by an index that has all that a rule asks of them, else from end to end and in no order of owners."""

import pytest
import sqlalchemy as sa

from hub.evaluation.evaluating import matching_ids
from hub.evaluation.facts import Facts
from hub.model import Customer, table_of
from hub.store.engine import Store
from rules.parsing import parse_rule
from tests.databases import SqliteDatabases
from tests.evaluation.worlds import BOOK, make_basis
from tests.health.worlds import TODAY

_SORTED = "USE TEMP B-TREE FOR GROUP BY"


def plan(databases: SqliteDatabases, rule: str, facts: Facts) -> set[str]:
    """The steps by which SQLite would find the customers."""
    with databases.fresh(migrated=True) as url:
        store = Store(url)
        with store.read() as connection:
            compiled = matching_ids(parse_rule(rule), BOOK.customers(facts)).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            steps = {row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")}
        store.dispose()
    return steps


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param("any invoice (balance > 80 USD)", {"SCAN rule_invoice USING COVERING INDEX ix_invoice__figures"}, id="all of it is in an index"),
        pytest.param('any invoice (business_unit includes ("overseas"))', {"SCAN rule_invoice", _SORTED}, id="some of it is not"),
        pytest.param(
            "any invoice (balance > 80 USD) and count of invoices (days_past_due > 5) >= 5",
            {"SCAN rule_invoice", _SORTED},
            id="the whole of what is asked at once counts",
        ),
    ],
)
def test_rows_are_never_fetched_one_by_one_in_the_order_of_their_owners(sqlite_databases: SqliteDatabases, rule: str, expected: set[str]) -> None:
    steps = plan(sqlite_databases, rule, Facts(make_basis(TODAY), is_kept=True))
    assert expected <= steps
    assert not any(step.startswith("SCAN rule_invoice USING INDEX") for step in steps)


@pytest.mark.parametrize(
    "rule", ['any invoice (business_unit includes ("overseas"))', "any invoice (balance > 80 USD)", "any payment (payment_amount > 5 EUR)"]
)
def test_of_one_customer_only_its_own_rows_are_read(sqlite_databases: SqliteDatabases, rule: str) -> None:
    one = sa.select(table_of(Customer).c.id).where(table_of(Customer).c.id == 5)
    steps = plan(sqlite_databases, rule, Facts(make_basis(TODAY), is_kept=True).of_customers(one))
    assert any(step.startswith("SEARCH rule_") and "customer_id=?" in step for step in steps)
    assert not any(step.startswith(("SCAN rule_invoice", "SCAN rule_payment")) for step in steps)


def test_on_postgresql_the_owner_is_grouped_by_as_it_is(store: Store) -> None:
    asked = matching_ids(parse_rule('any invoice (business_unit includes ("overseas"))'), BOOK.customers(Facts(make_basis(TODAY), is_kept=True)))
    group = "+(rule_invoice.customer_id)" if store.dialect == "sqlite" else "rule_invoice.customer_id"
    assert f"GROUP BY {group}" in str(asked.compile(dialect=store.engine.dialect))
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(asked.subquery())).scalar_one() == 0
