"""`node` and `nodes`: any row by its global id; and a customer by its id in an outside system."""

import sqlalchemy as sa

from hub.errors import RequestError
from hub.model import Connection, ExternalReference, table_of
from hub.vocabulary import Entity
from schema.ids import decode_id
from schema.plan.mapping import Argument
from schema.plan.rows import Fetched
from schema.plan.text import storable
from schema.query.lists import row_by_key, rows_by_key
from schema.query.root import Root, RootField
from schema.rows.catalogue import ROW_TYPES

MAX_NODES = 100
"""How many ids `nodes` takes."""

_REFERENCES = table_of(ExternalReference)
_CONNECTIONS = table_of(Connection)


def _node(root: Root) -> Fetched | None:
    type_name, key = decode_id(root.arguments["id"], root.selected.argument_path("id"))
    return row_by_key(root, type_name, key) if _may_read(root, type_name) else None


def _nodes(root: Root) -> list[Fetched | None]:
    ids: list[str] = root.arguments["ids"]
    path = root.selected.argument_path("ids")
    if len(ids) > MAX_NODES:
        message = f"`ids` has {len(ids)} ids; {MAX_NODES} at most."
        raise RequestError(message, path=path)
    wanted = [decode_id(text, (*path, str(position))) for position, text in enumerate(ids)]
    found: dict[tuple[str, int], Fetched] = {}
    for type_name in dict.fromkeys(name for name, _ in wanted):
        if _may_read(root, type_name):
            keys = [key for name, key in wanted if name == type_name]
            found |= {(type_name, key): row for key, row in rows_by_key(root, type_name, keys).items()}
    return [found.get(reference) for reference in wanted]


def _may_read(root: Root, type_name: str) -> bool:
    """Whether an id can lead anywhere: to a type of nodes whose rows the caller may see. Otherwise the answer is as for an unknown id."""
    row_type = ROW_TYPES.by_name.get(type_name)
    return row_type is not None and row_type.is_node and root.may_use(type_name, "id")


def _customer_by_external_id(root: Root) -> Fetched | None:
    connection, external_id = (storable(root.arguments[name], root.selected.argument_path(name)) for name in ("connection", "externalId"))
    found = root.session.connection.execute(
        sa.select(_REFERENCES.c.entity_id)
        .join_from(_REFERENCES, _CONNECTIONS, _CONNECTIONS.c.id == _REFERENCES.c.connection_id)
        .where(_CONNECTIONS.c.name == connection, _REFERENCES.c.external_id == external_id, _REFERENCES.c.entity == Entity.CUSTOMER)
    ).scalar()
    return row_by_key(root, "Customer", found)


NODES: dict[str, RootField] = {
    "node": RootField(
        type="Node",
        description="Any object by its id; null when there is none that you may see.",
        arguments={"id": Argument("ID!", "The id, as an `id` field gave it.")},
        answer=_node,
    ),
    "nodes": RootField(
        type="[Node]!",
        description="Objects by their ids, in the same order; null for each that you may not see or that is not there.",
        arguments={"ids": Argument("[ID!]!", f"The ids: {MAX_NODES} at most.")},
        answer=_nodes,
    ),
    "customerByExternalId": RootField(
        type="Customer",
        description="The customer that a connection knows by an id of its own; null when there is none.",
        arguments={
            "connection": Argument("String!", "The name of the connection."),
            "externalId": Argument("String!", "The customer's id there, exactly as the system writes it."),
        },
        answer=_customer_by_external_id,
    ),
}
