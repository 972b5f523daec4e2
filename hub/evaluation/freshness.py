"""Up to when the data behind the parts of a rule are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.model import Checkpoint, ExternalReference, table_of
from hub.sync.connection_facts import freshness_by_stream
from hub.vocabulary import Entity, Stream
from rules.fields import Field, Level

_REFERENCES = table_of(ExternalReference)
_CHECKPOINTS = table_of(Checkpoint)

_MONEY = frozenset({Stream.INVOICES, Stream.CREDIT_NOTES, Stream.PAYMENTS})
_STREAMS: Mapping[str, frozenset[Stream]] = {
    "customer_figures": _MONEY,
    "sales": _MONEY,
    "customer": frozenset({Stream.CUSTOMERS}),
    "segment": frozenset({Stream.CUSTOMERS}),
    "invoice": _MONEY,
    "disputes": frozenset({Stream.INVOICES}),
    "payment": frozenset({Stream.PAYMENTS}),
    "last_attempt": frozenset({Stream.PAYMENT_ATTEMPTS}),
    "attempts": frozenset({Stream.PAYMENT_ATTEMPTS}),
    "payment_attempt": frozenset({Stream.PAYMENT_ATTEMPTS}),
    "primary_method": frozenset({Stream.PAYMENT_METHODS}),
    "backup_method": frozenset({Stream.PAYMENT_METHODS}),
    "subscription": frozenset({Stream.SUBSCRIPTIONS}),
    "risk": frozenset({Stream.PAYMENT_ATTEMPTS, Stream.PAYMENT_METHODS}),
}
"""The streams that fill each relation of fields; what is not among them is the hub's own, and always current."""

_OF_RELATED: Mapping[Level, frozenset[Stream]] = {
    Level.INVOICE: _MONEY,
    Level.MONEY_IN: frozenset({Stream.PAYMENTS}),
    Level.ATTEMPT: frozenset({Stream.PAYMENT_ATTEMPTS}),
}


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to when each stream of the systems that know a customer is known here; None: one of them was never read to its end."""

    known: Mapping[Stream, datetime | None]

    def of_field(self, field: Field) -> datetime | None:
        """Up to when a field is known: the oldest of what it is made of. None: not known, or it comes from no system."""
        return self._oldest(_STREAMS.get(field.source.partition(".")[0], frozenset()))

    def of_related(self, level: Level) -> datetime | None:
        """The same of related objects."""
        return self._oldest(_OF_RELATED[level])

    def _oldest(self, streams: frozenset[Stream]) -> datetime | None:
        known = [self.known[stream] for stream in streams if stream in self.known]
        found = [moment for moment in known if moment is not None]
        return min(found) if found and len(found) == len(known) else None


def read_freshness(connection: sa.Connection, customers: sa.Select[tuple[int]]) -> Freshness:
    """How fresh the streams of the connections are that know some customers."""
    of_customers = sa.and_(_REFERENCES.c.entity == Entity.CUSTOMER, _REFERENCES.c.entity_id.in_(customers))
    connections = sa.select(_REFERENCES.c.connection_id).where(of_customers)
    fresh = freshness_by_stream(_CHECKPOINTS).subquery()
    query = sa.select(fresh.c.stream, fresh.c.data_as_of).where(fresh.c.connection_id.in_(connections))
    known: dict[Stream, datetime | None] = {}
    for name, moment in connection.execute(query):
        stream = Stream(name)
        known[stream] = moment if stream not in known else _earlier(known[stream], moment)
    return Freshness(known)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else min(one, other)
