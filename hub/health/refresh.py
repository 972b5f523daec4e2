"""Kept figures brought up to date: for the customers that something touched, for all, and at the turn of the business date.

The kept amounts of documents and payments come first (they are the sync's); figures are added up from them. Where a plugin's scorer gives the
payment risk, what it said goes with the figures that it was asked about: the customers are marked, and it is asked again once all of it is committed.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from hub.health.basis import Basis
from hub.health.dialects import FreshMark
from hub.health.documents import Scope, within
from hub.health.ledger import kept_ledger
from hub.health.rates import rebuild_rate_windows
from hub.health.reconversion import changed_rates, reconvert
from hub.health.relations import CURRENCY_FIGURE_COLUMNS, FIGURE_COLUMNS, currency_figures_of, figures_of, with_members
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, CustomerRisk, DirtyCustomer, FiguresState, table_of
from hub.store.lock import own_books
from hub.store.lookup import is_among

_CUSTOMERS = table_of(Customer)
_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)
_RISKS = table_of(CustomerRisk)
_DIRTY = table_of(DirtyCustomer)
_STATE = table_of(FiguresState)
_ONLY_ROW = 1

_STALE = sa.Table("stale_customer", sa.MetaData(), sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False), prefixes=["TEMPORARY"])


def refresh_dirty(connection: sa.Connection, basis: Basis, *, only: Collection[int] | None = None) -> int:
    """Recompute the kept figures of the customers that are marked dirty, and of those who are billed for them; returns how many.

    `only`: of these customers at most, so that who has touched a few need not wait for what others have; None: of all. `basis.as_of` is the
    business date. Runs inside the caller's write transaction and consumes the marks in it; the statements are as many for one customer as for all.
    """
    own_books(connection)
    connection.execute(CreateTable(_STALE, if_not_exists=True))
    wanted = sa.true() if only is None else is_among(_DIRTY.c.customer_id, only)
    marked = sa.select(_DIRTY.c.customer_id).where(wanted)
    billed = sa.select(_CUSTOMERS.c.bill_to_id).where(_CUSTOMERS.c.id.in_(marked), _CUSTOMERS.c.bill_to_id.is_not(None))
    connection.execute(sa.insert(_STALE).from_select(["customer_id"], sa.union(marked, billed)))
    stale, everyone = _count(connection, _STALE), _count(connection, _CUSTOMERS)
    if stale:
        _recompute(connection, basis, of_stale=stale * 2 < everyone)  # a look-up each, or one pass over all
        connection.execute(sa.delete(_DIRTY).where(wanted))
    _forget_stale(connection)
    return stale


def refresh_all(connection: sa.Connection, basis: Basis) -> int:
    """Recompute the kept figures of every customer; returns how many. Consumes every mark."""
    own_books(connection)
    _recompute(connection, basis, of_stale=False)
    connection.execute(sa.delete(_DIRTY))
    return _count(connection, _FIGURES)


def turn_business_date(connection: sa.Connection, basis: Basis) -> bool:
    """Bring everything that is kept to this basis if it holds for another date, currency or settings; returns whether it did.

    The amounts of documents and payments as of the new date (settlements that became effective) must have been brought up before.
    """
    columns = ("business_date", "base_currency", "settings_digest")
    wanted = (basis.as_of, basis.base_currency, basis.settings_digest)
    before = connection.execute(sa.select(*(_STATE.c[name] for name in columns))).one_or_none()
    if before is not None and tuple(before) == wanted:
        return False
    if before is not None and tuple(before)[1:] == wanted[1:]:
        reconvert(connection, basis, changed_rates(connection, before.business_date, basis))
    else:
        rebuild_rate_windows(connection, basis.base_currency)
        reconvert(connection, basis, None)
    refresh_all(connection, basis)
    connection.execute(sa.delete(_STATE))
    connection.execute(sa.insert(_STATE).values(id=1, **dict(zip(columns, wanted, strict=True))))
    return True


def is_anyone_marked(connection: sa.Connection) -> bool:
    """Whether there is a customer whose kept figures have to be brought up."""
    return connection.execute(sa.select(_DIRTY.c.customer_id).limit(1)).first() is not None


def _forget_stale(connection: sa.Connection) -> None:
    """On SQLite the empty table stays, for its going and coming would have every statement planned again, which takes longer than a few figures."""
    if connection.dialect.name == "sqlite":
        connection.execute(sa.delete(_STALE))
    else:
        _STALE.drop(connection)


def _recompute(connection: sa.Connection, basis: Basis, *, of_stale: bool) -> None:
    for statement in _statements(basis, of_stale=of_stale):
        connection.execute(statement)


@lru_cache(maxsize=8)
def _statements(basis: Basis, *, of_stale: bool) -> Sequence[sa.Executable]:
    """What recomputes the figures of stale customers, or of all. Kept, for to put them together takes longer than a few customers' figures."""
    scope = sa.select(_STALE.c.customer_id).cte() if of_stale else None
    ledgers = kept_ledger(basis, with_members(scope)), kept_ledger(basis, scope)
    found: list[sa.Executable] = []
    for table, columns, figures in (
        (_FIGURES, FIGURE_COLUMNS, figures_of(ledgers[0], basis, scope)),
        (_CURRENCY_FIGURES, CURRENCY_FIGURE_COLUMNS, currency_figures_of(ledgers[1], basis)),
    ):
        found += [sa.delete(table).where(within(table.c.customer_id, scope)), sa.insert(table).from_select(list(columns), figures)]
    return [*found, *_marks(basis, scope)]


def _marks(basis: Basis, scope: Scope) -> Iterator[sa.Executable]:
    """What marks customers as those of whom the scorer is to be asked. What it said of them before is gone, so that it is never shown beside these figures."""
    if basis.risk_scorer is None and scope is not None:
        return
    yield sa.delete(_RISKS).where(within(_RISKS.c.customer_id, scope))
    if basis.risk_scorer is not None:
        values: dict[str, sa.ColumnElement[Any]] = {
            "customer_id": _CUSTOMERS.c.id,
            "business_date": sa.literal(basis.as_of, sa.Date),
            "scorer": sa.literal(basis.risk_scorer, sa.String),
            "mark": FreshMark(),
        }
        there = sa.select(*values.values()).where(_CUSTOMERS.c.is_deleted.is_(sa.false()), within(_CUSTOMERS.c.id, scope))
        yield sa.insert(_RISKS).from_select(list(values), there)


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
