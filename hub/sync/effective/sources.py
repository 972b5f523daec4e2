"""What each source said last of customers, as it lies in the store."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from hub.identity.composing import Composed, CustomerSource, compose_customer
from hub.model import Connection, ExternalReference, SourceRecord, table_of
from hub.plugins.records import CustomerRecord
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.context import CustomerIds, PageWork
from hub.sync.delivering import delivering, speaker
from hub.sync.landing.frame import expect
from hub.vocabulary import Entity, Stream

_REFERENCES = table_of(ExternalReference)
_RECORDS = table_of(SourceRecord)
_CONNECTIONS = table_of(Connection)


def sources_of(connection: sa.Connection, members: Mapping[int, Collection[int]]) -> dict[int, list[CustomerSource]]:
    """What each source said last of these customers, the customer's own source first."""
    columns = (
        _REFERENCES.c.entity_id,
        _REFERENCES.c.id,
        sa.func.coalesce(_REFERENCES.c.home_id, _REFERENCES.c.entity_id).label("home_id"),
        _REFERENCES.c.connection_id,
        _CONNECTIONS.c.name,
        _CONNECTIONS.c.kind,
        _REFERENCES.c.is_deleted_at_source,
        _RECORDS.c.record,
    )
    statement = (
        sa.select(*columns)
        .join(_RECORDS, _RECORDS.c.reference_id == _REFERENCES.c.id)
        .join(_CONNECTIONS, _CONNECTIONS.c.id == _REFERENCES.c.connection_id)
        .where(_REFERENCES.c.entity == Entity.CUSTOMER, is_among(_REFERENCES.c.entity_id, members))
    )
    rows = connection.execute(statement).all()
    decoded = [expect(decode(Stream.CUSTOMERS, row.record), CustomerRecord) for row in rows]
    named = {(row.connection_id, parent) for row, record in zip(rows, decoded, strict=True) if (parent := record.parent_external_id) is not None}
    parents = named_customers(connection, named)
    found: dict[int, list[CustomerSource]] = {}
    for row, record in zip(rows, decoded, strict=True):
        parent, home = parents.get((row.connection_id, record.parent_external_id or ""), (None, None))
        places = (parent, parent if home is None else home)
        source = CustomerSource(row.id, row.home_id, row.connection_id, row.name, row.kind, row.is_deleted_at_source, record, *places)
        found.setdefault(row.entity_id, []).append(source)
    return {customer: sorted(some, key=lambda source: (source.home_id != customer, source.reference_id)) for customer, some in found.items()}


def named_customers(connection: sa.Connection, named: Collection[tuple[int, str]]) -> dict[tuple[int, str], CustomerIds]:
    """The customers that records name, by connection and external id, as far as they have arrived."""
    if not named:
        return {}
    columns = (_REFERENCES.c.connection_id, _REFERENCES.c.external_id, _REFERENCES.c.entity_id, _REFERENCES.c.home_id)
    connections, names = {connection_id for connection_id, _ in named}, {name for _, name in named}
    wanted = sa.and_(is_among(_REFERENCES.c.connection_id, connections), _REFERENCES.c.stream == Stream.CUSTOMERS, is_among(_REFERENCES.c.external_id, names))
    return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(sa.select(*columns).where(wanted))}


def composed_of(work: PageWork, sources: Sequence[CustomerSource]) -> Composed:
    """The customer by the run's precedence, and by who speaks for its invoices."""
    living = {source.connection_id for source in sources if not source.is_gone}
    ever = {source.connection_id for source in sources}
    order = delivering(work, Stream.INVOICES) if len(ever) > 1 else work.run.authority.get(Stream.INVOICES, ())
    return compose_customer(sources, work.run.precedence, speaker_id=speaker(order, still=living, ever=ever))
