"""Authority: which connection speaks for a customer's invoices and credit notes, and which for its payments.

For each customer the first connection of the order that knows the customer is authoritative, of those that have ever delivered the
stream (hub/sync/delivering.py looks). Connections that the workspace names stand first, in its order; the others follow by the kind of
system. Two of one rank that the workspace does not order are undecided.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from hub.config import ConnectionSettings, Settings
from hub.vocabulary import ConnectionKind, Stream

_RANKS = {
    ConnectionKind.ACCOUNTING: 0,
    ConnectionKind.BILLING: 1,
    ConnectionKind.FILES: 2,
    ConnectionKind.API: 2,
    ConnectionKind.CRM: 3,
    ConnectionKind.GATEWAY: 4,
}
"""Lower speaks first. FILES and API are one rank: neither is nearer to the books than the other."""

_INVOICE_STREAMS = frozenset({Stream.INVOICES, Stream.CREDIT_NOTES})
_PAYMENT_STREAMS = frozenset({Stream.PAYMENTS, Stream.REFUNDS})

AUTHORITY_STREAMS: tuple[tuple[str, Stream], ...] = (("invoices", Stream.INVOICES), ("payments", Stream.PAYMENTS))
"""The key below `workspace.authority` for each stream that has an authority of its own; credit notes follow invoices, refunds payments."""


def authority_order(settings: Settings, stream: Stream, *, others: Sequence[ConnectionSettings] = ()) -> tuple[str, ...]:
    """The names of the connections that can be authoritative for a stream, the one that speaks first at the front.

    `others` have rows and are not run: imports, and those that were removed, the oldest first. Each stands behind those of its rank
    that are run. Only connections that may deliver the stream are in the order; one whose settings name no streams may deliver all of
    them. A gateway is never authoritative for invoices and credit notes. Raises ValueError for a stream that has no authority: every
    source's customers, contacts and rates are kept side by side.
    """
    position = {name: place for place, name in enumerate(authority_named(settings, stream))}
    candidates = [*sorted(settings.connections, key=lambda found: found.name), *others]
    ordered = sorted(candidates, key=lambda found: (position.get(found.name, len(position)), _RANKS[found.kind]))
    return tuple(found.name for found in ordered if _may_speak(found, stream))


def undecided(settings: Settings, stream: Stream, *, delivering: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of connections of one rank, of those in `delivering`, that the workspace does not order; empty when all is decided.

    A group is decided when at most one of its members is left out of the workspace's list: the one left out speaks last.
    """
    named = authority_named(settings, stream)
    candidates = [found for found in settings.connections if found.name in delivering and _may_speak(found, stream)]
    return tuple(group for group in _ranked(candidates) if sum(name not in named for name in group) > 1)


def _ranked(connections: Iterable[ConnectionSettings]) -> Iterable[tuple[str, ...]]:
    ordered = sorted(connections, key=lambda found: (_RANKS[found.kind], found.name))
    for _, group in groupby(ordered, key=lambda found: _RANKS[found.kind]):
        yield tuple(found.name for found in group)


def _may_speak(connection: ConnectionSettings, stream: Stream) -> bool:
    if connection.kind is ConnectionKind.GATEWAY and stream in _INVOICE_STREAMS:
        return False
    return connection.streams is None or stream in connection.streams


def authority_named(settings: Settings, stream: Stream) -> tuple[str, ...]:
    """The connections that the workspace itself puts in order for a stream. Raises ValueError for a stream without authority."""
    workspace = settings.workspace
    if stream in _INVOICE_STREAMS:
        return workspace.authority_invoices
    if stream in _PAYMENT_STREAMS:
        return workspace.authority_payments
    message = f"no connection is authoritative for {stream.value}: the values of every source are kept side by side"
    raise ValueError(message)
