"""Receiving: kept whole or not at all, once however often it comes, and nothing that is forged."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from hub.crashpoints import watch_crashpoints
from hub.errors import RecordError, SignatureError
from hub.model import WebhookDelivery, WebhookEvent
from hub.plugins.webhooks import WebhookEventItem, WebhookHint, WebhookRequest
from hub.sync.webhooks import events
from hub.sync.webhooks.receiving import Endpoint, Receipt, WebhookReceiver
from hub.vocabulary import Stream, WebhookEventStatus
from tests.sync.conftest import Hub
from tests.sync.webhooks.deliveries import HEADER, NOW, Told, body_of, endpoint, event, receive, signature, signed
from tests.sync.webhooks.forgeries import FORGERIES, Forge

GENUINE = signed(body_of(event(1, "invoices", "I1")))


class DiedError(Exception):
    """The process died."""


def stored(hub: Hub) -> tuple[int, int]:
    """How many deliveries and events are kept."""
    return len(hub.rows(WebhookDelivery, "id")), len(hub.rows(WebhookEvent, "id"))


class TestGenuine:
    def test_a_delivery_is_kept_as_it_came_with_its_events_and_the_work_is_submitted(self, hub: Hub, receiver: WebhookReceiver, told: Told) -> None:
        body = body_of(event(1, "invoices", "I1", version=3), event(2, "customers", "C1", version=None), event(3, "gadgets", "G1"))
        assert receive(receiver, signed(body)) is Receipt.KEPT
        assert hub.rows(WebhookDelivery, "headers", "body", "received_at") == [({HEADER: signature(body)}, body, NOW)]
        hints = [[{"stream": "INVOICES", "external_id": "I1", "version": 3}], [{"stream": "CUSTOMERS", "external_id": "C1", "version": None}], None]
        statuses = [WebhookEventStatus.PENDING, WebhookEventStatus.PENDING, WebhookEventStatus.IGNORED]
        found = hub.rows(WebhookEvent, "event_id", "hints", "status", "next_attempt_at", "ended_at")
        expected = [(f"evt_{n:09d}", hint, status, NOW, ended) for n, hint, status, ended in zip((1, 2, 3), hints, statuses, (None, None, NOW), strict=True)]
        assert sorted(found) == expected
        assert told.connection_ids == [hub.connect("books")]

    @pytest.mark.parametrize(
        ("body", "kept"),
        [
            (b'{"card": "4111 1111 1111 1111", "n": [4111111111111111]}', b'{"card": "****1111", "n": ["****1111"]}'),
            (b'{"half": "\\ud800", "card": "4111111111111111"}', b'{"half": "\\ud800", "card": "****1111"}'),
            (b"card=4111111111111111&name=\xff", b"card=****1111&name=\xff"),
            (b'{"amount":  1000, "id": "4111111111111112"}', b'{"amount":  1000, "id": "4111111111111112"}'),
        ],
        ids=["JSON", "half a character", "another form", "none in it"],
    )
    def test_full_card_numbers_are_masked_before_the_body_is_kept(self, hub: Hub, receiver: WebhookReceiver, *, body: bytes, kept: bytes) -> None:
        reading_with(receiver, Saying([WebhookEventItem("e1", ())])).receive("books", {}, body)
        assert hub.rows(WebhookDelivery, "body") == [(kept,)]

    def test_whoever_works_on_jobs_is_woken_when_the_job_is_committed_and_not_for_nothing(self, hub: Hub, receiver: WebhookReceiver) -> None:
        seen: list[tuple[int, int]] = []
        waking = replace(receiver, on_kept=lambda: seen.append(stored(hub)))
        for delivery in (GENUINE, GENUINE, signed(body_of(event(2, "gadgets", "G1")))):
            receive(waking, delivery)
        assert seen == [(1, 1)]

    def test_a_repetition_costs_nothing_and_is_answered_as_taken(self, hub: Hub, receiver: WebhookReceiver, told: Told) -> None:
        assert receive(receiver, GENUINE) is Receipt.KEPT
        before = hub.everything()
        hub.clock.move_to(NOW + timedelta(minutes=2))
        assert [receive(receiver, GENUINE) for _ in range(5)] == [Receipt.KNOWN] * 5
        again = signed(body_of(event(1, "invoices", "I1"), event(1, "invoices", "I1")), at=NOW + timedelta(minutes=2))
        assert receive(receiver, again) is Receipt.KNOWN
        assert hub.everything() == before
        assert len(told.connection_ids) == 1

    def test_of_a_delivery_that_is_partly_known_only_the_news_is_kept(self, hub: Hub, receiver: WebhookReceiver, told: Told) -> None:
        receive(receiver, GENUINE)
        both = signed(body_of(event(1, "invoices", "I1"), event(2, "invoices", "I2")))
        assert receive(receiver, both) is Receipt.KEPT
        assert hub.rows(WebhookEvent, "event_id", "delivery_id") == [("evt_000000001", 1), ("evt_000000002", 2)]
        assert len(told.connection_ids) == 2

    def test_a_delivery_about_nothing_of_ours_submits_no_work(self, hub: Hub, receiver: WebhookReceiver, told: Told) -> None:
        assert receive(receiver, signed(body_of(event(1, "gadgets", "G1")))) is Receipt.KEPT
        assert hub.rows(WebhookEvent, "status") == [(WebhookEventStatus.IGNORED,)]
        assert told.connection_ids == []

    def test_an_empty_delivery_is_taken_and_not_kept(self, hub: Hub, receiver: WebhookReceiver) -> None:
        assert receive(receiver, signed(body_of())) is Receipt.KNOWN
        assert stored(hub) == (0, 0)

    def test_event_ids_of_two_connections_are_not_mixed_up(self, hub: Hub, receiver: WebhookReceiver, told: Told) -> None:
        for name in ("books", "shop"):
            assert receive(receiver, signed(GENUINE.body, connection=name)) is Receipt.KEPT
        assert stored(hub) == (2, 2)
        assert told.connection_ids == [hub.connect("books"), hub.connect("shop")]

    @pytest.mark.parametrize("seconds", [-300, 300])
    def test_both_ends_of_the_window_are_in_it(self, receiver: WebhookReceiver, seconds: int) -> None:
        assert receive(receiver, signed(GENUINE.body, at=NOW + timedelta(seconds=seconds))) is Receipt.KEPT

    def test_many_at_once_are_kept_once(self, hub: Hub, receiver: WebhookReceiver, told: Told) -> None:
        deliveries = [signed(body_of(*(event(number, "invoices", f"I{number}") for number in range(start, start + 4)))) for start in range(8)]
        with ThreadPoolExecutor(8) as pool:
            running = [pool.submit(receive, receiver, delivery) for delivery in deliveries * 4]
            receipts = [found.result() for found in running]
        assert len(hub.rows(WebhookEvent, "id")) == 11
        assert receipts.count(Receipt.KEPT) == len(hub.rows(WebhookDelivery, "id")) == len(told.connection_ids)

    def test_a_connection_of_which_too_much_waits_takes_no_more_but_answers_repetitions(self, hub: Hub, receiver: WebhookReceiver) -> None:
        small = replace(receiver, most_open_events=3)
        first = signed(body_of(*(event(number, "invoices", f"I{number}") for number in range(3))))
        assert receive(small, first) is Receipt.KEPT
        more = body_of(event(9, "invoices", "I9"))
        assert receive(small, signed(more)) is Receipt.FULL
        assert receive(small, first) is Receipt.KNOWN
        assert receive(small, signed(more, connection="shop")) is Receipt.KEPT
        assert stored(hub) == (2, 4)


class TestForged:
    @pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what is refused never comes near a database
    @pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
    def test_it_is_refused_and_nothing_is_kept(self, hub: Hub, receiver: WebhookReceiver, forge: Forge) -> None:
        with pytest.raises(SignatureError):
            receive(receiver, forge(GENUINE))
        assert stored(hub) == (0, 0)

    def test_there_are_many_kinds_and_each_differs_from_the_genuine_one(self, receiver: WebhookReceiver) -> None:
        assert len(FORGERIES) >= 30
        assert [name for name, forge in FORGERIES.items() if forge(GENUINE) == GENUINE] == []
        assert receive(receiver, GENUINE) is Receipt.KEPT

    def test_a_delivery_that_was_listened_in_on_is_worth_nothing_later(self, hub: Hub, receiver: WebhookReceiver) -> None:
        hub.clock.move_to(NOW + timedelta(seconds=301))
        with pytest.raises(SignatureError):
            receive(receiver, GENUINE)
        assert stored(hub) == (0, 0)


@dataclass(frozen=True, slots=True)
class Saying:
    """A reader that finds every delivery genuine and says what is in it."""

    items: Sequence[WebhookEventItem]
    header_names = frozenset({"kept", "absent"})

    def read(self, request: WebhookRequest) -> Sequence[WebhookEventItem]:
        del request
        return self.items


class Failing:
    """A reader with a mistake in it."""

    header_names = frozenset[str]()

    def read(self, request: WebhookRequest) -> Sequence[WebhookEventItem]:
        raise ValueError(request.secrets["webhook_secret"])


def reading_with(receiver: WebhookReceiver, reader: Saying | Failing) -> WebhookReceiver:
    made = endpoint("books")
    return replace(receiver, endpoints={"books": Endpoint(made.connection, reader, made.secrets)})


class TestUnreadable:
    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"events": 1}', b'{"events": [{}]}', b"\xff", b"[" * 10_000], ids=repr)
    def test_a_genuine_body_that_is_not_of_the_form_is_told(self, hub: Hub, receiver: WebhookReceiver, body: bytes) -> None:
        with pytest.raises(RecordError):
            receive(receiver, signed(body))
        assert stored(hub) == (0, 0)

    @pytest.mark.parametrize("text", ["", "x" * 256, "a\0b", "\ud800"], ids=["empty", "long", "NUL", "half a character"])
    def test_ids_that_no_database_keeps_are_told(self, hub: Hub, receiver: WebhookReceiver, text: str) -> None:
        hint = WebhookHint(Stream.INVOICES, "I1")
        for item in (WebhookEventItem(text, (hint,)), WebhookEventItem("e1", (hint, WebhookHint(Stream.INVOICES, text)))):
            with pytest.raises(RecordError):
                receive(reading_with(receiver, Saying([item])), GENUINE)
        assert stored(hub) == (0, 0)

    @pytest.mark.parametrize("version", [-1, 2**63])
    def test_versions_that_no_database_keeps_are_told(self, receiver: WebhookReceiver, version: int) -> None:
        item = WebhookEventItem("e1", (WebhookHint(Stream.INVOICES, "I1", version),))
        with pytest.raises(RecordError, match="version"):
            receive(reading_with(receiver, Saying([item])), GENUINE)

    def test_the_largest_values_are_kept(self, hub: Hub, receiver: WebhookReceiver) -> None:
        item = WebhookEventItem("e" * 255, (WebhookHint(Stream.INVOICES, "ï" * 255, 2**63 - 1),))
        assert receive(reading_with(receiver, Saying([item])), GENUINE) is Receipt.KEPT
        assert hub.rows(WebhookEvent, "event_id", "hints") == [("e" * 255, [{"stream": "INVOICES", "external_id": "ï" * 255, "version": 2**63 - 1}])]

    def test_only_the_headers_that_the_reader_names_are_kept(self, hub: Hub, receiver: WebhookReceiver) -> None:
        item = WebhookEventItem("e1", ())
        saying = reading_with(receiver, Saying([item]))
        saying.receive("books", {"kept": "a\0b", "authorization": "Bearer x"}, b"\0\xff")
        assert hub.rows(WebhookDelivery, "headers", "body") == [({"kept": "a\ufffdb"}, b"\0\xff")]

    def test_a_reader_with_a_mistake_refuses_and_shows_no_secret(self, hub: Hub, receiver: WebhookReceiver) -> None:
        with capture_logs() as logs, pytest.raises(SignatureError) as raised:
            receive(reading_with(receiver, Failing()), GENUINE)
        assert "whsec" not in f"{raised.value} {logs}"
        assert (logs[0]["error"], logs[0]["line"].partition(":")[0]) == ("ValueError", "read")
        assert stored(hub) == (0, 0)


class TestCrashes:
    @pytest.mark.parametrize(("point", "kept"), [("webhook.received", (0, 0)), ("webhook.before_commit", (0, 0)), ("webhook.kept", (1, 1))])
    def test_a_process_that_dies_has_kept_all_or_nothing_and_the_source_sends_again(
        self, hub: Hub, receiver: WebhookReceiver, *, point: str, kept: tuple[int, int]
    ) -> None:
        def die(name: str) -> None:
            if name == point:
                raise DiedError

        watch_crashpoints(die)
        try:
            with pytest.raises(DiedError):
                receive(receiver, GENUINE)
        finally:
            watch_crashpoints(None)
        assert stored(hub) == kept
        assert receive(receiver, GENUINE) is (Receipt.KNOWN if kept[0] else Receipt.KEPT)
        assert stored(hub) == (1, 1)

    def test_work_that_cannot_be_submitted_keeps_nothing(self, hub: Hub, receiver: WebhookReceiver) -> None:
        def fail(connection: sa.Connection, connection_id: int) -> None:
            del connection, connection_id
            raise DiedError

        with pytest.raises(DiedError):
            receive(replace(receiver, on_received=fail), GENUINE)
        assert stored(hub) == (0, 0)


def test_no_repr_of_an_endpoint_holds_its_secrets(receiver: WebhookReceiver) -> None:
    assert "whsec" not in repr(receiver)


def test_connections_with_due_events_are_found(hub: Hub, receiver: WebhookReceiver) -> None:
    for name in ("shop", "books"):
        receive(receiver, signed(GENUINE.body, connection=name))
    later = sa.update(events.EVENTS).where(events.EVENTS.c.connection_id == hub.connect("shop"))
    with hub.store.write() as connection:
        connection.execute(later.values(next_attempt_at=NOW + timedelta(hours=1)))
    with hub.store.read() as connection:
        assert events.connections_with_due(connection, now=NOW) == [hub.connect("books")]
        assert events.connections_with_due(connection, now=NOW + timedelta(hours=1)) == [hub.connect("books"), hub.connect("shop")]
