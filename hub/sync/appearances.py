"""The same invoice from several systems counts once: what another system shows of it is an appearance of the one that counts."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from hub.model import Invoice, table_of
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork

_INVOICES = table_of(Invoice)


class _Document(NamedTuple):
    """By what an invoice is known again in another system (design: number, currency and total, of one customer)."""

    customer_id: int
    number: str
    currency: str
    total_minor: int


def attach_appearances(work: PageWork, customers: Collection[int]) -> Mapping[int, int | None]:
    """Say of the invoices of some customers that do not count which one that counts they are, where that is just one.

    None is attached to two, and what has no number to none: nobody may guess. What an appearance owes enters no figure either way; that
    follows from who speaks for the customer (hub/sync/authority.py). Tries to collect it count for the one that it is of. Returns what was said of which
    invoice and was not so before; None: it is none.
    """
    table = _INVOICES.c
    columns = (table.id, table.customer_id, table.number, table.currency, table.total_minor, table.is_authoritative, table.is_deleted, table.appearance_of_id)
    silent = sa.select(table.customer_id).where(is_among(table.customer_id, customers), table.is_authoritative.is_(False))
    attached = sa.select(table.customer_id).where(is_among(table.customer_id, customers), table.appearance_of_id.is_not(None))
    concerned = set(work.connection.execute(sa.union(silent, attached)).scalars())
    if not concerned:
        return {}
    rows = work.connection.execute(sa.select(*columns).where(is_among(table.customer_id, concerned))).all()
    counting: dict[_Document, list[int]] = defaultdict(list)
    for row in rows:
        if row.is_authoritative and not row.is_deleted and row.number:
            counting[_document(row)].append(row.id)
    changed: dict[int, int | None] = {}
    for row in rows:
        same = [] if row.is_authoritative or not row.number else counting.get(_document(row), [])
        wanted = same[0] if len(same) == 1 else None
        if wanted != row.appearance_of_id:
            changed[row.id] = wanted
    update_rows(work.connection, _INVOICES, columns=("appearance_of_id",), rows=[(wanted, key) for key, wanted in changed.items()])
    return changed


def _document(row: Any) -> _Document:  # noqa: ANN401 - a row of the columns above
    return _Document(row.customer_id, " ".join(row.number.split()).casefold(), row.currency, row.total_minor)
