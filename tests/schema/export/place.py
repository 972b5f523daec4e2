"""A hub whose exports can be asked for, run as jobs, and fetched over HTTP, each token with a secret of its own."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import sqlalchemy as sa
from starlette.applications import Starlette

from hub.access.authenticator import Authenticator
from hub.access.principal import Principal
from hub.access.tokens import IssuedToken, issue_token, revoke_token
from hub.clock import FixedClock
from hub.config import ServerSettings
from hub.exports.folder import ExportFolder
from hub.exports.jobs import EXPORT_JOB, ExportJobs
from hub.jobs import LocalEngine
from hub.model import BulkOperation, Row, table_of
from hub.plugins.services import HubServices
from hub.store.engine import Store
from hub.vocabulary import Role
from schema.context import context_factory
from schema.export.exporter import GraphQLExporter
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Operations
from schema.http.routes import build_routes
from schema.limits.numbers import LIMITS, Limits
from tests.schema.hub import NOW, Answer, Hub, services

INVOICES = "{ invoices(orderBy: [{field: NUMBER}]) { nodes { id number total { amount currency } customer { name } } } }"
FIELDS = "id status format query objectCount byteSize url errorCode problem createdAt startedAt completedAt expiresAt"
NEVER_SECONDS = 3_600.0


@dataclass(slots=True)
class Place:
    """The hub, its clock and folder, and the tokens that were issued."""

    hub: Hub
    folder: Path
    limits: Limits = LIMITS
    room: int = ServerSettings().export_bytes
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    services: HubServices = field(init=False)
    authenticator: Authenticator = field(init=False)
    ada: IssuedToken = field(init=False)

    def __post_init__(self) -> None:
        """Issue the token of an administrator."""
        self.set_limits(self.limits)
        self.ada = self.token("ada", Role.ADMIN)

    def set_limits(self, limits: Limits) -> None:
        """Hold everything to limits."""
        self.limits = limits
        self.authenticator = Authenticator(self.store, self.clock)
        exporter = GraphQLExporter(lambda: self.hub.schema, limits=limits)
        made = services(self.store, exporter)
        settings = replace(made.settings, var_directory=self.folder, server=ServerSettings(export_bytes=self.room))
        self.services = replace(made, settings=settings, clock=self.clock, authenticate=self.authenticator)
        self.hub.operations = Operations(self.hub.schema, self.store, context_factory(self.services, seconds=limits.operation_seconds), limits=limits)

    def set_room(self, size: int) -> None:
        """Give all files together so many bytes."""
        self.room = size
        self.set_limits(self.limits)

    @property
    def store(self) -> Store:
        """The hub's store."""
        return self.hub.store

    # --- who ------------------------------------------------------------------------------------------

    def token(self, name: str, role: Role) -> IssuedToken:
        """A fresh token."""
        with self.store.write() as connection:
            return issue_token(connection, name, role, now=NOW - timedelta(days=1))

    def revoke(self, token: IssuedToken) -> None:
        """Make a token worthless."""
        with self.store.write() as connection:
            revoke_token(connection, token.id, now=self.clock.now())

    # --- asking ---------------------------------------------------------------------------------------

    def act(self, query: str, kind: str = "JSONL", *, by: IssuedToken | None = None, key: str | None = None) -> Answer:
        """Ask for an export."""
        given = {"query": query, "format": kind, "idempotencyKey": key or f"key-{len(self.operations())}"}
        asker = by or self.ada
        return self.hub.act("bulkExport", given, asker.role, select=f"bulkOperation {{ {FIELDS} }}", token_id=asker.id)

    def ask(self, query: str = INVOICES, kind: str = "JSONL", *, by: IssuedToken | None = None) -> dict[str, Any]:
        """An export that must not be refused."""
        answer = self.act(query, kind, by=by)
        assert answer.errors == []
        assert answer.data["done"]["userErrors"] == []
        found: dict[str, Any] = answer.data["done"]["bulkOperation"]
        return found

    def cancel(self, operation: Mapping[str, Any]) -> None:
        """Cancel an export."""
        self.hub.done("bulkOperationCancel", {"id": operation["id"]}, self.ada.role, token_id=self.ada.id)

    def refusals(self, query: str, kind: str = "JSONL", *, by: IssuedToken | None = None) -> list[tuple[list[str] | None, str, str]]:
        """Field, code and words of everything that is refused."""
        answer = self.act(query, kind, by=by)
        assert answer.errors == []
        return [(error["field"], error["code"], error["message"]) for error in answer.data["done"]["userErrors"]]

    def look(self, operation: Mapping[str, Any], *, by: IssuedToken | None = None) -> dict[str, Any] | None:
        """An operation as its asker sees it now."""
        asker = by or self.ada
        query = f"query($id: ID!) {{ bulkOperation(id: $id) {{ {FIELDS} }} }}"
        answer = self.hub.operations.run(request(query, id=operation["id"]), caller(asker))
        assert "errors" not in answer.body, answer.body
        found: dict[str, Any] | None = answer.body["data"]["bulkOperation"]
        return found

    def operations(self) -> list[dict[str, Any]]:
        """The rows of all operations."""
        return self.hub.rows(BulkOperation)

    # --- doing ----------------------------------------------------------------------------------------

    def engine(self) -> LocalEngine:
        """What runs exports."""
        handlers = {EXPORT_JOB: ExportJobs(self.services).export}
        zone = self.services.settings.workspace.time_zone
        return LocalEngine(self.store, self.clock, handlers, zone=zone, redact=str, poll_seconds=NEVER_SECONDS, jitter=lambda: 1.0)

    async def run(self) -> None:
        """Run what is due."""
        await self.engine().drain()

    async def exported(self, query: str = INVOICES, kind: str = "JSONL") -> bytes:
        """Ask, run, and fetch as the administrator."""
        operation = self.ask(query, kind)
        await self.run()
        found = self.look(operation)
        assert found is not None
        assert found["status"] == "COMPLETED", found
        answer = await self.fetch(found["url"])
        assert answer.status_code == 200
        assert len(answer.content) == int(found["byteSize"])
        return answer.content

    async def fetch(self, url: str, *, by: IssuedToken | None = None, method: str = "GET", headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Ask for a file over HTTP."""
        app = Starlette(routes=build_routes(self.services, self.hub.schema, limits=self.limits))
        known = {"authorization": f"Bearer {(by or self.ada).secret}"} | dict(headers or {})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
            return await client.request(method, url, headers=known)

    def files(self) -> list[str]:
        """The names of all files in the folder."""
        path = ExportFolder.below(self.folder).path
        return sorted(found.name for found in path.iterdir()) if path.is_dir() else []

    def change(self, row: type[Row], key: int, **values: object) -> None:
        """Change one row."""
        table = table_of(row)
        with self.store.write() as connection:
            connection.execute(sa.update(table).where(table.c.id == key).values(**values))


def caller(token: IssuedToken) -> Caller:
    """Whoever asks with a token."""
    return Caller(Principal(token.name, token.role, token.id), "request")


def request(query: str, **variables: object) -> GraphQLRequest:
    """A request."""
    return GraphQLRequest(query, None, variables)


def by_hand(place: Place, listed: str, *, arguments: str, select: str, size: int = 7) -> list[dict[str, Any]]:
    """All nodes of a list, by paging as a client does."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        paged = f"{listed}({arguments} first: {size}, after: $after)"
        query = f"query($after: String) {{ page: {paged} {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {select} }} }} }}"
        page = place.hub.data(query, after=after)["page"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def lines(content: bytes) -> list[dict[str, Any]]:
    """The objects of JSON Lines."""
    return [orjson.loads(line) for line in content.splitlines()]


def table(content: bytes) -> list[list[str]]:
    """The rows of CSV, as Python reads them."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
