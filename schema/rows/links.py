"""How rows are known in outside systems: the links of customers (ID1, ID2) and the external references of documents."""

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.access.rows import row_predicate
from hub.model import Connection, Customer, ExternalReference, table_of
from hub.sync.entering import BY_HAND
from hub.vocabulary import ConnectionStatus, Entity, Stream
from schema.plan.declaring import column, computed, one
from schema.plan.mapping import Expression, ManyField, RowType, Scope
from schema.plan.reading import Reading

_CUSTOMERS = table_of(Customer)
_CONNECTIONS = table_of(Connection)
_REFERENCES = table_of(ExternalReference)

_CONNECTED, _DELETED, _MISSING = "CONNECTED", "DELETED", "MISSING"
_REASON_OF_STATE = {_CONNECTED: None, _DELETED: "The customer was deleted there."}
_REASON_OF_STATUS = {
    ConnectionStatus.NEEDS_AUTHORISATION.value: "The connection must be authorised again before customers can be found there.",
    ConnectionStatus.PAUSED.value: "The connection is paused.",
}


def _links(reading: Reading) -> sa.FromClause:
    """One row for each customer and connection that may run, and for each of several references that the customer has there.

    Nobody misses a link to what people enter by hand.
    """
    customer, connection, reference = (reading.rows_of(table) for table in (_CUSTOMERS, _CONNECTIONS, _REFERENCES))
    is_reference = sa.and_(reference.c.entity == Entity.CUSTOMER, reference.c.entity_id == customer.c.id, reference.c.connection_id == connection.c.id)
    state = sa.case((reference.c.id.is_(None), _MISSING), (reference.c.is_deleted_at_source.is_(sa.true()), _DELETED), else_=_CONNECTED)
    return (
        sa.select(
            customer.c.id.label("customer_id"),
            connection.c.id.label("connection_id"),
            connection.c.name.label("connection_name"),
            connection.c.kind,
            connection.c.status,
            connection.c.streams,
            reference.c.external_id,
            reference.c.url,
            state.label("state"),
        )
        .select_from(customer.join(connection, connection.c.status != ConnectionStatus.REMOVED).outerjoin(reference, is_reference))
        .where(sa.or_(connection.c.name != BY_HAND, reference.c.id.is_not(None)))
        .subquery("link")
    )


def _readable(principal: Principal, _rows: sa.FromClause) -> sa.ColumnElement[bool]:
    return row_predicate(principal, _REFERENCES)


def why_missing(state: str, status: str, streams: list[str] | None) -> str | None:
    """Why a customer has no link to a connection, for a person to act on; None when it has one. The arguments are columns of `_links`."""
    if state != _MISSING:
        return _REASON_OF_STATE[state]
    if streams is not None and Stream.CUSTOMERS.value not in streams:
        return "This connection does not deliver customers."
    return _REASON_OF_STATUS.get(status, "No customer of this connection has been linked to this one.")


def _of(name: str) -> Expression:
    return lambda scope: scope.c[name]


def _name_of(name: str) -> Expression:
    return lambda scope: sa.type_coerce(scope.c[name], sa.String)


CUSTOMER_LINK = RowType(
    name="CustomerLink",
    description="Whether and how a customer is known in one connection.",
    relation=_links,
    readable=_readable,
    key="connection_id",
    fields={
        "connection": computed("String!", "The name of the connection.", needs=(_of("connection_name"),)),
        "kind": computed("ConnectionKind!", "What sort of system it leads to.", needs=(_name_of("kind"),)),
        "connected": computed("Boolean!", "Whether the customer is linked there.", needs=(_of("state"),), make=_CONNECTED.__eq__),
        "externalId": computed("String", "The customer's id there; null: none is known.", needs=(_of("external_id"),)),
        "url": computed("URL", "Where people find the customer there; null: the source gives no address.", needs=(_of("url"),)),
        "reason": computed(
            "String",
            "Why the link is missing; null when there is one.",
            needs=(_of("state"), _name_of("status"), _of("streams")),
            make=why_missing,
        ),
    },
)

EXTERNAL_REFERENCE = RowType(
    name="ExternalReference",
    description="How a row is found again in an outside system.",
    relation=lambda reading: reading.rows_of(_REFERENCES),
    readable=row_predicate,
    fields={
        "connection": one("ConnectedSystem", ExternalReference.connection_id, "The connection that delivers it."),
        "stream": column(ExternalReference.stream, "The kind of object that it is there."),
        "externalId": column(ExternalReference.external_id, "Its id there."),
        "url": column(ExternalReference.url, "Where people find it there; null: the source gives no address.", type="URL"),
        "isDeletedAtSource": column(ExternalReference.is_deleted_at_source, "Whether its source has deleted it."),
        "sourceUpdatedAt": column(ExternalReference.source_updated_at, "When it last changed there; null: the source does not say."),
        "changedAt": column(ExternalReference.changed_at, "When the hub last took a change of it over."),
    },
)


def references(entity: Entity) -> ManyField:
    """The external references of rows of an entity."""

    def of_entity(scope: Scope) -> sa.ColumnElement[bool]:
        return scope.c.entity == entity

    return ManyField(
        type="[ExternalReference!]!",
        description="How it is found in the systems that deliver it.",
        target="ExternalReference",
        foreign=_REFERENCES.c.entity_id.name,
        order=("id",),
        list_size=2,
        when=of_entity,
    )
