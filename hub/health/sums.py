"""Addends added up: in the workspace currency, with what could not be converted apart, and exactly per currency."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa

from hub.health.addends import AMOUNTS, Addend, Amount, amount_names, count_names
from hub.health.basis import Basis
from hub.health.dialects import summed

Union = sa.CompoundSelect[*tuple[Any, ...]]
Rows = sa.Select[*tuple[Any, ...]]

_ZERO = sa.literal(0, sa.BigInteger)


def added_up(addend: Addend) -> Rows:
    """What an addend adds to each of its figures, in the workspace currency as far as it could be converted; a row a customer."""
    customer = addend.rows.c.customer_id
    return sa.select(customer, *(column.label(name) for name, column in _converted(addend).items())).group_by(customer)


def currency_sums(addends: Sequence[Addend], basis: Basis) -> Union:
    """Sums over all customers, some rows for each currency: what could be converted of it, counts, and `exact_` amounts."""
    return sa.union_all(*(_of_currency(addend, basis) for addend in addends))


def total_of(parts: Iterable[sa.FromClause], name: str) -> Amount:
    """What all parts (`added_up`) together say of a figure; a part that has no row adds nothing."""
    return reduce(lambda one, other: one + other, (sa.func.coalesce(part.c[name], 0) for part in parts if name in part.c))


def earliest_of(parts: Iterable[sa.FromClause], name: str) -> Amount:
    """The least of a key over all parts, NULL when none has one."""
    return reduce(_lesser, (part.c[name] for part in parts if name in part.c))


def lacking(addends: Sequence[Addend], basis: Basis) -> Union:
    """What could not be converted: a row for each customer, currency and addend, with every amount.

    An amount is NULL when something in that currency belongs to it, 0 when nothing does or it adds up to zero, which needs no rate.
    """
    return sa.union_all(*(_lacking(addend.unrated or addend, basis) for addend in addends if addend.amounts))


def exact_sums(addends: Sequence[Addend]) -> Union:
    """Exact sums, some rows for each customer and currency; what only counts something has none."""
    return sa.union_all(*(_exact(addend.exact or addend) for addend in addends if addend.amounts))


def complete_total(column: Amount) -> Amount:
    """The sum of a column; NULL as soon as one of its values is."""
    return sa.case((sa.func.count() == sa.func.count(column), summed(column)))


def converted_total(exact: Amount, converted: Amount) -> Amount:
    """The sum of converted amounts of one currency; NULL where some could not be converted, and these do not add up to zero, which needs no rate."""
    unrated = summed(sa.case((converted.is_(None), exact), else_=_ZERO))
    return sa.case((unrated == 0, summed(sa.func.coalesce(converted, _ZERO))))


def _converted(addend: Addend) -> dict[str, Amount]:
    sums = {name: summed(converted) for name, (_, converted) in addend.amounts.items()}
    counts = {name: sa.func.count(sa.case((condition, 1))) for name, condition in addend.counts.items()}
    numbers = {name: summed(number) for name, number in addend.numbers.items()}
    return sums | counts | numbers | {name: sa.func.min(key) for name, key in addend.earliest.items()}


def _of_currency(addend: Addend, basis: Basis) -> Rows:
    converted, currency = _converted(addend), addend.rows.c.currency
    columns = [converted.get(name, _ZERO).label(name) for name in (*amount_names(basis), *count_names(basis))]
    columns += [amount.label(f"exact_{name}") for name, amount in _exact_amounts(addend).items()]
    return sa.select(currency, *columns).group_by(currency)


def _lesser(one: Amount, other: Amount) -> Amount:
    """Neither database's own function treats NULL as the other one's does."""
    return sa.case((one.is_(None), other), (other < one, other), else_=one)


def _lacking(addend: Addend, basis: Basis) -> Rows:
    sums = {name: sa.case((summed(exact) == 0, _ZERO)) for name, (exact, _) in addend.amounts.items()}
    rows = addend.rows
    columns = [sums.get(name, _ZERO).label(name) for name in amount_names(basis)]
    keys = (rows.c.customer_id, rows.c.currency)
    return sa.select(rows.c.customer_id, rows.c.currency.label("lacking_currency"), *columns).where(addend.lacks_rate).group_by(*keys)


def _exact(addend: Addend) -> Rows:
    rows = addend.rows
    columns = (amount.label(name) for name, amount in _exact_amounts(addend).items())
    return sa.select(rows.c.customer_id, rows.c.currency, *columns).group_by(rows.c.customer_id, rows.c.currency)


def _exact_amounts(addend: Addend) -> dict[str, Amount]:
    return {name: summed(addend.amounts[name][0]) if name in addend.amounts else _ZERO for name in AMOUNTS}
