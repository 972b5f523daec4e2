"""Reading what customers are compared by: their profiles, from the records that each system's reference keeps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from hub.identity.matching.profile import Profile, SourceObject, Values
from hub.model import Connection, ExternalReference, SourceRecord, table_of
from hub.store.lookup import is_among
from hub.vocabulary import ConnectionKind, Entity

REFERENCES = table_of(ExternalReference)
_RECORDS = table_of(SourceRecord)
_CONNECTIONS = table_of(Connection)
_DECODER = msgspec.json.Decoder(Values)


@dataclass(frozen=True, slots=True)
class System:
    """A connection, as far as other systems name it."""

    id: int
    name: str
    kind: ConnectionKind


def read_systems(connection: sa.Connection) -> Mapping[int, System]:
    """All connections by id, also those that no longer run: what they delivered is still here."""
    columns = _CONNECTIONS.c
    return {row.id: System(row.id, row.name, row.kind) for row in connection.execute(sa.select(columns.id, columns.name, columns.kind))}


def read_profiles(connection: sa.Connection, customer_ids: Iterable[int], systems: Mapping[int, System]) -> dict[int, Profile]:
    """Profiles by customer. One that no reference leads to has none: it was merged into another, or nobody delivers it."""
    columns = REFERENCES.c
    statement = (
        sa.select(columns.entity_id, columns.connection_id, columns.is_deleted_at_source, columns.merged_into_external_id, _RECORDS.c.record)
        .join(_RECORDS, _RECORDS.c.reference_id == columns.id)
        .where(columns.entity == Entity.CUSTOMER, is_among(columns.entity_id, customer_ids))
    )
    found: defaultdict[int, list[SourceObject]] = defaultdict(list)
    for customer_id, connection_id, is_deleted, merged_into, record in connection.execute(statement):
        system = systems[connection_id]
        found[customer_id].append(SourceObject(system.id, system.name, system.kind, _DECODER.decode(record), is_deleted, merged_into))
    return {key: Profile(key, tuple(sorted(sources, key=lambda each: (each.connection, each.external_id)))) for key, sources in found.items()}
