"""Kept conversions brought up to the rates in force, set by set (B12, B13)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.health.conversion import convert, rates_for
from hub.health.rates import rates_in_force, rebuild_rate_windows
from hub.model import CreditNote, DirtyCustomer, DuePart, Invoice, Payment, RateWindow, table_of
from hub.store.lookup import is_among
from hub.vocabulary import ConversionDate

_INVOICES = table_of(Invoice)
_PARTS = table_of(DuePart)
_CREDITS = table_of(CreditNote)
_PAYMENTS = table_of(Payment)
_WINDOWS = table_of(RateWindow)
_DIRTY = table_of(DirtyCustomer)

Conversions = Mapping[str, str]
"""The column of each conversion, and the column that is converted."""

_CONVERSIONS: tuple[tuple[sa.Table, str, Conversions], ...] = (
    (
        _INVOICES,
        "document_date",
        MappingProxyType(
            {
                "converted_total_minor": "total_minor",
                "converted_paid_minor": "amount_paid_minor",
                "converted_adjusted_minor": "amount_adjusted_minor",
                "converted_write_off_minor": "write_off_minor",
                "converted_due_minor": "amount_due_minor",
            }
        ),
    ),
    (_CREDITS, "document_date", MappingProxyType({"converted_total_minor": "total_minor", "converted_unutilised_minor": "unutilised_minor"})),
    (_PAYMENTS, "payment_date", MappingProxyType({"converted_amount_minor": "amount_minor", "converted_unapplied_minor": "unapplied_minor"})),
)
"""The tables that keep conversions, with the own date of their rows."""


def apply_exchange_rates(connection: sa.Connection, basis: Basis) -> set[str]:
    """After exchange rates came, changed or went: derive the windows, convert what they change, mark its customers; returns the currencies."""
    changed = rebuild_rate_windows(connection, basis.base_currency)
    reconvert(connection, basis, changed)
    return changed


def reconvert(connection: sa.Connection, basis: Basis, currencies: Collection[str] | None) -> None:
    """Convert the kept amounts in some currencies again (None: in all) and mark their customers as dirty.

    A row whose conversions stay the same is not written. The statements are as many for one row as for a million.
    """
    if currencies is not None and not currencies:
        return
    for statement in _for_all(basis) if currencies is None else _statements(basis, currencies):
        connection.execute(statement)


def changed_rates(connection: sa.Connection, before: date, after: Basis) -> set[str]:
    """The currencies whose kept conversions on the day of the basis differ from those of another day."""
    if after.conversion_date is ConversionDate.DOCUMENT_DATE:
        return set()
    old, new = rates_in_force(connection, before), rates_in_force(connection, after.as_of)
    return {currency for currency in old.keys() | new.keys() if old.get(currency) != new.get(currency)}


@lru_cache(maxsize=8)
def _for_all(basis: Basis) -> Sequence[sa.Executable]:
    """What converts in all currencies. Kept, for to put it together takes longer than to convert a few documents."""
    return tuple(_statements(basis, None))


def _statements(basis: Basis, currencies: Collection[str] | None) -> Iterator[sa.Executable]:
    """For each table, what marks the customers and what converts."""
    for table, own_date, conversions in _CONVERSIONS:
        is_meant = _is_in(table, currencies)
        customers = sa.select(table.c.customer_id).where(is_meant, table.c.customer_id.not_in(sa.select(_DIRTY.c.customer_id))).distinct()
        yield sa.insert(_DIRTY).from_select(["customer_id"], customers)
        fresh = _fresh(table, conversions, own_date=own_date, basis=basis).where(is_meant)
        yield _rewritten(table, (*conversions, "rate_window_id"), fresh=fresh.subquery("fresh"))
    yield _rewritten(_PARTS, ("converted_due_minor",), fresh=_fresh_parts(basis).where(_is_in(_INVOICES, currencies)).subquery("fresh"))


def _is_in(table: sa.Table, currencies: Collection[str] | None) -> sa.ColumnElement[bool]:
    return sa.true() if currencies is None else is_among(table.c.currency, currencies)


def _fresh(table: sa.Table, conversions: Conversions, *, own_date: str, basis: Basis) -> sa.Select[*tuple[Any, ...]]:
    rate, is_its_rate = rates_for(table, own_date, basis)
    amounts = (convert(table.c[amount], table.c.currency, rate=rate, basis=basis).label(name) for name, amount in conversions.items())
    return sa.select(table.c.id, rate.c.id.label("rate_window_id"), *amounts).select_from(table).outerjoin(rate, is_its_rate)


def _fresh_parts(basis: Basis) -> sa.Select[*tuple[Any, ...]]:
    """What remains of each due part, converted by differences of converted running totals, at the rate that its invoice has now."""
    invoice, part = _INVOICES, _PARTS
    order = (part.c.due_date, part.c.position, part.c.id)
    running = sa.cast(sa.func.sum(part.c.amount_due_minor).over(partition_by=part.c.invoice_id, order_by=order, rows=(None, 0)), sa.BigInteger)

    def converted(amount: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        return convert(amount, invoice.c.currency, rate=_WINDOWS, basis=basis)

    return (
        sa.select(part.c.id, (converted(running) - converted(running - part.c.amount_due_minor)).label("converted_due_minor"))
        .join_from(part, invoice, part.c.invoice_id == invoice.c.id)
        .outerjoin(_WINDOWS, _WINDOWS.c.id == invoice.c.rate_window_id)
    )


def _rewritten(table: sa.Table, columns: tuple[str, ...], *, fresh: sa.FromClause) -> sa.Executable:
    differs = sa.or_(*(table.c[name].is_distinct_from(fresh.c[name]) for name in columns))
    return sa.update(table).values({name: fresh.c[name] for name in columns}).where(table.c.id == fresh.c.id, differs)
