"""Customers of some systems put into a store as landing would leave them, without a run; and what the finder makes of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from hub.identity.matching import AutomaticMatch, Found, Suggestion, find_matches, open_suggestions, queue_for_matching
from hub.model import Connection, Customer, ExternalReference, SourceRecord, table_of
from hub.plugins.records import CrossReference, CustomerRecord
from hub.store.engine import Store
from hub.sync.codec import digest, encode
from hub.vocabulary import ConnectionKind, Entity, EntityType, SourceHandling, Stream

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SYSTEMS = {
    "books": ConnectionKind.ACCOUNTING,
    "crm": ConnectionKind.CRM,
    "gateway": ConnectionKind.GATEWAY,
    "billing": ConnectionKind.BILLING,
}
_CONNECTIONS, _CUSTOMERS, _REFERENCES, _RECORDS = (table_of(kind) for kind in (Connection, Customer, ExternalReference, SourceRecord))

Place = tuple[str, str]


def known(kind: ConnectionKind, external_id: str) -> list[CrossReference]:
    return [CrossReference(external_id=external_id, kind=kind)]


def record(external_id: str, name: str = "Acme Ltd", **fields: object) -> CustomerRecord:
    return replace(CustomerRecord(external_id=external_id, name=name), **fields)


@dataclass
class Register:
    """A store with one connection of each of some kinds; `matches` are all automatic ones so far, by the places of their customers."""

    store: Store
    connections: dict[str, int] = field(default_factory=dict[str, int])
    customers: dict[Place, int] = field(default_factory=dict[Place, int])
    matches: dict[frozenset[Place], AutomaticMatch] = field(default_factory=dict[frozenset[Place], AutomaticMatch])

    def __post_init__(self) -> None:
        for name, kind in SYSTEMS.items():
            self.connect(name, kind)

    def connect(self, name: str, kind: ConnectionKind) -> None:
        values = {"name": name, "connector": "test", "kind": kind, "status": "ACTIVE", "is_declared": True, "created_at": NOW}
        with self.store.write() as connection:
            self.connections[name] = connection.execute(sa.insert(_CONNECTIONS).values(**values).returning(_CONNECTIONS.c.id)).scalar_one()

    def put(self, system: str, *records: CustomerRecord) -> None:
        with self.store.write() as connection:
            for each in records:
                self._put(connection, system, each)

    def _put(self, connection: sa.Connection, system: str, each: CustomerRecord) -> None:
        place, encoded = (system, each.external_id), encode(each)
        if place in self.customers:
            where = self._at(place)
            reference = connection.execute(sa.select(_REFERENCES.c.id).where(where)).scalar_one()
            connection.execute(sa.update(_REFERENCES).where(where).values(is_deleted_at_source=False, merged_into_external_id=None))
            connection.execute(sa.update(_RECORDS).where(_RECORDS.c.reference_id == reference).values(record=encoded.decode()))
        else:
            kinds = {"entity_type": EntityType.CUSTOMER, "source_handling": SourceHandling.ACTIVE, "is_billed": True, "is_deleted": False}
            values: dict[str, Any] = {"name": each.name, "search_name": each.name.casefold(), "first_seen_at": NOW, "updated_at": NOW, **kinds}
            self.customers[place] = connection.execute(sa.insert(_CUSTOMERS).values(**values).returning(_CUSTOMERS.c.id)).scalar_one()
            self._refer(connection, place, encoded)
        queue_for_matching(connection, [self.customers[place]])

    def _refer(self, connection: sa.Connection, place: Place, encoded: bytes) -> None:
        values = {
            "connection_id": self.connections[place[0]],
            "stream": Stream.CUSTOMERS,
            "external_id": place[1],
            "entity": Entity.CUSTOMER,
            "entity_id": self.customers[place],
            "content_hash": digest(encoded),
            "is_deleted_at_source": False,
            "created_run_id": 1,
            "changed_run_id": 1,
            "changed_at": NOW,
        }
        reference = connection.execute(sa.insert(_REFERENCES).values(**values).returning(_REFERENCES.c.id)).scalar_one()
        connection.execute(sa.insert(_RECORDS).values(reference_id=reference, record=encoded.decode()))

    def delete(self, system: str, external_id: str, *, merged_into: str | None = None) -> None:
        place = (system, external_id)
        with self.store.write() as connection:
            connection.execute(sa.update(_REFERENCES).where(self._at(place)).values(is_deleted_at_source=True, merged_into_external_id=merged_into))
            queue_for_matching(connection, [self.customers[place]])

    def merge(self, kept: Place, other: Place) -> None:
        """Lead all references of one customer to another, as merging does."""
        one, two = self.customers[kept], self.customers[other]
        with self.store.write() as connection:
            connection.execute(sa.update(_REFERENCES).where(_REFERENCES.c.entity_id == two).values(entity_id=one))
            queue_for_matching(connection, [one, two])
        self.customers |= {place: one for place, customer_id in self.customers.items() if customer_id == two}

    def queue_all(self) -> None:
        with self.store.write() as connection:
            queue_for_matching(connection, set(self.customers.values()))

    def find(self, batch: int = 1_000) -> list[Found]:
        """Work through the queue."""
        found: list[Found] = []
        while not found or not found[-1].is_done:
            with self.store.write() as connection:
                found.append(find_matches(connection, now=NOW, batch=batch))
        self.matches.update({self.places(each.pair): each for step in found for each in step.automatic})
        return found

    def suggestions(self) -> dict[frozenset[Place], Suggestion]:
        with self.store.read() as connection:
            return {self.places(each.pair): each for each in open_suggestions(connection, most=10_000)}

    def places(self, pair: tuple[int, int]) -> frozenset[Place]:
        of_customer = {customer_id: place for place, customer_id in sorted(self.customers.items(), reverse=True)}
        return frozenset(of_customer[key] for key in pair)

    def _at(self, place: Place) -> sa.ColumnElement[bool]:
        return sa.and_(_REFERENCES.c.connection_id == self.connections[place[0]], _REFERENCES.c.external_id == place[1])


def between(*places: Place) -> frozenset[Place]:
    return frozenset(places)
