"""What the connector to the sandbox declares, and how it opens a connection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.sandbox.connecting import LIMIT, connect
from connectors.sandbox.in_process import InProcess, MakeWorld
from connectors.sandbox.options import OPTION_NAMES, problems_of, read_options
from connectors.sandbox.server import FaultSchedule
from connectors.sandbox.source import SandboxSource
from connectors.sandbox.webhooks import SandboxWebhooks
from connectors.toolkit.limits import Limiters
from hub.plugins import ConnectionContext, ConnectionKind, ConnectorFacts, CursorKind, DeletionStrategy, Source, Stream, StreamFacts

_FACTS = ConnectorFacts(
    streams=(
        StreamFacts(Stream.EXCHANGE_RATES, CursorKind.UPDATED_SINCE, is_fetchable=True),
        StreamFacts(Stream.CUSTOMERS, CursorKind.UPDATED_SINCE, DeletionStrategy.FLAG, is_fetchable=True),
        StreamFacts(Stream.CONTACTS, CursorKind.UPDATED_SINCE, DeletionStrategy.FLAG, is_fetchable=True),
        StreamFacts(Stream.INVOICES, CursorKind.UPDATED_SINCE, DeletionStrategy.FEED, is_fetchable=True),
        StreamFacts(Stream.CREDIT_NOTES, CursorKind.UPDATED_SINCE, DeletionStrategy.STATUS, is_fetchable=True),
        StreamFacts(Stream.PAYMENTS, CursorKind.UPDATED_SINCE, DeletionStrategy.FULL_LIST, is_fetchable=True),
        StreamFacts(Stream.REFUNDS, CursorKind.UPDATED_SINCE, DeletionStrategy.STATUS, is_fetchable=True),
        StreamFacts(Stream.PAYMENT_METHODS, CursorKind.EVENTS, DeletionStrategy.FEED, is_fetchable=True),
        StreamFacts(Stream.PAYMENT_ATTEMPTS, CursorKind.EVENTS, DeletionStrategy.STATUS, is_fetchable=True),
        StreamFacts(Stream.SUBSCRIPTIONS, CursorKind.UPDATED_SINCE, DeletionStrategy.FLAG, is_fetchable=True),
    ),
    limits=LIMIT,
    concurrent_feeds=3,
    max_rejected_percent=5,
    secret_names=frozenset({"refresh_token", "api_key", "webhook_secret"}),
    not_through_api=None,
)
"""Of all three systems together. The gateway's customers differ from what stands here: they come by its events, as all that it has."""


class SandboxConnector:
    """An accounting system, a CRM and a gateway that are made up; a connection leads to one of them."""

    name = "sandbox"
    title = "Sandbox: an accounting system, a CRM and a gateway that are made up, in this process or served by `dunwell sandbox`"
    kinds = (ConnectionKind.ACCOUNTING, ConnectionKind.CRM, ConnectionKind.GATEWAY)
    facts = _FACTS
    webhooks = SandboxWebhooks()
    option_names = OPTION_NAMES

    def __init__(self, make_world: MakeWorld, faults: FaultSchedule | None = None) -> None:
        """`make_world` makes the worlds of connections that have no `url`, and `faults` go wrong in them; None: nothing does."""
        self._in_process = InProcess(make_world, faults)
        self._limiters = Limiters()

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        """Everything that is wrong with the options, in words."""
        del directory
        return problems_of(options)

    def open(self, context: ConnectionContext) -> Source:
        """A source for one connection."""
        options = read_options(context.options)
        transport = self._in_process.transport(options, context) if options.url is None else None
        return SandboxSource(connect(options, context, self._limiters, transport=transport), options.system)
