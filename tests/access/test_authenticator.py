"""The authenticator follows the database at once, and notes uses without slowing anybody down."""

from datetime import datetime, timedelta

from sqlalchemy import event
from structlog.testing import capture_logs

from hub.access.authenticator import NOTE_EVERY, Authenticator
from hub.access.tokens import IssuedToken, issue_token, list_tokens, revoke_token
from hub.clock import FixedClock
from hub.store.engine import Store
from hub.vocabulary import Role


def issue(store: Store, clock: FixedClock) -> IssuedToken:
    with store.write() as connection:
        return issue_token(connection, "script", Role.AUDITOR, now=clock.now())


def last_used_at(store: Store) -> datetime | None:
    with store.read() as connection:
        return list_tokens(connection)[0].last_used_at


def test_a_token_becomes_a_principal_and_its_use_is_noted(store: Store, clock: FixedClock) -> None:
    issued = issue(store, clock)
    authenticate = Authenticator(store, clock)
    principal = authenticate(issued.secret)
    authenticate.close()
    assert principal is not None
    assert principal.role is Role.AUDITOR
    assert last_used_at(store) == clock.now()


def test_an_unknown_token_is_nobody(store: Store, clock: FixedClock) -> None:
    authenticate = Authenticator(store, clock)
    assert authenticate("dun_nothing") is None
    authenticate.close()


def test_a_revoked_token_is_refused_by_the_next_call(store: Store, clock: FixedClock) -> None:
    issued = issue(store, clock)
    authenticate = Authenticator(store, clock)
    assert authenticate(issued.secret) is not None
    with store.write() as connection:
        revoke_token(connection, issued.id, now=clock.now())
    assert authenticate(issued.secret) is None
    authenticate.close()


def test_uses_within_a_minute_are_written_once(store: Store, clock: FixedClock) -> None:
    issued = issue(store, clock)
    writes: list[str] = []

    def count(*arguments: object) -> None:
        statement = str(arguments[2])
        if statement.startswith("UPDATE"):
            writes.append(statement)

    event.listen(store.engine, "before_cursor_execute", count)
    authenticate = Authenticator(store, clock)
    start = clock.now()
    for seconds in range(0, 60, 10):
        clock.move_to(start + timedelta(seconds=seconds))
        assert authenticate(issued.secret) is not None
    authenticate.close()
    assert len(writes) == 1
    assert last_used_at(store) == start


def test_a_use_a_minute_later_is_written_again_even_after_a_restart(store: Store, clock: FixedClock) -> None:
    issued = issue(store, clock)
    for wait in (timedelta(0), NOTE_EVERY):
        clock.move_to(clock.now() + wait)
        authenticate = Authenticator(store, clock)
        authenticate(issued.secret)
        authenticate.close()
    assert last_used_at(store) == clock.now()


def test_nobody_waits_for_another_writer(store: Store, clock: FixedClock) -> None:
    issued = issue(store, clock)
    authenticate = Authenticator(store, clock)
    with store.write():
        assert authenticate(issued.secret) is not None
    authenticate.close()
    assert last_used_at(store) == clock.now()


def test_a_use_that_cannot_be_written_is_logged_and_refuses_nobody(store: Store, clock: FixedClock) -> None:
    issued = issue(store, clock)

    def fail(*arguments: object) -> None:
        if str(arguments[2]).startswith("UPDATE"):
            message = "the disk is full"
            raise OSError(message)

    event.listen(store.engine, "before_cursor_execute", fail)
    with capture_logs() as logs:
        authenticate = Authenticator(store, clock)
        assert authenticate(issued.secret) is not None
        authenticate.close()
    assert [(entry["log_level"], entry["error"]) for entry in logs] == [("warning", "OSError")]
