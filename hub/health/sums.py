"""Addends added up: per customer in the workspace currency, and per customer and currency exactly."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from hub.health.addends import AMOUNTS, EARLIEST, Addend, Amount, amount_names, build_addends, count_names
from hub.health.basis import Basis
from hub.health.dialects import summed
from hub.health.ledger import Ledger

Union = sa.CompoundSelect[*tuple[Any, ...]]

_NOTHING = sa.null().cast(sa.BigInteger)
_ZERO = sa.literal(0, sa.BigInteger)


def build_sums(ledger: Ledger, basis: Basis) -> Union:
    """Sums in the workspace currency, some rows for each customer.

    A row without `lacking_currency` adds up what could be converted. A row with one stands for amounts in that currency that
    could not: NULL, unless they add up to zero, which needs no rate.
    """
    addends = build_addends(ledger, basis)
    return sa.union_all(*(_converted(addend, basis) for addend in addends), *(_lacking(addend, basis) for addend in addends))


def build_exact_sums(ledger: Ledger, basis: Basis) -> Union:
    """Exact sums, some rows for each customer and currency."""
    return sa.union_all(*(_exact(addend) for addend in build_addends(ledger, basis)))


def complete_total(column: Amount) -> Amount:
    """The sum of a column; NULL as soon as one of its values is."""
    return sa.case((sa.func.count() == sa.func.count(column), summed(column)))


def _converted(addend: Addend, basis: Basis) -> sa.Select[*tuple[Any, ...]]:
    sums = {name: summed(converted) for name, (_, converted) in addend.amounts.items()}
    counts = {name: sa.func.count(sa.case((condition, 1))) for name, condition in addend.counts.items()}
    earliest = {name: sa.func.min(key) for name, key in addend.earliest.items()}
    rows = addend.rows
    columns = _columns(sums | counts | earliest, basis)
    return sa.select(rows.c.customer_id, sa.null().cast(sa.String(3)).label("lacking_currency"), *columns).group_by(rows.c.customer_id)


def _lacking(addend: Addend, basis: Basis) -> sa.Select[*tuple[Any, ...]]:
    sums = {name: sa.case((summed(exact) == 0, _ZERO)) for name, (exact, _) in addend.amounts.items()}
    rows = addend.rows
    return (
        sa.select(rows.c.customer_id, rows.c.currency.label("lacking_currency"), *_columns(sums, basis))
        .where(addend.lacks_rate)
        .group_by(rows.c.customer_id, rows.c.currency)
    )


def _exact(addend: Addend) -> sa.Select[*tuple[Any, ...]]:
    rows = addend.rows
    sums = {name: summed(exact) for name, (exact, _) in addend.amounts.items() if name in AMOUNTS}
    columns = (sums.get(name, _ZERO).label(name) for name in AMOUNTS)
    return sa.select(rows.c.customer_id, rows.c.currency, *columns).group_by(rows.c.customer_id, rows.c.currency)


def _columns(known: Mapping[str, Amount], basis: Basis) -> list[sa.Label[int]]:
    """All columns in one order; an amount or count that is not known is 0, a least key NULL."""
    numbers = [known.get(name, _ZERO).label(name) for name in (*amount_names(basis), *count_names(basis))]
    return numbers + [known.get(name, _NOTHING).label(name) for name in EARLIEST]
