"""A hub with the API and the connector for files, called over HTTP in this process; its jobs are done when the test says so."""

import hashlib
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import sqlalchemy as sa
from starlette.applications import Starlette

from hub.access.tokens import issue_token
from hub.app import Hub, create_app
from hub.app.jobs import job_engine
from hub.crashpoints import watch_crashpoints
from hub.model import Row, table_of
from hub.store.engine import run_in_thread
from hub.vocabulary import Role
from schema.ids import decode_id
from schema.mutation.declaring import type_name
from tests.app.conftest import NOW
from tests.cli import books

BUILT_IN = ("hub.health.fields", "connectors.files.plugin", "tests.app.plugin", "schema.plugin")
GOOD = books.HEADER + books.GOOD
RESULT = """
result {
    status counts { stream outcome count } feeds { name held } rejected { stream externalId place field reason } notices { place message }
    changes { entity externalId field before after } absent { externalId number customer amountDue { amount currency } }
    before { outstanding { amount } overdueAmount { amount } } after { outstanding { amount } overdueAmount { amount } }
}
"""
IMPORT = f"id kind state error connectionName connection {{ name kind }} job {{ status }} run {{ status trigger }} {RESULT}"


@dataclass(slots=True)
class Office:
    """Callers of one hub, a token for each role."""

    hub: Hub
    app: Starlette = field(init=False)
    tokens: dict[Role, str] = field(default_factory=dict[Role, str])
    _keys: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    def __post_init__(self) -> None:
        """Issue the tokens."""
        self.app = create_app(self.hub, works=False)
        for role in Role:
            self.tokens[role] = self.token(role)

    def token(self, role: Role) -> str:
        with self.hub.store.write() as connection:
            return issue_token(connection, role.value.lower(), role, now=NOW).secret

    def client(self, token: str | None) -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hub", headers=headers)

    # --- the API ----------------------------------------------------------------------------------

    async def ask(self, query: str, role: Role = Role.FINANCE, /, **variables: Any) -> Any:  # noqa: ANN401
        async with self.client(self.tokens[role]) as client:
            answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def act(self, name: str, given: Mapping[str, Any], role: Role = Role.FINANCE, /, *, select: str) -> Any:  # noqa: ANN401
        query = f"mutation($input: {type_name(name, 'Input')}!) {{ done: {name}(input: $input) {{ {select} userErrors {{ field message code }} }} }}"
        return (await self.ask(query, role, input={"idempotencyKey": f"key {next(self._keys)}", **given}))["done"]

    async def announce(self, content: bytes, name: str, **given: Any) -> Any:  # noqa: ANN401
        """Announce a file: its upload and the address."""
        wanted = {"fileName": name, "byteSize": len(content), **given}
        payload = await self.act("stagedUploadCreate", wanted, select="stagedUpload { id fileName byteSize state expiresAt } url method")
        assert payload["userErrors"] == [], payload
        return payload

    async def send(self, url: str, content: bytes, *, token: str | None = None, chunk: int = 1000, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send bytes in pieces; the length is stated unless the headers say another one."""

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(content), chunk):
                yield content[start : start + chunk]

        stated = {"Content-Length": str(len(content))} | dict(headers or {})
        async with self.client(token or self.tokens[Role.FINANCE]) as client:
            return await client.put(url, content=pieces(), headers={name: value for name, value in stated.items() if value})

    async def upload(self, content: bytes | str, name: str) -> str:
        """A file that was sent; returns the id of its upload."""
        raw = content.encode() if isinstance(content, str) else content
        announced = await self.announce(raw, name, sha256=hashlib.sha256(raw).hexdigest())
        answer = await self.send(announced["url"], raw)
        assert (answer.status_code, answer.json()) == (200, {"status": "COMPLETE"})
        return str(announced["stagedUpload"]["id"])

    async def hand_in(self, name: str, **given: object) -> str:
        """Hand in an import; returns its id."""
        payload = await self.act(name, given, select="fileImport { id } job { id }")
        assert payload["userErrors"] == [], payload
        return str(payload["fileImport"]["id"])

    async def refused(self, name: str, **given: object) -> list[tuple[list[str] | None, str, str]]:
        """What an import is refused for."""
        payload = await self.act(name, given, select="fileImport { id }")
        assert payload["fileImport"] is None
        return [(error["field"], error["code"], error["message"]) for error in payload["userErrors"]]

    async def work(self) -> None:
        """Do the jobs that are due."""
        engine = await run_in_thread(lambda: job_engine(self.hub))
        await engine.drain()

    async def import_of(self, key: str) -> Any:  # noqa: ANN401
        return (await self.ask(f"query($id: ID!) {{ fileImport(id: $id) {{ {IMPORT} }} }}", id=key))["fileImport"]

    async def done(self, name: str, **given: Any) -> Any:  # noqa: ANN401
        """Hand an import in, do it, and show it."""
        key = await self.hand_in(name, **given)
        await self.work()
        return await self.import_of(key)

    # --- the store --------------------------------------------------------------------------------

    def rows(self, row: type[Row]) -> list[dict[str, Any]]:
        table = table_of(row)
        with self.hub.store.read() as connection:
            return [dict(found) for found in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]

    def files(self) -> list[str]:
        """The names of what lies in the folder for uploads."""
        folder = self.hub.settings.var_directory / "uploads"
        return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def number_of(key: str) -> int:
    """The key of the row that an id of the API leads to."""
    return decode_id(key, ())[1]


def counts_of(found: Mapping[str, Any]) -> dict[str, int]:
    """The counts of an import without those of zero, `INVOICES created` and so on."""
    return {f"{item['stream']} {item['outcome']}": item["count"] for item in found["result"]["counts"]}


@contextmanager
def dying_at(place: str) -> Generator[None]:
    """A process that dies at the first place of a name."""

    def reached(name: str) -> None:
        if name == place:
            watch_crashpoints(None)
            raise DeathError(name)

    watch_crashpoints(reached)
    try:
        yield
    finally:
        watch_crashpoints(None)


class DeathError(BaseException):
    """The process is no more."""
