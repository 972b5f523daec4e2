"""Registers the connector of connections that are pushed to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.api.source import PushedSource
from hub.plugins import ConnectionContext, ConnectionKind, Connector, ConnectorFacts, DeletionStrategy, Source, Stream, StreamFacts, hookimpl

_STREAMS = (Stream.EXCHANGE_RATES, Stream.CUSTOMERS, Stream.CONTACTS, Stream.INVOICES, Stream.CREDIT_NOTES, Stream.PAYMENTS)


class ApiConnector:
    """What integrators push."""

    name = "api"
    title = "API: records that integrators push with the mutation recordsPush"
    kinds = (ConnectionKind.API,)
    facts = ConnectorFacts(
        streams=tuple(StreamFacts(stream, deletions=DeletionStrategy.FEED) for stream in _STREAMS),
        max_rejected_percent=None,
        full_every_days=None,
        takes_pushes=True,
        not_through_api=None,
    )
    webhooks = None
    option_names = frozenset[str]()

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:  # noqa: ARG002 - the protocol of connectors
        """There are no options that could be wrong."""
        return ()

    def open(self, context: ConnectionContext) -> Source:
        """A source without feeds."""
        return PushedSource(context.connection)


@hookimpl
def hub_connectors() -> list[Connector]:
    """The connector for pushes."""
    return [ApiConnector()]
