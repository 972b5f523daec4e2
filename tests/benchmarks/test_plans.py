"""benchmarks/plans.py: what counts as reading a table from end to end."""

import pytest
import sqlalchemy as sa

from benchmarks.plans import full_reads
from hub.model import Invoice, table_of
from hub.store.engine import Store

INVOICES = table_of(Invoice)


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        (sa.select(sa.func.sum(INVOICES.c.residual_paid_minor)), 1),
        (sa.select(INVOICES.c.number).where(INVOICES.c.id == 5), 0),
        (sa.union_all(sa.select(INVOICES.c.contract), sa.select(INVOICES.c.location)), 2),
    ],
)
def test_reads_from_end_to_end_are_counted(store: Store, statement: sa.Select[tuple[object]], count: int) -> None:
    with store.read() as connection:
        assert full_reads(connection, statement, "invoice") == count


def test_an_index_of_some_rows_is_not_the_whole_table(store: Store) -> None:
    if store.dialect == "sqlite":
        pytest.skip("SQLite's plan does not tell")
    unrated = sa.select(INVOICES.c.currency, sa.func.count()).where(INVOICES.c.converted_total_minor.is_(None)).group_by(INVOICES.c.currency)
    with store.write() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        assert full_reads(connection, unrated, "invoice") == 0
