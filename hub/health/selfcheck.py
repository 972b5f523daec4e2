"""The proof that what is kept equals the formulas: kept amounts and figures against the same computed from dated facts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.health.addends import ageing_names
from hub.health.basis import Basis
from hub.health.documents import scope_of
from hub.health.facts import dated_ledger
from hub.health.ledger import Ledger, kept_ledger
from hub.health.relations import customer_currency_figures, customer_figures
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, table_of
from hub.store.bulk import chunks
from hub.store.lookup import is_among

_CUSTOMERS = table_of(Customer)
_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)

_AT_ONCE = 2_000
_LEDGER_COLUMNS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "documents": ("invoice", ("id", "paid_minor", "due_minor", "converted_total_minor", "converted_paid_minor")),
    "open_documents": ("open invoice", ("id", "due_minor", "converted_due_minor")),
    "parts": ("due part of invoice", ("invoice_id", "due_date", "due_minor", "converted_due_minor")),
    "credits": ("credit note", ("id", "unutilised_minor", "converted_unutilised_minor")),
    "payments": ("payment", ("id", "unapplied_minor", "converted_unapplied_minor")),
}
"""What is compared of each relation of the ledger: what a row is called, its key, and the amounts."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something kept that is not what the formulas say. `kept` or `computed` is None where one of them has no such row."""

    subject: str
    column: str
    kept: object
    computed: object


def check_figures(connection: sa.Connection, basis: Basis, customers: Iterable[int] | None = None) -> list[Difference]:
    """Compare what is kept for some customers (None: for all) with the formulas; empty when all agree.

    `basis.as_of` is the business date that the kept figures hold for. Refresh dirty customers first.
    """
    ids = list(customers) if customers is not None else connection.execute(sa.select(_CUSTOMERS.c.id).order_by(_CUSTOMERS.c.id)).scalars().all()
    return [found for some in chunks(ids, _AT_ONCE) for found in _check(connection, basis, some)]


def _check(connection: sa.Connection, basis: Basis, ids: Sequence[int]) -> Iterator[Difference]:
    wanted = sa.select(_CUSTOMERS.c.id).where(is_among(_CUSTOMERS.c.id, ids))
    yield from _compare_ledgers(connection, kept_ledger(basis, scope_of(wanted)), dated_ledger(basis, scope_of(wanted)))
    for table, computed, key in (
        (_FIGURES, customer_figures(basis, wanted), ("customer_id",)),
        (_CURRENCY_FIGURES, customer_currency_figures(basis, wanted), ("customer_id", "currency")),
    ):
        kept = sa.select(table).where(is_among(table.c.customer_id, ids))
        yield from _compare("customer", _rows(connection, kept, key), _rows(connection, sa.select(computed), key))
    yield from _check_buckets(connection, basis, ids)


def _compare_ledgers(connection: sa.Connection, kept: Ledger, computed: Ledger) -> Iterator[Difference]:
    for relation, (subject, columns) in _LEDGER_COLUMNS.items():
        key_length = 2 if relation == "parts" else 1
        sides = (getattr(ledger, relation) for ledger in (kept, computed))
        rows = [_rows(connection, _worth_comparing(side, columns), columns[:key_length]) for side in sides]
        yield from _compare(subject, *rows)


def _worth_comparing(rows: sa.FromClause, columns: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    """The kept ledger leaves out payments with nothing unapplied; two parts of an invoice on one day are one."""
    selected = [rows.c[name] for name in columns]
    if "invoice_id" in columns:
        return sa.select(*selected[:2], *(sa.func.sum(column).label(column.name) for column in selected[2:])).group_by(*selected[:2])
    query = sa.select(*selected)
    return query.where(rows.c.unapplied_minor != 0) if "unapplied_minor" in columns else query


def _check_buckets(connection: sa.Connection, basis: Basis, ids: Sequence[int]) -> Iterator[Difference]:
    """The buckets add up to the outstanding amount, to the minor unit."""
    buckets = [_FIGURES.c[f"{name}_minor"] for name in ageing_names(basis)]
    total = sum(buckets[1:], buckets[0])
    query = sa.select(_FIGURES.c.customer_id, _FIGURES.c.outstanding_minor, total).where(is_among(_FIGURES.c.customer_id, ids))
    for customer_id, outstanding, in_buckets in connection.execute(query.where(_FIGURES.c.outstanding_minor != total)):
        yield Difference(f"customer {customer_id}", "sum of ageing buckets", in_buckets, outstanding)


def _rows(connection: sa.Connection, query: sa.Select[*tuple[Any, ...]], key: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[name] for name in key): dict(row) for row in connection.execute(query).mappings()}


def _compare(subject: str, kept: Mapping[tuple[Any, ...], Mapping[str, Any]], computed: Mapping[tuple[Any, ...], Mapping[str, Any]]) -> Iterator[Difference]:
    for key in sorted(kept.keys() | computed.keys()):
        name = " ".join((subject, *map(str, key)))
        if key not in kept or key not in computed:
            yield Difference(name, "row", kept.get(key), computed.get(key))
            continue
        for column, value in computed[key].items():
            if kept[key][column] != value:
                yield Difference(name, column, kept[key][column], value)
