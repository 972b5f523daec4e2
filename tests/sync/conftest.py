"""A hub with one connection, and a short way to sync pages of records into it."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hub.clock import FixedClock, business_date
from hub.config import WorkspaceSettings
from hub.health.basis import Basis
from hub.health.refresh import refresh_dirty
from hub.model import Connection, table_of
from hub.model.columns import Row
from hub.plugins.connector import Feed, Page
from hub.plugins.records import Record
from hub.store.engine import Store
from hub.sync.quick_pages import PAGE_BY_PAGE
from hub.sync.request import SyncReport, SyncRequest
from hub.sync.run import run_sync
from hub.sync.sweep import NOTHING_APPROVED, Closing
from hub.sync.turning import turn
from hub.vocabulary import ConnectionKind, Stream
from tests.sync.source import ListSource

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Hub:
    """A store, a clock that stands still, and connections by name."""

    store: Store
    workspace: WorkspaceSettings
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))

    def connect(self, name: str, kind: ConnectionKind = ConnectionKind.ACCOUNTING) -> int:
        table = table_of(Connection)
        with self.store.write() as connection:
            found = connection.execute(sa.select(table.c.id).where(table.c.name == name)).scalar_one_or_none()
            if found is not None:
                return found
            values = {"name": name, "connector": "test", "kind": kind, "status": "ACTIVE", "is_declared": True, "created_at": self.clock.now()}
            return connection.execute(sa.insert(table).values(**values).returning(table.c.id)).scalar_one()

    async def sync(
        self,
        *pages: Page | Sequence[Record],
        name: str = "books",
        feed: Feed | None = None,
        source: ListSource | None = None,
        closing: Closing = NOTHING_APPROVED,
        authority: Mapping[Stream, Sequence[int]] | None = None,
    ) -> SyncReport:
        """Sync some pages (or lists of records), each by itself, as the feed `all` of a connection, then refresh the figures."""
        made = [page if isinstance(page, Page) else Page(records=page, cursor=None) for page in pages]
        request = SyncRequest(
            connection_id=self.connect(name),
            connection_name=name,
            source=source or ListSource(made, feed or Feed("all", tuple(Stream))),
            workspace=self.workspace,
            clock=self.clock,
            closing=closing,
            authority=authority or {},
            joining=PAGE_BY_PAGE,
        )
        report = await run_sync(self.store, request)
        self.refresh()
        return report

    def refresh(self) -> None:
        """What the hub does after a run and at the turn of the date."""
        today = business_date(self.clock, self.workspace.time_zone)
        with self.store.write() as connection:
            turn(connection, self.workspace, today=today, now=self.clock.now())
            refresh_dirty(connection, Basis.of(self.workspace, today))

    def basis(self) -> Basis:
        """Today's basis."""
        return Basis.of(self.workspace, business_date(self.clock, self.workspace.time_zone))

    def rows(self, row: type[Row], *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of all rows of a table, by id."""
        table = table_of(row)
        with self.store.read() as connection:
            return [tuple(found) for found in connection.execute(sa.select(*(table.c[name] for name in columns)).order_by(*table.primary_key))]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of all tables, but for those that tell of runs: for 'nothing changed'."""
        tables = [table for table in table_of(Connection).metadata.sorted_tables if table.name not in {"sync_run", "checkpoint", "event"}]
        with self.store.read() as connection:
            return {table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))] for table in tables}


@contextmanager
def hub_at(database_url: str) -> Generator[Hub]:
    """A hub on a database that has its tables."""
    store = Store(database_url)
    yield Hub(store, WorkspaceSettings(name="Test", base_currency="EUR", time_zone=ZoneInfo("Europe/Berlin")))
    store.dispose()


@pytest.fixture
def hub(database_url: str) -> Generator[Hub]:
    with hub_at(database_url) as found:
        yield found
