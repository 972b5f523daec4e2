"""A hub of the sandbox's connector, with its API, in which connections are made while it is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.app import Hub
from hub.app.jobs import job_engine
from hub.model import Row, table_of
from hub.store.engine import run_in_thread
from hub.vocabulary import Role
from schema.context import context_factory
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Operations
from schema.limits.numbers import LIMITS
from schema.mutation.declaring import type_name
from schema.plugin import the_schema

BUILT_IN = ("hub.health.fields", "connectors.files.plugin", "connectors.sandbox.plugin")
BOOKS: dict[str, Any] = {
    "name": "books",
    "connector": "sandbox",
    "kind": "ACCOUNTING",
    "options": {"system": "accounting", "seed": 3, "customers": 8},
    "secrets": [{"name": "webhook_secret", "value": "whsec-of-the-books"}],
}


@dataclass
class Office:
    """A hub, whoever asks it, and its jobs."""

    hub: Hub
    operations: Operations = field(init=False)

    def __post_init__(self) -> None:
        make_context = context_factory(self.hub.services, seconds=LIMITS.operation_seconds)
        self.operations = Operations(the_schema(), self.hub.store, make_context, limits=LIMITS)

    def act(self, name: str, given: Mapping[str, Any], select: str = "connection { id status }") -> Any:  # noqa: ANN401 - a payload
        """Do one mutation; the payload with what was refused."""
        query = f"mutation($input: {type_name(name, 'Input')}!) {{ done: {name}(input: $input) {{ {select} userErrors {{ field message code }} }} }}"
        answer = self.operations.run(GraphQLRequest(query, None, {"input": dict(given)}), Caller(Principal("ada", Role.ADMIN, 1), "request"))
        assert not answer.body.get("errors"), answer.body
        return answer.body["data"]["done"]

    def make(self, **values: object) -> str:
        """Make the books; the id of the connection."""
        made = self.act("connectionCreate", BOOKS | values)
        assert made["userErrors"] == []
        return made["connection"]["id"]

    async def sync(self, key: str, number: int = 1) -> None:
        """Read a connection by its job."""
        self.act("syncStart", {"connection": key, "idempotencyKey": f"sync {number}"}, "job { id }")
        await self.work()

    async def work(self) -> None:
        """Do every job and slot that is due."""
        await (await run_in_thread(lambda: job_engine(self.hub))).drain()

    def rows(self, row: type[Row], *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of all rows of a table, by key."""
        table = table_of(row)
        with self.hub.store.read() as connection:
            return [tuple(found) for found in connection.execute(sa.select(*(table.c[name] for name in columns)).order_by(*table.primary_key))]
