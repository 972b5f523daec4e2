"""`/webhooks/{connection}` over HTTP: what each sender is answered, and how much of it is read."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import anyio
import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.types import Message

from hub.access.routes import Public, route_policies
from hub.app.webhook_routes import BODY_BYTES, build_webhook_routes
from hub.clock import FixedClock
from hub.config import ConnectionSettings, Settings
from hub.errors import StoreError
from hub.model import METADATA, Connection, table_of
from hub.plugins.connector import Connector
from hub.store.engine import Store
from hub.sync.webhooks.receiving import WebhookReceiver, webhook_endpoints
from hub.vocabulary import ConnectionKind, ConnectionStatus
from tests.app.conftest import make_settings
from tests.app.plugin import SampleConnector
from tests.sync.webhooks.deliveries import NOW, Delivery, Told, body_of, event, make_receiver, signed
from tests.sync.webhooks.forgeries import FORGERIES, Forge

GENUINE = signed(body_of(event(1, "invoices", "I1")))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def receiver(store: Store, told: Told) -> WebhookReceiver:
    table = table_of(Connection)
    values = {"connector": "sandbox", "kind": ConnectionKind.ACCOUNTING, "status": ConnectionStatus.ACTIVE, "is_declared": True, "created_at": NOW}
    with store.write() as connection:
        connection.execute(sa.insert(table), [{"name": name, **values} for name in ("books", "shop", "files", "attic")])
        connection.execute(sa.update(table).where(table.c.name == "attic").values(status=ConnectionStatus.REMOVED))
    return make_receiver(store, FixedClock(NOW), told)


@pytest.fixture
def app(receiver: WebhookReceiver) -> Starlette:
    return Starlette(routes=build_webhook_routes(receiver))


@pytest.fixture
async def client(app: Starlette) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        yield client


async def post(client: httpx.AsyncClient, delivery: Delivery) -> httpx.Response:
    headers = [(name.encode(), value.encode("utf-8")) for name, value in delivery.headers]
    return await client.post(f"/webhooks/{delivery.connection}", headers=headers, content=delivery.body)


def counts(store: Store) -> tuple[int, int]:
    """How many deliveries and events are kept."""
    with store.read() as connection:
        tables = [METADATA.tables[name] for name in ("webhook_delivery", "webhook_event")]
        first, second = (connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables)
        return first, second


def respond_with(receiver: WebhookReceiver, **changes: object) -> httpx.AsyncClient:
    app = Starlette(routes=build_webhook_routes(replace(receiver, **changes)))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub")


async def test_a_genuine_delivery_is_durable_when_it_is_answered(client: httpx.AsyncClient, store: Store, told: Told) -> None:
    response = await post(client, GENUINE)
    assert (response.status_code, response.json()) == (200, {"status": "TAKEN"})
    assert counts(store) == (1, 1)
    assert len(told.connection_ids) == 1


async def test_a_repetition_is_answered_alike_and_kept_once(client: httpx.AsyncClient, store: Store, told: Told) -> None:
    answers = [await post(client, GENUINE) for _ in range(3)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b'{"status":"TAKEN"}')}
    assert counts(store) == (1, 1)
    assert len(told.connection_ids) == 1


async def test_many_at_once_are_all_answered_and_kept_once(client: httpx.AsyncClient, store: Store) -> None:
    answers: list[int] = []

    async def send(number: int) -> None:
        answers.append((await post(client, signed(body_of(event(number % 10, "invoices", "I1"))))).status_code)

    async with anyio.create_task_group() as together:
        for number in range(40):
            together.start_soon(send, number)
    assert answers == [200] * 40
    assert counts(store) == (10, 10)


class TestRefused:
    ANSWER = (401, b'{"status":"REFUSED"}', 'Signature realm="webhooks"')

    @pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what is refused never comes near a database
    @pytest.mark.parametrize("forge", [forge for name, forge in FORGERIES.items() if name != "no name"], ids=[name for name in FORGERIES if name != "no name"])
    async def test_every_forgery_gets_the_same_answer(self, client: httpx.AsyncClient, store: Store, forge: Forge) -> None:
        delivery = forge(GENUINE)
        path = delivery.connection.replace("\0", "%00").replace(" ", "%20")
        response = await post(client, replace(delivery, connection=path))
        assert (response.status_code, response.content, response.headers.get("www-authenticate")) == self.ANSWER
        assert set(response.headers) == {"content-length", "content-type", "www-authenticate"}
        assert counts(store) == (0, 0)

    @pytest.mark.parametrize("path", ["/webhooks/", "/webhooks", "/webhooks/books/more"])
    async def test_other_addresses_do_not_exist(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.post(path, content=GENUINE.body)).status_code == 404

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
    @pytest.mark.parametrize("name", ["books", "nobody"])
    async def test_only_post_is_taken(self, client: httpx.AsyncClient, method: str, name: str) -> None:
        response = await client.request(method, f"/webhooks/{name}")
        assert (response.status_code, response.headers["allow"]) == (405, "POST")

    async def test_a_genuine_body_of_another_form_is_told(self, client: httpx.AsyncClient, store: Store) -> None:
        response = await post(client, signed(b"[]"))
        assert (response.status_code, response.json()) == (400, {"status": "UNREADABLE"})
        assert counts(store) == (0, 0)


class TestUnavailable:
    @pytest.mark.parametrize("delivery", [GENUINE, replace(GENUINE, connection="nobody")], ids=["genuine", "unknown"])
    async def test_without_a_database_the_source_is_asked_to_come_again(self, client: httpx.AsyncClient, store: Store, delivery: Delivery) -> None:
        with store.write() as connection:
            connection.execute(sa.text("ALTER TABLE connection RENAME TO elsewhere"))
        response = await post(client, delivery)
        assert (response.status_code, response.headers["retry-after"], response.json()) == (503, "30", {"status": "UNAVAILABLE"})

    async def test_work_that_cannot_be_submitted_keeps_nothing(self, receiver: WebhookReceiver, store: Store) -> None:
        def fail(connection: sa.Connection, connection_id: int) -> None:
            del connection, connection_id
            message = "the queue is closed"
            raise StoreError(message)

        async with respond_with(receiver, on_received=fail) as client:
            response = await post(client, GENUINE)
        assert (response.status_code, response.headers["retry-after"]) == (503, "30")
        assert counts(store) == (0, 0)

    async def test_a_connection_of_which_too_much_waits_is_asked_to_come_again(self, receiver: WebhookReceiver) -> None:
        async with respond_with(receiver, most_open_events=1) as client:
            assert (await post(client, GENUINE)).status_code == 200
            response = await post(client, signed(body_of(event(2, "invoices", "I2"))))
        assert (response.status_code, response.headers["retry-after"]) == (503, "30")


class Sender:
    """An ASGI client that sends a body in pieces, counts those that were asked for, and keeps the answer."""

    def __init__(self, pieces: Sequence[bytes], *, breaks_off: bool = False, hangs: bool = False) -> None:
        self.pieces = list(pieces)
        self.breaks_off, self.hangs = breaks_off, hangs
        self.asked = 0
        self.answer: list[Message] = []

    async def receive(self) -> Message:
        self.asked += 1
        if self.pieces:
            return {"type": "http.request", "body": self.pieces.pop(0), "more_body": bool(self.pieces) or self.breaks_off or self.hangs}
        if self.hangs:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.answer.append(message)

    async def post(self, app: Starlette, *headers: tuple[bytes, bytes]) -> int:
        """Send, and return the status of the answer."""
        scope = {"type": "http", "method": "POST", "path": "/webhooks/books", "raw_path": b"", "query_string": b"", "headers": list(headers), "root_path": ""}
        await app(scope, self.receive, self.send)
        return self.answer[0]["status"]


class TestBody:
    async def test_one_that_says_that_it_is_too_large_is_not_read(self, app: Starlette) -> None:
        for length in (str(BODY_BYTES + 1), "9" * 5_000):
            sender = Sender([b"x"])
            assert await sender.post(app, (b"content-length", length.encode())) == 413
            assert sender.asked == 0
            assert (b"connection", b"close") in sender.answer[0]["headers"]

    async def test_one_that_turns_out_to_be_too_large_is_read_no_further(self, app: Starlette) -> None:
        sender = Sender([b"x" * (BODY_BYTES // 4)] * 100)
        assert await sender.post(app) == 413
        assert sender.asked == 5

    async def test_the_largest_one_is_taken(self, client: httpx.AsyncClient) -> None:
        frame = len(body_of({"id": "", "collection": "gadgets", "object_id": "x"}))
        body = body_of({"id": "evt_1", "collection": "gadgets", "object_id": "x" * (BODY_BYTES - frame - 4)})
        assert len(body) == BODY_BYTES
        assert (await post(client, signed(body))).status_code == 200

    async def test_one_that_does_not_come_to_its_end_in_time_is_let_go(self, receiver: WebhookReceiver) -> None:
        app = Starlette(routes=build_webhook_routes(receiver, body_seconds=0.01))
        sender = Sender([b"x"], hangs=True)
        assert await sender.post(app) == 408

    async def test_one_that_breaks_off_keeps_nothing(self, app: Starlette, store: Store) -> None:
        sender = Sender([GENUINE.body], breaks_off=True)
        assert await sender.post(app, *((name.encode(), value.encode()) for name, value in GENUINE.headers)) == 400
        assert counts(store) == (0, 0)


class TestManySenders:
    async def test_a_body_is_not_read_before_there_is_room_for_it(self, receiver: WebhookReceiver) -> None:
        app = Starlette(routes=build_webhook_routes(receiver, body_seconds=3_600, bodies_at_once=2))
        slow = [Sender([b"x"], hangs=True) for _ in range(2)]
        waiting = Sender([b"x"])
        async with anyio.create_task_group() as senders:
            for sender in slow:
                senders.start_soon(sender.post, app)
            await anyio.wait_all_tasks_blocked()
            senders.start_soon(waiting.post, app)
            await anyio.wait_all_tasks_blocked()
            assert ([sender.asked for sender in slow], waiting.asked) == ([2, 2], 0)
            senders.cancel_scope.cancel()

    async def test_who_waited_is_read_when_another_one_has_ended(self, receiver: WebhookReceiver) -> None:
        app = Starlette(routes=build_webhook_routes(receiver, bodies_at_once=1))
        assert [await Sender([b"x"], breaks_off=True).post(app) for _ in range(3)] == [400] * 3

    async def test_who_waits_for_too_long_is_asked_to_come_again(self, receiver: WebhookReceiver) -> None:
        app = Starlette(routes=build_webhook_routes(receiver, body_seconds=0.01, bodies_at_once=0))
        sender = Sender([b"x"])
        assert (await sender.post(app), sender.asked) == (503, 0)


def test_the_route_says_why_it_needs_no_token(receiver: WebhookReceiver) -> None:
    (found,) = route_policies(build_webhook_routes(receiver))
    assert found.path == "/webhooks/{connection}"
    assert isinstance(found.policy, Public)
    assert "signature" in found.policy.reason


def test_endpoints_are_the_declared_connections_whose_connector_takes_webhooks(receiver: WebhookReceiver, settings: Settings) -> None:
    reader = receiver.endpoints["books"].reader

    class Taking(SampleConnector):
        webhooks = reader

    declared = make_settings(settings.database_url, settings.directory, "plain")
    taking = ConnectionSettings("books", "taking", ConnectionKind.ACCOUNTING, secrets={"webhook_secret": "BOOKS_SECRET"})
    connectors: dict[str, Connector] = {"sample": SampleConnector(), "taking": Taking()}
    found = webhook_endpoints(replace(declared, connections=(*declared.connections, taking)), connectors, {"BOOKS_SECRET": "s"})
    assert {name: (made.reader, dict(made.secrets)) for name, made in found.items()} == {"books": (reader, {"webhook_secret": "s"})}
