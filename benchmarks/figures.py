"""Kept figures: all of them against the same by hand, writing them down, and the refresh of a few against that of all."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from benchmarks.generating import TODAY
from benchmarks.handwritten_figures import CURRENCY_FIGURE_COLUMNS, FIGURE_COLUMNS, currency_figures_by_hand, figures_by_hand
from benchmarks.hubs import WORKSPACE
from benchmarks.plans import full_reads
from benchmarks.reporting import Finding, finding, size_text
from benchmarks.timing import compare, fastest
from hub.health.basis import Basis
from hub.health.refresh import refresh_all, refresh_dirty
from hub.health.relations import customer_figures_today
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, DirtyCustomer, table_of
from hub.store.engine import Store

MOST = 1.1
MOST_WHERE_WIDE = 1.25
MOST_OF_FULL_REFRESH = 0.05
_SHARE = 100
"""One customer in so many changed."""

_CUSTOMERS = table_of(Customer)
_DIRTY = table_of(DirtyCustomer)
_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)

Records = Sequence[tuple[Any, ...]]
Statement = sa.Select[*tuple[Any, ...]] | sa.TextualSelect


def measure_figures(url: str, *, invoice_count: int, rounds: int, refresh_rounds: int) -> list[Finding]:
    """On a filled database, which holds the same figures afterwards."""
    store = Store(url)
    try:
        measured = _Figures(store, size_text(invoice_count))
        return [measured.query(rounds), measured.writing(refresh_rounds), measured.refresh(refresh_rounds)]
    finally:
        store.dispose()


class _Figures:
    """The three comparisons on one database."""

    def __init__(self, store: Store, size: str) -> None:
        self._store = store
        self._size = size
        self._basis = Basis.of(WORKSPACE, TODAY)
        self._by_hand = {name: _typed(text, _FIGURES, FIGURE_COLUMNS) for name, text in figures_by_hand(self._basis, store.dialect).items()}
        self._by_currency = currency_figures_by_hand(self._basis, store.dialect)

    def query(self, rounds: int) -> Finding:
        """All figures selected and read to the last row."""
        ours = sa.select(customer_figures_today(self._basis))
        with self._store.read() as connection:
            own_rows = sorted(_rows(connection, ours))
            for name, statement in self._by_hand.items():
                assert sorted(_rows(connection, statement)) == own_rows, f"{name}: other figures than ours"
            best = self._best(connection, self._by_hand)
            reference = self._by_hand[best]
            comparison = compare(lambda: _rows(connection, ours), lambda: _rows(connection, reference), rounds=rounds)
            reads = full_reads(connection, ours, "invoice"), full_reads(connection, reference, "invoice")
        note = f"{self._store.dialect}: the best of {len(self._by_hand)} by hand is {best}; full reads of the invoices: ours {reads[0]}, by hand {reads[1]}"
        wide = MOST_WHERE_WIDE if reads[0] <= reads[1] else None
        return finding(
            "figures of all customers", size=self._size, database=self._store.dialect, comparison=comparison, target=MOST, wide_target=wide, note=note
        )

    def writing(self, rounds: int) -> Finding:
        """All figures computed and written down, in one transaction with its commit."""
        by_hand = self._write_by_hand()
        self._refresh_all()
        own_rows = self._kept()
        by_hand()
        assert self._kept() == own_rows, "other kept figures by hand than ours"
        comparison = compare(self._refresh_all, by_hand, rounds=rounds)
        return finding("refresh of all figures, with commit", size=self._size, database=self._store.dialect, comparison=comparison)

    def refresh(self, rounds: int) -> Finding:
        """The figures of one customer in a hundred brought up, against those of all."""
        own_rows = self._kept()
        comparison = compare(self._refresh_dirty, self._refresh_all, rounds=rounds, before=self._mark)
        assert self._kept() == own_rows, "a refresh changed figures whose facts did not change"
        what = f"refresh after 1 in {_SHARE} customers changed, against all"
        return finding(what, size=self._size, database=self._store.dialect, comparison=comparison, target=MOST_OF_FULL_REFRESH)

    # --- ours -------------------------------------------------------------------------------------

    def _refresh_all(self) -> None:
        with self._store.write() as connection:
            refresh_all(connection, self._basis)

    def _refresh_dirty(self) -> None:
        with self._store.write() as connection:
            assert refresh_dirty(connection, self._basis), "nobody was marked"

    def _mark(self) -> None:
        with self._store.write() as connection:
            some = sa.select(_CUSTOMERS.c.id).where(_CUSTOMERS.c.id % _SHARE == 0)
            connection.execute(sa.insert(_DIRTY).from_select(["customer_id"], some))

    # --- by hand ----------------------------------------------------------------------------------

    def _write_by_hand(self) -> partial[None]:
        """The same tables written by the fastest selects."""
        with self._store.read() as connection:
            best = self._best(connection, self._by_hand)
            exact = {name: _typed(text, _CURRENCY_FIGURES, CURRENCY_FIGURE_COLUMNS) for name, text in self._by_currency.items()}
            best_exact = self._best(connection, exact)
        texts = figures_by_hand(self._basis, self._store.dialect)[best], self._by_currency[best_exact]
        return partial(self._write, *texts)

    def _write(self, figures: str, exact: str) -> None:
        inserts = ((_FIGURES, FIGURE_COLUMNS, figures), (_CURRENCY_FIGURES, CURRENCY_FIGURE_COLUMNS, exact))
        with self._store.write() as connection:
            for table, columns, text in inserts:
                connection.execute(sa.delete(table))
                connection.execute(sa.insert(table).from_select(list(columns), _typed(text, table, columns)))
            connection.execute(sa.delete(_DIRTY))

    def _best(self, connection: sa.Connection, ways: Mapping[str, Statement]) -> str:
        return fastest({name: partial(_rows, connection, statement) for name, statement in ways.items()})

    def _kept(self) -> list[Records]:
        with self._store.read() as connection:
            return [sorted(_rows(connection, sa.select(table))) for table in (_FIGURES, _CURRENCY_FIGURES)]


def _typed(text: str, table: sa.Table, columns: Sequence[str]) -> sa.TextualSelect:
    """A select by hand, whose columns are those of a table."""
    return sa.text(text).columns(*(sa.column(name, table.c[name].type) for name in columns))


def _rows(connection: sa.Connection, statement: Statement) -> Records:
    """All rows as the driver gives them, so that both ways end with the same work."""
    cursor: Any = connection.execute(statement).cursor
    rows: Records = cursor.fetchall()
    return rows
