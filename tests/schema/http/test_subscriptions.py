"""Subscriptions over real connections, on both transports and both databases: what comes, to whom, and how it ends."""

import json
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any, Protocol

import httpx
import pytest

from hub.store.appended import Position
from hub.store.engine import Store
from hub.vocabulary import Entity, Role, SyncRunStatus
from schema.executable import ExecutableSchema
from schema.ids import encode_id
from schema.subscription.cursors import encode_positions
from tests.schema.http.listening import HANG_SECONDS, LIMITS, LiveHub, live_hub, socket_of, streamed

START = encode_positions("changes", [Position(), Position()])
START_OF_RUNS = encode_positions("runs", [Position()])

CHANGES = """subscription($after: String, $entities: [ChangeEntity!], $ids: [ID!]) {
  changeEvents(after: $after, entities: $entities, ids: $ids) { cursor happenedAt kind entity nodeId fields actor node { id ... on Customer { name } } }
}"""
RUNS = """subscription($id: ID, $after: String) {
  syncRunEvents(id: $id, after: $after) { cursor kind runId feed { name counts { stream outcome count } } run { status readCount } }
}"""


class Listener(Protocol):
    """One subscription, whatever carries it."""

    def next(self) -> dict[str, Any]: ...

    def error(self) -> dict[str, Any]: ...

    def completes(self) -> bool: ...


Listen = Callable[..., AbstractContextManager[Listener]]


@contextmanager
def over_socket(hub: LiveHub, query: str, role: Role = Role.ADMIN, /, **variables: Any) -> Generator[Listener]:  # noqa: ANN401
    with socket_of(hub, role) as socket:
        socket.subscribe(query, **variables)
        yield socket


@pytest.fixture(params=[over_socket, streamed], ids=["websocket", "stream"])
def listen(request: pytest.FixtureRequest) -> Listen:
    """Subscribes, over each transport in turn."""
    found: Listen = request.param
    return found


@pytest.fixture
def live(store: Store, hub_schema: ExecutableSchema) -> Generator[LiveHub]:
    with live_hub(store, hub_schema) as made:
        yield made


def acme(hub: LiveHub, name: str = "Acme", **values: Any) -> int:  # noqa: ANN401
    """A customer that a run has made."""
    key = hub.rows.customer(name, **values)
    hub.rows.reference(Entity.CUSTOMER, key, f"C{key}")
    return key


def kinds(listener: Listener, count: int) -> list[tuple[str, Sequence[str]]]:
    return [(event["kind"], event["fields"]) for event in (listener.next() for _ in range(count))]


# --- changes --------------------------------------------------------------------------------------


def test_what_happens_comes_with_the_record_as_it_is(live: LiveHub, listen: Listen) -> None:
    customer = acme(live)
    with listen(live, CHANGES, after=START) as listener:
        created = listener.next()
        live.change(Entity.CUSTOMER, customer, "name", "custom", "source_updated_at", actor="ada")
        changed = listener.next()
    found = {"id": encode_id("Customer", customer), "name": "Acme"}
    shared = {"entity": "CUSTOMER", "nodeId": encode_id("Customer", customer), "node": found, "happenedAt": "2026-03-31T12:00:00Z"}
    assert created.pop("cursor") != changed.pop("cursor")
    assert created == shared | {"kind": "CREATED", "fields": [], "actor": None}
    assert changed == shared | {"kind": "UPDATED", "fields": ["customFields", "name"], "actor": "ada"}


def test_deletions_and_returns_are_told_as_such(live: LiveHub, listen: Listen) -> None:
    customer = acme(live)
    live.change(Entity.CUSTOMER, customer, "is_deleted", new_value="true")
    live.change(Entity.CUSTOMER, customer, "is_deleted", new_value="false", actor="source")
    with listen(live, CHANGES, after=START) as listener:
        assert kinds(listener, 3) == [("CREATED", []), ("DELETED", ["isDeleted"]), ("RESTORED", ["isDeleted"])]


def test_without_a_cursor_only_what_comes_is_told(live: LiveHub, listen: Listen) -> None:
    acme(live, "Before")
    later: list[str] = []
    with listen(live, CHANGES) as listener:
        stop = threading.Event()

        def go_on() -> None:  # nothing tells when the subscription has begun
            while not stop.wait(0.05):
                acme(live, "After")

        writing = threading.Thread(target=go_on)
        writing.start()
        later += [listener.next()["node"]["name"] for _ in range(3)]
        stop.set()
        writing.join()
    assert later == ["After"] * 3


def test_after_a_reconnect_nothing_is_missing_and_nothing_repeated(live: LiveHub, listen: Listen) -> None:
    names = [f"Customer {number}" for number in range(7)]
    for name in names[:3]:
        acme(live, name)
    with listen(live, CHANGES, after=START) as listener:
        first = [listener.next() for _ in range(2)]
    for name in names[3:]:
        acme(live, name)
    with listen(live, CHANGES, after=first[-1]["cursor"]) as listener:
        second = [listener.next() for _ in range(5)]
    assert [event["node"]["name"] for event in first + second] == names


def test_entities_and_ids_narrow_what_comes(live: LiveHub, listen: Listen) -> None:
    customer, other = acme(live), acme(live, "Other")
    contact = live.rows.contact(customer, "Ann")
    live.rows.reference(Entity.CONTACT, contact, "P1")
    live.change(Entity.CUSTOMER, other, "name")
    with listen(live, CHANGES, after=START, entities=["CONTACT"]) as listener:
        assert listener.next()["nodeId"] == encode_id("Contact", contact)
    with listen(live, CHANGES, after=START, ids=[encode_id("Customer", other), encode_id("Contact", contact)]) as listener:
        found = [(listener.next()["nodeId"]) for _ in range(3)]
    assert found == [encode_id("Customer", other), encode_id("Contact", contact), encode_id("Customer", other)]


def test_a_variable_that_is_not_used_may_be_a_number_of_any_size(live: LiveHub, listen: Listen) -> None:
    customer = acme(live)
    with listen(live, CHANGES, after=START, unused=2**64) as listener:
        assert listener.next()["nodeId"] == encode_id("Customer", customer)


def test_what_is_written_by_another_process_comes_too(live: LiveHub, listen: Listen) -> None:
    """Its commits give no hint here."""
    stranger = Store(live.store.url)
    with listen(live, CHANGES, after=START) as listener:
        acme(live, "Ours")
        assert listener.next()["node"]["name"] == "Ours"
        customer = replace(live.rows, store=stranger).customer("Theirs")
        replace(live.rows, store=stranger).reference(Entity.CUSTOMER, customer, "T1")
        assert listener.next()["node"]["name"] == "Theirs"
    stranger.dispose()


def test_a_hundred_changes_come_in_order(live: LiveHub, listen: Listen) -> None:
    customers = [acme(live, f"Customer {number}") for number in range(5)]
    with listen(live, CHANGES, after=START) as listener:
        kinds(listener, 5)
        for number in range(100):
            live.change(Entity.CUSTOMER, customers[number % 5], "name", actor=str(number))
        assert [listener.next()["actor"] for _ in range(100)] == [str(number) for number in range(100)]


# --- who may know ---------------------------------------------------------------------------------


def test_a_deleted_record_is_not_told_to_who_may_not_read_it(live: LiveHub, listen: Listen) -> None:
    gone = acme(live, "Gone", is_deleted=True)
    live.change(Entity.CUSTOMER, gone, "is_deleted", new_value="true")
    acme(live, "Here")
    with listen(live, CHANGES, Role.COLLECTOR, after=START) as listener:
        assert listener.next()["node"]["name"] == "Here"
        live.change(Entity.CUSTOMER, gone, "name")
        acme(live, "Next")
        assert listener.next()["node"]["name"] == "Next"
    with listen(live, CHANGES, Role.FINANCE, after=START) as listener:
        assert [listener.next()["node"]["name"] for _ in range(3)] == ["Gone", "Here", "Next"]


def test_a_field_that_the_role_may_not_use_is_refused_before_anything_happens(live: LiveHub, listen: Listen) -> None:
    with listen(live, "subscription { changeEvents { runId } }", Role.COLLECTOR) as listener:
        assert listener.error()["code"] == "FORBIDDEN"
    with listen(live, "subscription { changeEvents { node { ... on Customer { health { asOf } } } } }", Role.INTEGRATOR) as listener:
        assert listener.error()["code"] == "FORBIDDEN"
    with listen(live, RUNS, Role.COLLECTOR) as listener:
        assert listener.error()["code"] == "FORBIDDEN"


def test_a_role_that_changes_counts_from_the_next_event_on(live: LiveHub, listen: Listen) -> None:
    run = live.rows.run()
    with listen(live, RUNS, Role.FINANCE, after=START_OF_RUNS) as listener:
        live.event("sync_run.started", run)
        assert listener.next()["kind"] == "STARTED"
        live.demote(Role.FINANCE, Role.COLLECTOR)
        live.event("sync_run.ended", run)
        assert listener.error()["code"] == "FORBIDDEN"


@pytest.mark.parametrize("end", [LiveHub.revoke, LiveHub.expire])
def test_a_token_that_is_no_longer_valid_ends_its_subscriptions(live: LiveHub, end: Callable[[LiveHub, Role], None]) -> None:
    acme(live, "Before")
    with socket_of(live, Role.FINANCE) as socket, streamed(live, CHANGES, Role.FINANCE, after=START) as stream:
        socket.subscribe(CHANGES, after=START)
        assert (socket.next()["kind"], stream.next()["kind"]) == ("CREATED", "CREATED")
        end(live, Role.FINANCE)
        acme(live, "After")
        assert socket.close_code() == 4401
        assert (stream.error()["code"], stream.completes()) == ("UNAUTHENTICATED", True)


def test_a_token_is_looked_after_when_nothing_happens_too(live: LiveHub) -> None:
    with socket_of(live, Role.FINANCE) as socket:
        socket.subscribe(CHANGES)
        live.revoke(Role.FINANCE)
        assert socket.close_code() == 4401


# --- runs -----------------------------------------------------------------------------------------

PAGE = {"invoices": {"streams": {"INVOICES": {"read": 2, "created": 2}}, "notices": 0, "held": None, "absent": 0}}


def test_a_run_is_followed_from_its_start_to_its_end(live: LiveHub, listen: Listen) -> None:
    other, run = live.rows.run(), live.rows.run(read_count=2)
    live.event("sync_run.started", other)
    live.event("sync_run.started", run)
    live.event("sync_run.page", run, payload=PAGE)
    with listen(live, RUNS, id=encode_id("SyncRun", run)) as listener:
        assert [listener.next()["kind"] for _ in range(2)] == ["STARTED", "PAGE"]
        live.event("sync_run.page", other, payload=PAGE)
        live.event("connection.paused")
        live.event("sync_run.ended", run)
        ended = listener.next()
        assert (ended["kind"], ended["runId"], ended["run"]) == ("ENDED", encode_id("SyncRun", run), {"status": "RUNNING", "readCount": 2})
        assert listener.completes()


def test_a_page_tells_what_its_feed_has_come_to(live: LiveHub, listen: Listen) -> None:
    run = live.rows.run()
    live.event("sync_run.page", run, payload=PAGE)
    with listen(live, RUNS, after=START_OF_RUNS) as listener:
        counts = [{"stream": "INVOICES", "outcome": outcome, "count": 2} for outcome in ("read", "created")]
        feed = listener.next()["feed"]
        assert feed["name"] == "invoices"
        assert sorted(feed["counts"], key=str) == sorted(counts, key=str)


def test_a_run_that_has_ended_is_told_and_completed(live: LiveHub, listen: Listen) -> None:
    run = live.rows.run(status=SyncRunStatus.SUCCEEDED)
    live.event("sync_run.started", run)
    live.event("sync_run.ended", run)
    with listen(live, RUNS, id=encode_id("SyncRun", run)) as listener:
        events = [listener.next() for _ in range(2)]
        assert ([event["kind"] for event in events], listener.completes()) == (["STARTED", "ENDED"], True)
    with listen(live, RUNS, id=encode_id("SyncRun", run), after=events[-1]["cursor"]) as listener:
        assert listener.completes()


def test_all_runs_come_without_an_id(live: LiveHub, listen: Listen) -> None:
    runs = [live.rows.run(), live.rows.run()]
    with listen(live, RUNS, after=START_OF_RUNS) as listener:
        for run in runs:
            live.event("sync_run.started", run)
        assert [listener.next()["runId"] for _ in runs] == [encode_id("SyncRun", run) for run in runs]


def test_an_unknown_run_is_said_to_be_unknown(live: LiveHub, listen: Listen) -> None:
    with listen(live, RUNS, id=encode_id("SyncRun", 7)) as listener:
        assert listener.error()["code"] == "NOT_FOUND"


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refused",
    [
        (CHANGES, {"after": "nonsense"}, "BAD_USER_INPUT"),
        (CHANGES, {"after": START_OF_RUNS}, "BAD_USER_INPUT"),
        (CHANGES, {"after": encode_positions("changes", [Position(), Position(9)])}, "CURSOR_EXPIRED"),
        (CHANGES, {"ids": [encode_id("SyncRun", 1)]}, "BAD_USER_INPUT"),
        (CHANGES, {"ids": ["nonsense"]}, "BAD_USER_INPUT"),
        (CHANGES, {"entities": ["PLANET"]}, "BAD_USER_INPUT"),
        ("subscription { changeEvents { nothing } }", {}, "BAD_USER_INPUT"),
        ("subscription { a: changeEvents { kind } b: changeEvents { kind } }", {}, "BAD_USER_INPUT"),
        ("subscription { changeEvents @skip(if: true) { kind } }", {}, "BAD_USER_INPUT"),
        ("subscription { __typename }", {}, "BAD_USER_INPUT"),
        (
            "subscription { changeEvents { node { ... on Customer { invoices(first: 250) { nodes { paymentAttempts(first: 250) { nodes { id } } } } } } } }",
            {},
            "OPERATION_TOO_COMPLEX",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_subscribed_to_is_refused(live: LiveHub, listen: Listen, refused: tuple[str, dict[str, Any], str]) -> None:
    query, variables, code = refused
    with listen(live, query, **variables) as listener:
        assert listener.error()["code"] == code


def test_a_cursor_whose_events_are_gone_is_refused(live: LiveHub, listen: Listen) -> None:
    customer = acme(live)
    for name in ("name", "email", "phone"):
        live.change(Entity.CUSTOMER, customer, name, actor=name)
    with listen(live, CHANGES, after=START) as listener:
        cursors = [listener.next()["cursor"] for _ in range(4)]
    with live.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM change WHERE id <= 2")
    with listen(live, CHANGES, after=cursors[1]) as listener:
        assert listener.error()["code"] == "CURSOR_EXPIRED"
    with listen(live, CHANGES, after=cursors[2]) as listener:
        assert listener.next()["fields"] == ["phone"]


def test_queries_are_answered_once(live: LiveHub, listen: Listen) -> None:
    with listen(live, "{ viewer { name } }") as listener:
        assert (listener.next(), listener.completes()) == ({"name": "ADMIN"}, True)


def test_a_subscription_without_a_stream_says_how_it_is_done(live: LiveHub) -> None:
    found = live.rows.ask("subscription { changeEvents { kind } }")
    assert found.error["code"] == "BAD_USER_INPUT"
    assert "text/event-stream" in found.errors[0]["message"]


# --- limits ---------------------------------------------------------------------------------------


def test_a_socket_a_token_and_the_process_have_so_many_subscriptions(store: Store, hub_schema: ExecutableSchema) -> None:
    limits = replace(LIMITS, socket_subscriptions=2, token_subscriptions=3, subscriptions=4)
    with live_hub(store, hub_schema, limits) as live:
        acme(live)
        with socket_of(live) as first, socket_of(live) as second, socket_of(live, Role.FINANCE) as third:
            for number in ("1", "2"):
                first.subscribe(CHANGES, number, after=START)
                assert first.next()["kind"] == "CREATED"
            first.subscribe(CHANGES, "3", after=START)
            assert first.error()["code"] == "THROTTLED"
            second.subscribe(CHANGES, "1", after=START)
            assert second.next()["kind"] == "CREATED"
            second.subscribe(CHANGES, "2", after=START)
            assert second.error()["code"] == "THROTTLED"
            third.subscribe(CHANGES, "1", after=START)
            assert third.next()["kind"] == "CREATED"
            third.subscribe(CHANGES, "2", after=START)
            assert third.error()["code"] == "THROTTLED"
            first.send({"type": "complete", "id": "1"})
            acme(live, "Later")
            assert third.next()["kind"] == "CREATED"
            third.subscribe(CHANGES, "2", after=START)
            assert third.receive()["id"] in {"1", "2"}


# --- the protocols --------------------------------------------------------------------------------


def test_an_id_that_is_taken_closes_the_socket(live: LiveHub) -> None:
    with socket_of(live) as socket:
        socket.subscribe(CHANGES)
        socket.subscribe(CHANGES)
        assert socket.close_code() == 4409


def test_an_id_can_be_used_again_when_its_operation_has_ended(live: LiveHub) -> None:
    with socket_of(live) as socket:
        for _ in range(2):
            socket.subscribe("{ viewer { name } }")
            assert (socket.next()["name"], socket.completes()) == ("ADMIN", True)


def test_a_completed_subscription_is_silent(live: LiveHub) -> None:
    with socket_of(live) as socket:
        socket.subscribe(CHANGES, "1", after=START)
        acme(live)
        assert socket.next()["kind"] == "CREATED"
        socket.send({"type": "complete", "id": "1"})
        socket.subscribe(CHANGES, "2", after=START)
        acme(live, "Later")
        assert [socket.receive()["id"] for _ in range(2)] == ["2", "2"]


@pytest.mark.parametrize("payload", [None, [], {}, {"query": 1}, {"query": "{ viewer { name } }", "variables": []}], ids=str)
def test_a_payload_that_is_none_is_refused_and_the_socket_stays_open(live: LiveHub, payload: object) -> None:
    with socket_of(live) as socket:
        socket.send({"type": "subscribe", "id": "1", "payload": payload})
        assert socket.error()["code"] == "BAD_USER_INPUT"
        socket.send({"type": "ping"})
        assert socket.receive() == {"type": "pong"}


def test_a_stream_is_told_as_such_and_shows_that_it_lives(live: LiveHub) -> None:
    with streamed(live, CHANGES) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = stream.response.iter_lines()
        assert [line for line in (next(lines) for _ in range(6)) if line] == [":"] * 3


def test_a_subscription_by_get_is_a_stream(live: LiveHub) -> None:
    acme(live)
    headers = {"Authorization": f"Bearer {live.token()}", "Accept": "text/event-stream"}
    parameters = {"query": CHANGES, "variables": json.dumps({"after": START})}
    with httpx.Client(timeout=HANG_SECONDS) as client:
        with client.stream("GET", f"http://127.0.0.1:{live.port}/graphql", params=parameters, headers=headers) as response:
            event = next(line for line in response.iter_lines() if line.startswith("data: "))
        assert '"CREATED"' in event
        refused = client.post(f"http://127.0.0.1:{live.port}/graphql", json={"query": CHANGES}, headers={"Accept": "text/event-stream"})
        malformed = client.post(f"http://127.0.0.1:{live.port}/graphql", json=[], headers=headers)
        foreign = client.post(f"http://127.0.0.1:{live.port}/graphql", json={"query": CHANGES}, headers=headers | {"Origin": "https://evil.example"})
    assert [answer.status_code for answer in (refused, malformed, foreign)] == [401, 400, 403]


def test_a_server_that_stops_completes_what_is_subscribed_to(live: LiveHub, listen: Listen) -> None:
    acme(live)
    with listen(live, CHANGES, after=START) as listener:
        assert listener.next()["kind"] == "CREATED"
        live.stop()
        assert listener.completes()


def test_a_caller_who_is_gone_makes_room(store: Store, hub_schema: ExecutableSchema, listen: Listen) -> None:
    """The next one may come before the server has noticed that the one before is gone."""
    with live_hub(store, hub_schema, replace(LIMITS, token_subscriptions=1)) as live:
        acme(live)
        for _ in range(3):
            while True:
                with listen(live, CHANGES, after=START) as listener:
                    try:
                        assert listener.next()["kind"] == "CREATED"
                    except AssertionError as error:
                        assert "THROTTLED" in str(error)  # noqa: PT017 - it is let in once there is room
                    else:
                        break
