"""What people enter by hand, because no system delivers it (ID5): customers and contacts.

It is a source like any other, a connection of its own that nobody configures: what it says is kept beside what others say, counts by the same
precedence, and goes along into a merge and out again. A contact that is entered for a customer of any system names the customer by its row
here, so that it needs no link of its own. Nothing of it is ever written back to a system.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from hub.clock import Clock
from hub.config import Settings
from hub.errors import RecordError
from hub.identity.homes import counting_customers
from hub.model import Connection, ExternalReference, SourceRecord, table_of
from hub.plugins.records import ContactRecord, CustomerRecord, Deletion
from hub.store.lock import own_books
from hub.sync.codec import decode
from hub.sync.context import CustomerIds
from hub.sync.fates import Item
from hub.sync.pushing import Push
from hub.sync.references import is_home_of
from hub.sync.waiting import customer_of
from hub.vocabulary import ConnectionKind, ConnectionStatus, Entity, PushOutcome, Stream

BY_HAND = "by hand"
"""The name of the connection; it has a space, as no name in settings may have."""

CONNECTOR = "hand"
"""The name of its connector, which no plugin brings: there is nothing to be read."""

ENTERED = {Entity.CUSTOMER: Stream.CUSTOMERS, Entity.CONTACT: Stream.CONTACTS}
"""What can be entered."""

_CONNECTIONS = table_of(Connection)
_RECORDS = table_of(SourceRecord)
_REFERENCES = table_of(ExternalReference)

EnteredRecord = CustomerRecord | ContactRecord


@dataclass(slots=True)
class Entering:
    """One transaction in which somebody enters, changes or takes back what was entered. `actor` is a user or token name."""

    connection: sa.Connection
    settings: Settings
    clock: Clock
    actor: str
    reason: str | None = None
    _connection_id: int = field(init=False)

    def __post_init__(self) -> None:
        """Own the books, so that of two who enter the first one makes the connection and the other finds it."""
        own_books(self.connection)
        self._connection_id = _hand(self.connection, now=self.clock.now())

    def customer(self, fields: Mapping[str, Any]) -> int:
        """Enter a customer; returns its id. Raises RecordError, with the field at fault, for what no record may say."""
        return self._land(CustomerRecord(external_id=uuid4().hex, **fields))

    def contact(self, customer_id: int, fields: Mapping[str, Any]) -> int:
        """Enter a contact of a customer that counts; returns its id. Raises the same."""
        return self._land(ContactRecord(external_id=uuid4().hex, customer_external_id=_name_of(customer_id), **fields))

    def entered(self, entity: Entity, key: int) -> EnteredRecord | None:
        """What was entered as a row, where nobody else says anything of it; None: systems do."""
        columns = (_REFERENCES.c.connection_id, _REFERENCES.c.is_deleted_at_source, _RECORDS.c.record)
        mine = sa.and_(_REFERENCES.c.entity == entity, sa.or_(_REFERENCES.c.entity_id == key, is_home_of(sa.literal(key))))
        found = self.connection.execute(sa.select(*columns).join(_RECORDS, _RECORDS.c.reference_id == _REFERENCES.c.id).where(mine)).all()
        if len(found) != 1 or found[0].connection_id != self._connection_id or found[0].is_deleted_at_source:
            return None
        record = decode(ENTERED[entity], found[0].record)
        return record if isinstance(record, CustomerRecord | ContactRecord) else None

    def change(self, record: EnteredRecord) -> None:
        """Let another form of what was entered count. Raises the same."""
        self._land(record)

    def take_back(self, record: EnteredRecord) -> None:
        """Delete what was entered; it is marked as deleted, and never erased."""
        self._push({}).land([Deletion(stream=record.stream, external_id=record.external_id)])

    def _land(self, record: EnteredRecord) -> int:
        known: Mapping[str, CustomerIds] = self._customer_of(customer_of(record)) if isinstance(record, ContactRecord) else {}
        item: Item = record
        pushed = self._push(known).land([item])
        [fate] = pushed.fates
        if fate.outcome is PushOutcome.REJECTED:
            raise RecordError(fate.reason or "it was refused", reference=record.external_id, field=fate.field)
        _, key = pushed.rows[record.stream, record.external_id]
        return key

    def _push(self, known: Mapping[str, CustomerIds]) -> Push:
        return Push(
            self.connection,
            self.settings,
            self.clock,
            connection_id=self._connection_id,
            connection_name=BY_HAND,
            actor=self.actor,
            reason=self.reason,
            known_customers=known,
        )

    def _customer_of(self, name: str) -> Mapping[str, CustomerIds]:
        home = int(name.removeprefix(_CUSTOMER))
        counting = counting_customers(self.connection, [home])[home]
        return {name: (counting, None if counting == home else home)}


_CUSTOMER = "customer "


def _name_of(customer_id: int) -> str:
    return f"{_CUSTOMER}{customer_id}"


def _hand(connection: sa.Connection, *, now: datetime) -> int:
    found = connection.execute(sa.select(_CONNECTIONS.c.id).where(_CONNECTIONS.c.name == BY_HAND)).scalar_one_or_none()
    if found is not None:
        return int(found)
    streams = [stream.stored for stream in ENTERED.values()]
    values = {"name": BY_HAND, "connector": CONNECTOR, "kind": ConnectionKind.API, "status": ConnectionStatus.ACTIVE, "is_declared": False}
    insert = sa.insert(_CONNECTIONS).values(**values, streams=streams, created_at=now)
    return int(connection.execute(insert.returning(_CONNECTIONS.c.id)).scalar_one())
