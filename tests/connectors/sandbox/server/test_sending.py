"""Webhooks: everything that happened arrives, signed, whatever the order, and is tried again until it is taken."""

import hmac
from collections import Counter
from random import Random

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.server import WebhookSender, deliveries
from connectors.sandbox.server.sending import Delivery
from connectors.sandbox.system import System
from tests.connectors.sandbox.server.trio import NOON, Trio, fill, moment, put

SECRET = "whisper"


def documents(sent: list[Delivery]) -> list[dict[str, object]]:
    return [orjson.loads(delivery.body) for delivery in sent]


def event_ids(bodies: list[bytes]) -> list[str]:
    return [event["id"] for body in bodies for event in orjson.loads(body)["events"]]


def made(system: System, seed: int = 1) -> list[Delivery]:
    return deliveries(system, system.events, secret=SECRET, now=NOON, random=Random(seed))  # noqa: S311 - an order, no secret


class TestDeliveries:
    @given(st.integers(0, 60), st.integers())
    def test_bring_every_event_at_least_once_and_at_most_twice(self, count: int, seed: int) -> None:
        system = System("crm")
        fill(system, "contacts", count)
        brought = Counter(event_ids([delivery.body for delivery in made(system, seed)]))
        assert brought.keys() == {event.id for event in system.events}
        assert max(brought.values(), default=1) <= 2

    def test_repeat_some_mix_the_order_and_put_several_together(self) -> None:
        system = System("crm")
        fill(system, "contacts", 200)
        sent = made(system)
        ids = event_ids([delivery.body for delivery in sent])
        assert 200 < len(ids) < 240
        assert ids != sorted(ids)
        assert {len(orjson.loads(delivery.body)["events"]) for delivery in sent} == {1, 2, 3, 4, 5}

    def test_are_the_same_for_the_same_seed_and_others_for_another(self) -> None:
        system = System("crm")
        fill(system, "contacts", 20)
        assert made(system, 1) == made(system, 1) != made(system, 2)

    def test_have_ids_of_their_own(self) -> None:
        system = System("crm")
        fill(system, "contacts", 50)
        sent = documents(made(system))
        assert len({document["id"] for document in sent}) == len(sent)

    def test_tell_what_the_log_tells(self) -> None:
        system = System("crm")
        put(system, "contacts", "co-1", at=3)
        [document, *_] = documents(made(system))
        assert document["sent_at"] == "2026-11-22T12:00:00Z"
        event = {"id": "evt_000000001", "type": "contact.created", "collection": "contacts", "object_id": "co-1", "version": 1}
        assert document["events"] == [event | {"created": "2026-11-22T12:00:03Z"}]

    def test_are_signed_over_their_instant_and_their_raw_body(self) -> None:
        system = System("crm")
        put(system, "contacts", "co-1")
        [(headers, body), *_] = made(system)
        stamp = str(int(NOON.timestamp()))
        signature = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
        assert headers == {"Content-Type": "application/json", "Sandbox-Signature": f"t={stamp},v1={signature}"}


class Receiver:
    """Keeps what it is sent, and answers as it is told to: with a status, or not at all (None)."""

    def __init__(self) -> None:
        self.answers: list[int | None] = []
        self.received: list[httpx.Request] = []

    @property
    def ids(self) -> set[str]:
        return set(event_ids([request.content for request in self.received]))

    def answer(self, request: httpx.Request) -> httpx.Response:
        status = self.answers.pop(0) if self.answers else 204
        self.received.append(request)
        if status is None:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(status)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))


@pytest.fixture
def trio() -> Trio:
    trio = Trio()
    put(trio.crm, "contacts", "of-old")
    return trio


@pytest.fixture
def sender(trio: Trio) -> WebhookSender:
    return WebhookSender(trio.crm, "http://receiver/hooks", secret=SECRET, clock=trio.clock, random=Random(1))  # noqa: S311 - the same


class TestASender:
    async def test_posts_what_happened_since_it_was_made_and_only_once(self, trio: Trio, sender: WebhookSender) -> None:
        receiver = Receiver()
        fill(trio.crm, "contacts", 12)
        async with receiver.client() as client:
            await sender.send_due(client)
            count = len(receiver.received)
            await sender.send_due(client)
        assert receiver.ids == {event.id for event in trio.crm.events[1:]}
        assert len(receiver.received) == count
        assert {str(request.url) for request in receiver.received} == {"http://receiver/hooks"}
        assert sender.waiting_count == 0

    @pytest.mark.parametrize("trouble", [500, 302, 404, None])
    async def test_tries_again_later_with_the_same_id_and_a_new_signature(self, trio: Trio, sender: WebhookSender, trouble: int | None) -> None:
        receiver = Receiver()
        receiver.answers = [trouble]
        put(trio.crm, "contacts", "co-1")
        async with receiver.client() as client:
            await sender.send_due(client)
            trio.clock.move_to(moment(1.9))
            await sender.send_due(client)
            assert (len(receiver.received), sender.waiting_count) == (1, 1)
            trio.clock.move_to(moment(2))
            await sender.send_due(client)
        first, second = receiver.received
        assert orjson.loads(first.content)["id"] == orjson.loads(second.content)["id"]
        assert first.headers["sandbox-signature"].split(",")[0] != second.headers["sandbox-signature"].split(",")[0]
        assert sender.waiting_count == 0

    async def test_sends_the_others_when_one_is_not_taken(self, trio: Trio, sender: WebhookSender) -> None:
        receiver = Receiver()
        receiver.answers = [503]
        fill(trio.crm, "contacts", 30)
        async with receiver.client() as client:
            await sender.send_due(client)
        assert len(receiver.received) > 5
        assert sender.waiting_count == 1

    async def test_waits_longer_each_time_and_gives_up_in_the_end(self, trio: Trio, sender: WebhookSender) -> None:
        receiver = Receiver()
        receiver.answers = [500] * 100
        put(trio.crm, "contacts", "co-1")
        waits: list[int] = []
        async with receiver.client() as client:
            await sender.send_due(client)
            while sender.waiting_count and len(waits) < 20:
                before, second = len(receiver.received), 0
                while len(receiver.received) == before:
                    second += 1
                    trio.pass_time(seconds=1)
                    await sender.send_due(client)
                waits.append(second)
        assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        assert len(receiver.received) == 12
