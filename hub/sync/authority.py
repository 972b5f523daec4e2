"""Authority applied: of a customer known to several connections, one speaks for its invoices and one for its payments."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa

from hub.model import CreditNote, ExternalReference, Invoice, Payment, table_of
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.sync.landing.allocations import SETTLEMENTS, resume_counting, stop_counting
from hub.vocabulary import Entity, Stream

_REFERENCES = table_of(ExternalReference)
_INVOICES = table_of(Invoice)
_CREDIT_NOTES = table_of(CreditNote)
_PAYMENTS = table_of(Payment)


def apply_authority(work: PageWork) -> None:
    """Mark which documents and payments of the page's customers count; what another connection is asked for does not enter figures.

    The order of connections is `run.authority`, by stream; with one connection for a stream there is nothing to decide.
    """
    if not any(_is_shared(order) for order in work.run.authority.values()):
        return
    known_by = _connections_of(work, work.dirty_customers)
    shared = {customer: connections for customer, connections in known_by.items() if _is_shared(connections)}
    if not shared:
        return
    for stream, tables in ((Stream.INVOICES, (_INVOICES, _CREDIT_NOTES)), (Stream.PAYMENTS, (_PAYMENTS,))):
        order = work.run.authority.get(stream, ())
        speaker = {customer: _first(order, connections) for customer, connections in shared.items()}
        for table in tables:
            _mark(work, table, speaker)


def _is_shared(connections: Collection[int]) -> bool:
    return len(connections) > 1


def _first(order: Sequence[int], connections: Collection[int]) -> int | None:
    return next((connection for connection in order if connection in connections), None)


def _connections_of(work: PageWork, customers: Iterable[int]) -> dict[int, set[int]]:
    columns = _REFERENCES.c
    statement = sa.select(columns.entity_id, columns.connection_id).where(
        columns.entity == Entity.CUSTOMER, is_among(columns.entity_id, customers), columns.is_deleted_at_source.is_(False)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for customer, connection in work.connection.execute(statement):
        found[customer].add(connection)
    return found


def _mark(work: PageWork, table: sa.Table, speaker: dict[int, int | None]) -> None:
    columns = (table.c.id, table.c.customer_id, table.c.connection_id, table.c.is_authoritative)
    rows = work.connection.execute(sa.select(*columns).where(is_among(table.c.customer_id, speaker))).all()
    flips = [(row.connection_id == speaker[row.customer_id], row.id) for row in rows if row.is_authoritative != (row.connection_id == speaker[row.customer_id])]
    update_rows(work.connection, table, columns=("is_authoritative",), rows=flips)
    column = {_PAYMENTS: SETTLEMENTS.c.payment_id, _CREDIT_NOTES: SETTLEMENTS.c.credit_note_id}.get(table)
    if column is None or not flips:
        return
    stop_counting(work, column, [key for counts, key in flips if not counts])
    resume_counting(work, column, [key for counts, key in flips if counts])
