"""A connection whose source refused our credentials stops, and tells why."""

import pytest
import sqlalchemy as sa

from hub.errors import AuthorisationError
from hub.model import Connection, ConnectionNotice, table_of
from hub.sync.stopping import stop_for_credentials
from hub.vocabulary import ConnectionStatus, NoticeKind
from tests.sync.conftest import Hub

REFUSED = AuthorisationError("the token was revoked", connection="books")


def stop(hub: Hub) -> None:
    connection_id = hub.connect("books")
    with hub.store.write() as connection:
        stop_for_credentials(connection, connection_id, REFUSED, now=hub.clock.now())


def set_status(hub: Hub, status: ConnectionStatus) -> None:
    hub.connect("books")
    with hub.store.write() as connection:
        connection.execute(sa.update(table_of(Connection)).values(status=status))


def test_it_waits_for_a_person_and_says_why(hub: Hub) -> None:
    stop(hub)
    assert hub.rows(Connection, "status", "status_reason") == [(ConnectionStatus.NEEDS_AUTHORISATION, "the token was revoked")]
    told = "the source refused our credentials (the token was revoked): set its secret anew, then `dunwell connections resume books`"
    assert hub.rows(ConnectionNotice, "kind", "message", "resolved_at") == [(NoticeKind.NEEDS_AUTHORISATION, told, None)]


@pytest.mark.parametrize("status", [ConnectionStatus.PAUSED, ConnectionStatus.REMOVED])
def test_what_a_person_has_stopped_meanwhile_stays_as_it_is(hub: Hub, status: ConnectionStatus) -> None:
    set_status(hub, status)
    stop(hub)
    assert hub.rows(Connection, "status", "status_reason") == [(status, None)]
    assert hub.rows(ConnectionNotice, "kind") == []
