"""Which connections have ever delivered something: only these speak for customers.

One that could deliver a stream, by its settings, and never did, as a CRM with no invoices, would silence the one that does.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from hub.model import Connection, ExternalReference, table_of
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.vocabulary import Stream

_CONNECTIONS = table_of(Connection)
_REFERENCES = table_of(ExternalReference)

DELIVERED: Mapping[Stream, Sequence[Stream]] = {
    Stream.INVOICES: (Stream.INVOICES, Stream.CREDIT_NOTES),
    Stream.PAYMENTS: (Stream.PAYMENTS, Stream.REFUNDS),
}
"""By the stream whose order tells, those of which a connection must have delivered something to speak."""


def delivering(work: PageWork, stream: Stream) -> Sequence[int]:
    """The connections that speak for a stream, in their order: of those that may, the ones that ever delivered something of it.

    Asked once a page, after its records have landed.
    """
    if stream not in work.delivering:
        order = work.run.authority.get(stream, ())
        has_some = sa.exists().where(_REFERENCES.c.connection_id == _CONNECTIONS.c.id, _REFERENCES.c.stream.in_(DELIVERED[stream]))
        found = set(work.connection.execute(sa.select(_CONNECTIONS.c.id).where(is_among(_CONNECTIONS.c.id, order), has_some)).scalars())
        work.delivering[stream] = [connection for connection in order if connection in found]
    return work.delivering[stream]


def speaker(order: Sequence[int], *, still: Collection[int], ever: Collection[int]) -> int | None:
    """The first connection of an order that still has a customer, else the first that ever had it; None: none of them did."""
    return next((connection for known in (still, ever) for connection in order if connection in known), None)


def has_begun(work: PageWork, streams: Iterable[Stream]) -> bool:
    """Whether the page has created something of some streams, and it is all that its connection ever delivered of them."""
    created = {stream: work.counts[stream, "created"] for stream in streams}
    if not any(created.values()):
        return False
    return all(
        len(work.connection.execute(references_of(work.run.connection_id, stream).limit(number + 1)).all()) <= number for stream, number in created.items()
    )


def references_of(connection_id: int, stream: Stream) -> sa.Select[tuple[int]]:
    """What a connection has delivered of a stream. In the order of the ids there, so that a limit is answered by their index."""
    mine = sa.and_(_REFERENCES.c.connection_id == connection_id, _REFERENCES.c.stream == stream)
    return sa.select(_REFERENCES.c.id).where(mine).order_by(_REFERENCES.c.external_id)
