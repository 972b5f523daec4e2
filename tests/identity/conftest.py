"""Three systems that know some of the same customers."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hub.config import ConnectionSettings, Settings, WorkspaceSettings
from hub.identity.merging import MergeReason
from hub.model import Customer, ExternalReference, table_of
from hub.plugins.connector import Page
from hub.plugins.records import Record
from hub.store.engine import Store
from hub.sync.linking import Linking
from hub.sync.registry import authority_ids
from hub.vocabulary import ConnectionKind, MergeKind, Stream
from tests.sync.conftest import Hub

KINDS = {"books": ConnectionKind.ACCOUNTING, "crm": ConnectionKind.CRM, "gate": ConnectionKind.GATEWAY}
BY_HAND = MergeReason(kind=MergeKind.BY_HAND, actor="ana")

Key = tuple[str, str]
"""A customer by the connection and the external id that made it."""


@dataclass
class Systems:
    """A hub with three connections."""

    hub: Hub

    def __post_init__(self) -> None:
        """Make the connections, so that they have the same ids in every database."""
        for name, kind in KINDS.items():
            self.hub.connect(name, kind)

    @property
    def settings(self) -> Settings:
        """Settings that declare them."""
        declared = tuple(ConnectionSettings(name, "test", kind) for name, kind in KINDS.items())
        return Settings(Path(), "sqlite:///x.db", Path("var"), self.hub.workspace, connections=declared)

    async def say(self, name: str, *said: Record | Page) -> None:
        """Let a system say something, each record in a page with the others."""
        with self.hub.store.read() as connection:
            authority: Mapping[Stream, Sequence[int]] = dict(authority_ids(connection, self.settings))
        records = [item for item in said if not isinstance(item, Page)]
        pages = [item for item in said if isinstance(item, Page)] or [Page(records=records, cursor=None)]
        await self.hub.sync(*pages, name=name, authority=authority)

    def customer_id(self, key: Key) -> int:
        """The customer that a reference has made."""
        table = table_of(ExternalReference)
        home = sa.func.coalesce(table.c.home_id, table.c.entity_id)
        mine = sa.and_(table.c.connection_id == self.hub.connect(key[0]), table.c.stream == Stream.CUSTOMERS, table.c.external_id == key[1])
        with self.hub.store.read() as connection:
            return int(connection.execute(sa.select(home).where(mine)).scalar_one())

    def act(self, step: Callable[[Linking], Any], *, actor: str = "ana") -> Any:  # noqa: ANN401 - whatever the step or column gives
        """Take a step of identity in a transaction of its own; returns what it returns."""
        with self.hub.store.write() as connection:
            linking = Linking(connection, self.settings, self.hub.clock, actor=actor)
            result = step(linking)
            linking.settle()
        return result

    def merge(self, one: Key, *, into: Key) -> int:
        """Make two customers one."""
        ids = self.customer_id(one), self.customer_id(into)
        merged: int = self.act(lambda linking: linking.merge(ids[0], into_id=ids[1], why=BY_HAND))
        return merged

    def unmerge(self, one: Key) -> None:
        """Take it back."""
        found = self.customer_id(one)
        self.act(lambda linking: linking.unmerge(found))

    def field(self, key: Key, name: str) -> Any:  # noqa: ANN401 - whatever the step or column gives
        """A column of the customer that a reference has made."""
        table = table_of(Customer)
        with self.hub.store.read() as connection:
            return connection.execute(sa.select(table.c[name]).where(table.c.id == self.customer_id(key))).scalar_one()


@pytest.fixture
def systems(database_url: str) -> Generator[Systems]:
    store = Store(database_url)
    yield Systems(Hub(store, WorkspaceSettings(name="Test", base_currency="EUR", time_zone=ZoneInfo("Europe/Berlin"))))
    store.dispose()
