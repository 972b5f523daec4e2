"""Connections between their runs: a stop and a long silence are told, and resolved when they are over."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hub.errors import ConflictError, NotFoundError
from hub.model import Connection, ConnectionNotice, Event, Schedule, SyncRun, table_of
from hub.sync.notices import raise_notice
from hub.sync.pausing import pause_connection, resume_connection
from hub.sync.watching import watch_connections
from hub.vocabulary import ConnectionStatus, NoticeKind, SyncRunStatus
from tests.sync.conftest import NOON, Hub

HOUR = timedelta(hours=1)
SILENCE = 48 * HOUR
REMEDY = "`dunwell sync books` reads it now, and says what is the matter"


@pytest.fixture(autouse=True)
def connected(hub: Hub) -> None:
    assert hub.connect("books") == 1


def watch(hub: Hub, now: datetime) -> dict[str, str]:
    """The open notices after a look, by kind."""
    with hub.store.write() as connection:
        watch_connections(connection, now=now)
    return {kind.value: message for kind, message, over in hub.rows(ConnectionNotice, "kind", "message", "resolved_at") if over is None}


def put(hub: Hub, **values: Any) -> None:  # noqa: ANN401 - values of columns
    table = table_of(Connection)
    with hub.store.write() as connection:
        connection.execute(sa.update(table).where(table.c.id == 1).values(**values))


def ran(hub: Hub, ended_at: datetime, status: SyncRunStatus = SyncRunStatus.SUCCEEDED) -> None:
    counts = {name: 0 for name in table_of(SyncRun).c.keys() if name.endswith("_count")}  # noqa: SIM118 - a collection of columns, by name
    with hub.store.write() as connection:
        values = {"connection_id": 1, "status": status, "trigger": "SCHEDULE", "started_at": ended_at - HOUR, "ended_at": ended_at}
        connection.execute(sa.insert(table_of(SyncRun)).values(**values, **counts))


class TestSilence:
    def test_a_connection_that_is_new_is_given_its_time(self, hub: Hub) -> None:
        assert watch(hub, NOON + SILENCE - HOUR) == {}

    def test_a_connection_that_never_ran_is_told_after_its_time(self, hub: Hub) -> None:
        assert watch(hub, NOON + SILENCE) == {"NO_RECENT_RUN": f"no run has succeeded for 48 hours: it never has; {REMEDY}"}

    def test_a_run_that_waits_for_a_person_has_read_everything(self, hub: Hub) -> None:
        ran(hub, NOON + 50 * HOUR, SyncRunStatus.HELD)
        assert watch(hub, NOON + 51 * HOUR) == {}

    @pytest.mark.parametrize("status", [SyncRunStatus.FAILED, SyncRunStatus.CANCELLED], ids=str)
    def test_only_a_run_that_succeeded_breaks_the_silence(self, hub: Hub, status: SyncRunStatus) -> None:
        ran(hub, NOON + HOUR)
        ran(hub, NOON + 50 * HOUR, status)
        assert watch(hub, NOON + 51 * HOUR) == {"NO_RECENT_RUN": f"no run has succeeded for 48 hours: the last one ended on 2026-11-20 13:00 UTC; {REMEDY}"}

    def test_a_run_of_a_clock_that_was_ahead_does_not_break_it(self, hub: Hub) -> None:
        ran(hub, NOON + 8_000 * HOUR)
        assert watch(hub, NOON + SILENCE) == {"NO_RECENT_RUN": f"no run has succeeded for 48 hours: it never has; {REMEDY}"}

    def test_the_next_good_run_ends_it(self, hub: Hub) -> None:
        watch(hub, NOON + SILENCE)
        ran(hub, NOON + 49 * HOUR)
        assert watch(hub, NOON + 50 * HOUR) == {}

    def test_a_second_look_at_the_same_is_no_news(self, hub: Hub) -> None:
        watch(hub, NOON + SILENCE)
        watch(hub, NOON + 60 * HOUR)
        assert hub.rows(Event, "kind") == [("notice.raised",)]

    def test_an_import_by_hand_is_never_missed_but_one_with_a_schedule_is(self, hub: Hub) -> None:
        put(hub, is_declared=False)
        assert watch(hub, NOON + SILENCE) == {}
        with hub.store.write() as connection:
            values = {"name": "books", "kind": "sync", "connection_id": 1, "is_enabled": True, "is_declared": False}
            connection.execute(sa.insert(table_of(Schedule)).values(**values))
        assert set(watch(hub, NOON + SILENCE)) == {"NO_RECENT_RUN"}

    def test_the_time_of_a_stop_is_no_silence(self, hub: Hub) -> None:
        put(hub, status=ConnectionStatus.PAUSED)
        watch(hub, NOON)
        put(hub, status=ConnectionStatus.ACTIVE)
        assert watch(hub, NOON + SILENCE) == {}
        assert watch(hub, NOON + SILENCE + HOUR) == {}
        assert set(watch(hub, NOON + 2 * SILENCE)) == {"NO_RECENT_RUN"}


class TestStops:
    @pytest.mark.parametrize(
        ("status", "message"),
        [
            (ConnectionStatus.PAUSED, "it is paused (they move house): nothing is read until it is resumed"),
            (
                ConnectionStatus.NEEDS_AUTHORISATION,
                "the source refused our credentials (they move house): set its secret anew, then `dunwell connections resume books`",
            ),
        ],
        ids=str,
    )
    def test_a_stop_is_told_with_its_reason_and_is_no_silence(self, hub: Hub, status: ConnectionStatus, message: str) -> None:
        put(hub, status=status, status_reason="they move house")
        assert watch(hub, NOON + 2 * SILENCE) == {status.value: message}
        put(hub, status=ConnectionStatus.ACTIVE)
        assert watch(hub, NOON + 2 * SILENCE) == {}

    def test_of_a_connection_that_is_configured_no_longer_nothing_is_told(self, hub: Hub) -> None:
        with hub.store.write() as connection:
            raise_notice(connection, 1, NoticeKind.SYNC_FAILED, message="the line broke", now=NOON)
        put(hub, status=ConnectionStatus.REMOVED)
        assert watch(hub, NOON + 2 * SILENCE) == {}

    def test_what_others_have_raised_is_left_to_them(self, hub: Hub) -> None:
        with hub.store.write() as connection:
            raise_notice(connection, 1, NoticeKind.SYNC_FAILED, message="the line broke", now=NOON)
        assert watch(hub, NOON) == {"SYNC_FAILED": "the line broke"}


class TestByHand:
    def pause(self, hub: Hub, reason: str | None = "they move house", *, name: str = "books") -> None:
        with hub.store.write() as connection:
            pause_connection(connection, name, reason=reason, now=NOON, by="ada")

    def resume(self, hub: Hub) -> bool:
        with hub.store.write() as connection:
            return resume_connection(connection, "books", now=NOON + HOUR, by="bo")

    def test_a_pause_stops_the_connection_and_is_told(self, hub: Hub) -> None:
        self.pause(hub)
        assert hub.rows(Connection, "status", "status_reason") == [(ConnectionStatus.PAUSED, "they move house")]
        assert watch(hub, NOON) == {"PAUSED": "it is paused (they move house): nothing is read until it is resumed"}
        assert [kind for (kind,) in hub.rows(Event, "kind")] == ["notice.raised", "connection.paused"]

    def test_a_resumed_connection_may_run_and_nothing_is_left_to_tell(self, hub: Hub) -> None:
        self.pause(hub)
        assert self.resume(hub)
        assert hub.rows(Connection, "status", "status_reason") == [(ConnectionStatus.ACTIVE, None)]
        assert hub.rows(ConnectionNotice, "resolved_at", "resolved_by") == [(NOON + HOUR, "bo")]

    def test_credentials_may_be_tried_once_more(self, hub: Hub) -> None:
        put(hub, status=ConnectionStatus.NEEDS_AUTHORISATION)
        watch(hub, NOON)
        assert self.resume(hub)
        assert hub.rows(Connection, "status") == [(ConnectionStatus.ACTIVE,)]
        assert watch(hub, NOON) == {}

    def test_what_runs_needs_no_word(self, hub: Hub) -> None:
        assert not self.resume(hub)
        assert hub.rows(Event, "kind") == []

    def test_what_is_not_there_is_told_with_what_there_is(self, hub: Hub) -> None:
        with pytest.raises(NotFoundError, match=r"there is no connection 'boks' \(books\)"):
            self.pause(hub, name="boks")

    def test_what_is_configured_no_longer_is_refused(self, hub: Hub) -> None:
        put(hub, status=ConnectionStatus.REMOVED)
        with pytest.raises(ConflictError, match="configured no longer"):
            self.resume(hub)
