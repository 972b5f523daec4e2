"""Authority applied: of a customer known to several connections, one speaks for its invoices and one for its payments."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from hub.identity.homes import last_merge
from hub.model import CreditNote, ExternalReference, Invoice, Payment, table_of
from hub.plugins.connector import Page
from hub.store.bulk import update_rows
from hub.store.lookup import is_among
from hub.sync.appearances import attach_appearances
from hub.sync.context import PageWork
from hub.sync.delivering import DELIVERED, delivering, has_begun, references_of, speaker
from hub.sync.effective.following import follow_appearances
from hub.sync.landing.allocations import SETTLEMENTS, resume_counting, stop_counting
from hub.sync.waiting import streams_waiting_for
from hub.vocabulary import Entity, Stream

_REFERENCES = table_of(ExternalReference)
_INVOICES = table_of(Invoice)
_CREDIT_NOTES = table_of(CreditNote)
_PAYMENTS = table_of(Payment)

_SPOKEN_FOR = ((Stream.INVOICES, _INVOICES), (Stream.INVOICES, _CREDIT_NOTES), (Stream.PAYMENTS, _PAYMENTS))
"""The tables whose rows count only if their connection speaks for the customer, and the stream whose order tells."""


def apply_authority(work: PageWork) -> None:
    """Mark which documents and payments of the page's customers count; what another connection is asked for does not enter figures.

    The order of connections is `run.authority`, by stream. A customer is known to several only where some were merged; whoever got a
    document that did not count before, as when it moved there, is looked at too. With the first document of its connection all customers
    are that another one knows as well (`work.spoken_for_at_last`).
    """
    if not _may_be_shared(work):
        return
    ever, still = _connections_of(work, {*work.dirty_customers, *work.spoken_for_at_last})
    shared = {customer for customer, connections in ever.items() if len(connections) > 1} | _with_silent(work, work.dirty_customers)
    if shared:
        _apply(work, shared, ever=ever, still=still)
        follow_appearances(work, attach_appearances(work, shared))


def settle_authority(work: PageWork, customers: Collection[int]) -> None:
    """The same for customers that became one, or two again: also where only one connection knows them, and where nobody speaks all counts."""
    if customers:
        ever, still = _connections_of(work, customers)
        _apply(work, customers, ever=ever, still=still)
        follow_appearances(work, attach_appearances(work, customers))


def find_spoken_for(work: PageWork) -> None:
    """Note the customers of the page's connection that another one knows, too, where the page brought the first document of a stream.

    They are composed anew, for what the one that speaks reports of them counts.
    """
    if _may_be_shared(work) and any(has_begun(work, delivered) for delivered in DELIVERED.values()):
        mine, other = _REFERENCES.alias(), _REFERENCES.alias()
        are_of_customers = sa.and_(mine.c.entity == Entity.CUSTOMER, other.c.entity == Entity.CUSTOMER, other.c.entity_id == mine.c.entity_id)
        are_two = sa.and_(mine.c.connection_id == work.run.connection_id, other.c.connection_id != work.run.connection_id)
        work.spoken_for_at_last.update(work.connection.execute(sa.select(mine.c.entity_id).where(are_of_customers, are_two).distinct()).scalars())
        work.composed[Entity.CUSTOMER] |= work.spoken_for_at_last


def may_change_speakers(connection: sa.Connection, connection_id: int, page: Page) -> bool:
    """Whether a page may change which connection speaks for a customer: by what it says of customers, or as the first that brings a stream.

    What waited for its customers comes with it.
    Where no customers were merged, each is known to one connection, and nothing changes.
    """
    if not last_merge(connection):
        return False
    if any(deletion.stream is Stream.CUSTOMERS for deletion in page.deletions):
        return True
    customers = {record.external_id for record in page.records if record.stream is Stream.CUSTOMERS}
    gone = references_of(connection_id, Stream.CUSTOMERS).where(_REFERENCES.c.is_deleted_at_source.is_(sa.true()))
    if customers and connection.execute(gone.where(is_among(_REFERENCES.c.external_id, customers)).limit(1)).first() is not None:
        return True
    streams = {record.stream for record in page.records} | streams_waiting_for(connection, connection_id, customers)
    new = [stream for delivered in DELIVERED.values() for stream in delivered if stream in streams]
    return any(connection.execute(references_of(connection_id, stream).limit(1)).first() is None for stream in new)


def known_elsewhere(work: PageWork, customers: Iterable[int], *, gone: Collection[int]) -> set[int]:
    """Those of some customers that a source still has when the references `gone` (row ids) are deleted: they are not deleted yet."""
    columns = _REFERENCES.c
    statement = sa.select(columns.entity_id, columns.id).where(
        columns.entity == Entity.CUSTOMER, is_among(columns.entity_id, customers), columns.is_deleted_at_source.is_(False)
    )
    dropped = set(gone)
    return {customer for customer, reference in work.connection.execute(statement) if reference not in dropped}


def _may_be_shared(work: PageWork) -> bool:
    """Whether there may be a customer that several connections know."""
    return bool(work.run.merges_seen) or any(len(order) > 1 for order in work.run.authority.values())


def _apply(work: PageWork, customers: Collection[int], *, ever: dict[int, set[int]], still: dict[int, set[int]]) -> None:
    """Let one connection speak for each of these customers; one whose source still has the customer before one that had it."""
    orders = {stream: delivering(work, stream) for stream in DELIVERED}
    for stream, table in _SPOKEN_FOR:
        _mark(work, table, {customer: speaker(orders[stream], still=still[customer], ever=ever[customer]) for customer in customers})


def _with_silent(work: PageWork, customers: Iterable[int]) -> set[int]:
    """Those of some customers that have a document or payment which does not count."""
    ids = list(customers)
    found: set[int] = set()
    for _, table in _SPOKEN_FOR:
        silent = sa.select(table.c.customer_id).where(is_among(table.c.customer_id, ids), sa.not_(table.c.is_authoritative)).distinct()
        found.update(work.connection.execute(silent).scalars())
    return found


def _connections_of(work: PageWork, customers: Iterable[int]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """The connections that have known each customer, and of these the ones whose source still has it."""
    columns = _REFERENCES.c
    statement = sa.select(columns.entity_id, columns.connection_id, columns.is_deleted_at_source).where(
        columns.entity == Entity.CUSTOMER, is_among(columns.entity_id, customers)
    )
    ever: dict[int, set[int]] = defaultdict(set)
    still: dict[int, set[int]] = defaultdict(set)
    for customer, connection, is_gone in work.connection.execute(statement):
        ever[customer].add(connection)
        if not is_gone:
            still[customer].add(connection)
    return ever, still


def _mark(work: PageWork, table: sa.Table, speaker: Mapping[int, int | None]) -> None:
    """Let the rows of the one that speaks count, by customer; None: nobody speaks, so all count."""
    columns = (table.c.id, table.c.customer_id, table.c.connection_id, table.c.is_authoritative)
    rows = work.connection.execute(sa.select(*columns).where(is_among(table.c.customer_id, speaker))).all()
    counts = {row.id: speaker[row.customer_id] in (None, row.connection_id) for row in rows}
    flips = [(counts[row.id], row.id) for row in rows if row.is_authoritative != counts[row.id]]
    update_rows(work.connection, table, columns=("is_authoritative",), rows=flips)
    flipped = {key for _, key in flips}
    work.dirty_customers.update(row.customer_id for row in rows if row.id in flipped)
    column = {_PAYMENTS: SETTLEMENTS.c.payment_id, _CREDIT_NOTES: SETTLEMENTS.c.credit_note_id}.get(table)
    if column is None or not flips:
        return
    stop_counting(work, column, [key for does_count, key in flips if not does_count])
    resume_counting(work, column, [key for does_count, key in flips if does_count])
