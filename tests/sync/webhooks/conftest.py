"""A hub with three connections, one of them removed, and a receiver for the two that take webhooks."""

import pytest
import sqlalchemy as sa

from hub.model import Connection, table_of
from hub.sync.webhooks.receiving import WebhookReceiver
from hub.vocabulary import ConnectionStatus
from tests.sync.conftest import Hub
from tests.sync.webhooks.deliveries import Told, make_receiver


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def receiver(hub: Hub, told: Told) -> WebhookReceiver:
    for name in ("books", "shop", "files", "attic"):
        hub.connect(name)
    table = table_of(Connection)
    with hub.store.write() as connection:
        connection.execute(sa.update(table).where(table.c.name == "attic").values(status=ConnectionStatus.REMOVED))
    return make_receiver(hub.store, hub.clock, told)
