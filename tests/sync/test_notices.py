"""Notices: one while something goes on, silent once dismissed, resolved when it is over; each step leaves an event."""

from datetime import timedelta
from typing import Any

import pytest

from hub.errors import NotFoundError
from hub.model import ConnectionNotice, Event
from hub.sync.notices import dismiss_notice, raise_notice, resolve_notice
from hub.vocabulary import NoticeKind
from tests.sync.conftest import NOON, Hub

HOUR = timedelta(hours=1)
FAILED = NoticeKind.SYNC_FAILED


def tell(hub: Hub, message: str = "the line broke", *, kind: NoticeKind = FAILED, hours: int = 0, subject: str = "") -> bool:
    with hub.store.write() as connection:
        return raise_notice(connection, 1, kind, message=message, subject=subject, now=NOON + hours * HOUR)


def end(hub: Hub, *, hours: int, subject: str | None = "", by: str | None = None) -> int:
    with hub.store.write() as connection:
        return resolve_notice(connection, 1, FAILED, subject=subject, now=NOON + hours * HOUR, by=by)


def dismiss(hub: Hub, notice_id: int = 1, *, hours: int = 1) -> None:
    with hub.store.write() as connection:
        dismiss_notice(connection, notice_id, now=NOON + hours * HOUR, by="ada")


def notices(hub: Hub, *columns: str) -> list[tuple[Any, ...]]:
    return hub.rows(ConnectionNotice, *columns)


def events(hub: Hub) -> list[str]:
    return [kind for (kind,) in hub.rows(Event, "kind")]


@pytest.fixture(autouse=True)
def connected(hub: Hub) -> None:
    assert hub.connect("books") == 1


class TestRaise:
    def test_what_goes_on_is_one_notice_that_is_kept_up_to_date(self, hub: Hub) -> None:
        assert tell(hub)
        assert not tell(hub, "the line broke again", hours=2)
        assert notices(hub, "message", "raised_at", "last_seen_at") == [("the line broke again", NOON, NOON + 2 * HOUR)]
        assert events(hub) == ["notice.raised"]

    def test_kinds_and_subjects_are_told_apart(self, hub: Hub) -> None:
        assert tell(hub)
        assert tell(hub, subject="invoices")
        assert tell(hub, kind=NoticeKind.CONTRACT_BROKEN)
        assert len(notices(hub, "id")) == 3

    def test_what_comes_back_after_its_end_is_a_new_notice(self, hub: Hub) -> None:
        tell(hub)
        end(hub, hours=1)
        assert tell(hub, hours=2)
        assert notices(hub, "raised_at", "resolved_at") == [(NOON, NOON + HOUR), (NOON + 2 * HOUR, None)]

    def test_texts_that_no_database_takes_are_told_all_the_same(self, hub: Hub) -> None:
        assert tell(hub, "it said \x00", subject="\x00" * 400)
        assert not tell(hub, "it said \x00", subject="\x00" * 400)
        assert notices(hub, "message", "subject") == [("it said \ufffd", "\ufffd" * 300)]

    def test_the_event_says_what_happened_where(self, hub: Hub) -> None:
        tell(hub, subject="invoices")
        [(payload,)] = hub.rows(Event, "payload")
        assert payload == {"notice_id": 1, "connection_id": 1, "kind": "SYNC_FAILED", "subject": "invoices", "message": "the line broke"}


class TestResolve:
    def test_what_is_over_is_resolved_with_its_end(self, hub: Hub) -> None:
        tell(hub)
        assert end(hub, hours=3, by="ada") == 1
        assert notices(hub, "resolved_at", "resolved_by") == [(NOON + 3 * HOUR, "ada")]
        assert events(hub) == ["notice.raised", "notice.resolved"]

    def test_what_never_was_or_is_over_already_leaves_no_trace(self, hub: Hub) -> None:
        tell(hub)
        end(hub, hours=1)
        assert end(hub, hours=2) == 0
        assert events(hub) == ["notice.raised", "notice.resolved"]

    def test_one_subject_ends_alone_and_none_means_every_one(self, hub: Hub) -> None:
        for subject in ("", "invoices", "payments"):
            tell(hub, subject=subject)
        assert end(hub, hours=1, subject="invoices") == 1
        assert end(hub, hours=2, subject=None) == 2


class TestDismiss:
    def test_while_the_same_goes_on_it_stays_out_of_sight(self, hub: Hub) -> None:
        tell(hub)
        dismiss(hub)
        assert not tell(hub, hours=2)
        assert notices(hub, "dismissed_at", "dismissed_by", "last_seen_at") == [(NOON + HOUR, "ada", NOON + 2 * HOUR)]
        assert events(hub) == ["notice.raised", "notice.dismissed"]

    def test_something_else_brings_it_up_again(self, hub: Hub) -> None:
        tell(hub)
        dismiss(hub)
        assert tell(hub, "now the door is shut", hours=2)
        assert notices(hub, "message", "raised_at", "dismissed_at", "dismissed_by") == [("now the door is shut", NOON + 2 * HOUR, None, None)]
        assert events(hub) == ["notice.raised", "notice.dismissed", "notice.raised"]

    def test_it_ends_like_any_other_and_then_counts_anew(self, hub: Hub) -> None:
        tell(hub)
        dismiss(hub)
        assert end(hub, hours=2) == 1
        assert tell(hub, hours=3)

    def test_only_what_is_open_can_be_dismissed(self, hub: Hub) -> None:
        tell(hub)
        dismiss(hub)
        for unknown in (1, 2):
            with pytest.raises(NotFoundError, match=f"there is no open notice {unknown}"):
                dismiss(hub, unknown)
