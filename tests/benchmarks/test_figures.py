from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given

from benchmarks.figures import measure_figures
from benchmarks.handwritten_figures import CURRENCY_FIGURE_COLUMNS, FIGURE_COLUMNS, currency_figures_by_hand, figures_by_hand
from hub.health.basis import Basis
from hub.health.ledger import kept_ledger
from hub.health.relations import currency_figures_of, customer_figures_today
from hub.model import CustomerCurrencyFigures, CustomerFigures, table_of
from hub.store.engine import Store
from tests.benchmarks.conftest import INVOICES, Measured
from tests.health.keeping import write_kept_world
from tests.health.properties import FEW
from tests.health.strategies import bases, worlds
from tests.health.worlds import BASE, TODAY, World, make_rate, rolled_back

Kept = dict[tuple[object, ...], dict[str, object]]


def with_all_rates(world: World) -> World:
    """By hand, no figure is given where a rate is missing; so none is."""
    world.rates = [make_rate(key, currency, BASE, rate_date=date(2000, 1, 1), numerator=key) for key, currency in enumerate(("USD", "JPY", "KWD"), 101)]
    return world


def selected(connection: sa.Connection, statement: sa.Select[*tuple[object, ...]], *key: str) -> Kept:
    return {tuple(row[name] for name in key): dict(row) for row in connection.execute(statement).mappings()}


def by_hand(connection: sa.Connection, text: str, table: sa.Table, *, columns: tuple[str, ...], key: tuple[str, ...]) -> Kept:
    typed = sa.text(text).columns(*(sa.column(name, table.c[name].type) for name in columns))
    return {tuple(row[name] for name in key): dict(row) for row in connection.execute(typed).mappings()}


@FEW
@given(world=worlds(), basis=bases(TODAY))
def test_figures_by_hand_are_ours(store: Store, world: World, basis: Basis) -> None:
    with rolled_back(store) as connection:
        write_kept_world(connection, with_all_rates(world), basis)
        ours = selected(connection, sa.select(customer_figures_today(basis)), "customer_id")
        for way, text in figures_by_hand(basis, store.dialect).items():
            assert by_hand(connection, text, table_of(CustomerFigures), columns=FIGURE_COLUMNS, key=("customer_id",)) == ours, way


@FEW
@given(world=worlds(), basis=bases(TODAY))
def test_figures_by_currency_by_hand_are_ours(store: Store, world: World, basis: Basis) -> None:
    key = ("customer_id", "currency")
    with rolled_back(store) as connection:
        write_kept_world(connection, with_all_rates(world), basis)
        ours = selected(connection, currency_figures_of(kept_ledger(basis), basis), *key)
        for way, text in currency_figures_by_hand(basis, store.dialect).items():
            assert by_hand(connection, text, table_of(CustomerCurrencyFigures), columns=CURRENCY_FIGURE_COLUMNS, key=key) == ours, way


def test_every_comparison_of_figures_runs(measured: Measured) -> None:
    query, writing, refresh = measure_figures(measured.url, invoice_count=INVOICES, rounds=2, refresh_rounds=2)
    assert query.what == "figures of all customers"
    assert "by hand" in query.note
    assert writing.target is None
    assert refresh.target == pytest.approx(0.05)
