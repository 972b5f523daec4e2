"""Retention: deliveries go after 30 days, the ids of their events 30 days later, and nothing goes that is still open."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.model import WebhookDelivery, WebhookEvent
from hub.sync.webhooks.events import EVENTS
from hub.sync.webhooks.retention import Forgotten, forget_old
from hub.vocabulary import WebhookEventStatus
from tests.sync.conftest import NOON, Hub
from tests.sync.webhooks.world import hint, item, tell

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def forget(hub: Hub, after: timedelta) -> Forgotten:
    with hub.store.write() as connection:
        return forget_old(connection, NOON + after)


def end_all(hub: Hub, status: WebhookEventStatus = WebhookEventStatus.APPLIED) -> None:
    with hub.store.write() as connection:
        connection.execute(sa.update(EVENTS).values(status=status, ended_at=NOON))


def kept(hub: Hub) -> tuple[int, int]:
    return len(hub.rows(WebhookDelivery, "id")), len(hub.rows(WebhookEvent, "id"))


def test_a_delivery_goes_after_thirty_days_and_its_event_ids_after_sixty(hub: Hub) -> None:
    tell(hub, item(1, hint("C1")), item(2))
    end_all(hub)
    assert (forget(hub, 30 * DAY), kept(hub)) == (Forgotten(0, 0), (1, 2))
    assert (forget(hub, 30 * DAY + SECOND), kept(hub)) == (Forgotten(1, 0), (0, 2))
    assert (forget(hub, 60 * DAY), kept(hub)) == (Forgotten(0, 0), (0, 2))
    assert (forget(hub, 60 * DAY + SECOND), kept(hub)) == (Forgotten(0, 2), (0, 0))


@pytest.mark.parametrize("status", [WebhookEventStatus.PENDING, WebhookEventStatus.UNKNOWN])
def test_a_delivery_with_an_open_event_stays(hub: Hub, status: WebhookEventStatus) -> None:
    tell(hub, item(1, hint("C1")), item(2))
    end_all(hub)
    with hub.store.write() as connection:
        connection.execute(sa.update(EVENTS).where(EVENTS.c.event_id == "evt_000001").values(status=status, ended_at=None))
    assert (forget(hub, 90 * DAY), kept(hub)) == (Forgotten(0, 0), (1, 2))


@pytest.mark.parametrize("status", [WebhookEventStatus.APPLIED, WebhookEventStatus.IGNORED, WebhookEventStatus.GIVEN_UP])
def test_every_end_is_an_end(hub: Hub, status: WebhookEventStatus) -> None:
    tell(hub, item(1, hint("C1")))
    end_all(hub, status)
    assert forget(hub, 31 * DAY) == Forgotten(1, 0)


def test_a_repetition_in_the_meantime_is_known(hub: Hub) -> None:
    tell(hub, item(1, hint("C1")))
    end_all(hub)
    forget(hub, 45 * DAY)
    tell(hub, item(1, hint("C1")))
    assert hub.rows(WebhookEvent, "event_id", "status") == [("evt_000001", WebhookEventStatus.APPLIED)]
