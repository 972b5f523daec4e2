"""An input for every mutation with which it has an effect, so that what holds for all of them can be shown of each."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from hub.model import ApiToken, ConnectionNotice, JobRun, Schedule
from hub.vocabulary import ConnectionStatus, Entity, JobStatus, NoticeKind, Role
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub

Input = dict[str, Any]


def token(hub: Hub, **values: object) -> str:
    """A token that nobody can use, since nobody knows its secret."""
    number = len(hub.rows(ApiToken))
    given: dict[str, object] = {"name": "till", "role": Role.FINANCE, "token_hash": number.to_bytes(32), "created_at": NOW}
    return encode_id("ApiToken", hub.insert(ApiToken, **given | values))


def books(hub: Hub) -> str:
    """The one connection."""
    return encode_id("ConnectedSystem", hub.connection_id)


def job(hub: Hub, status: JobStatus, **values: object) -> int:
    """A job of the connection."""
    number = len(hub.rows(JobRun))
    given: dict[str, object] = {"kind": "sync", "unique_key": f"sync:{number}", "status": status, "connection_id": hub.connection_id}
    return hub.insert(JobRun, **given | {"created_at": NOW, "run_at": NOW} | values)


def job_id(hub: Hub, status: JobStatus, **values: object) -> str:
    """Its id in the API."""
    return encode_id("JobRun", job(hub, status, **values))


def schedule(hub: Hub, **values: object) -> str:
    """The schedule of the connection, every 15 minutes."""
    given: dict[str, object] = {"name": "books", "kind": "sync", "connection_id": hub.connection_id, "interval_seconds": 900, "next_slot_at": NOW}
    return encode_id("Schedule", hub.insert(Schedule, **given | values))


def notice(hub: Hub, **values: object) -> str:
    """A notice of the connection."""
    given: dict[str, object] = {"connection_id": hub.connection_id, "kind": NoticeKind.SYNC_FAILED, "message": "no answer"}
    return encode_id("ConnectionNotice", hub.insert(ConnectionNotice, **given | {"raised_at": NOW, "last_seen_at": NOW} | values))


def rejected(hub: Hub, **values: object) -> str:
    """A rejected record that was mapped."""
    return encode_id("RejectedRecord", hub.rejected(hub.run(), **{"record": "{}"} | values))


def known_customer(hub: Hub) -> str:
    """A customer that the connection knows."""
    customer = hub.customer("Acme")
    hub.reference(Entity.CUSTOMER, customer, "C1")
    return encode_id("Customer", customer)


def _paused(hub: Hub) -> Input:
    shop = hub.connection("shop", status=ConnectionStatus.PAUSED, status_reason="moving")
    return {"id": encode_id("ConnectedSystem", shop)}


def _running(hub: Hub) -> Input:
    return {"id": encode_id("SyncRun", hub.run(job_run_id=job(hub, JobStatus.RUNNING)))}


EXAMPLES: Mapping[str, Callable[[Hub], Input]] = {
    "apiTokenCreate": lambda _hub: {"name": "till", "role": "FINANCE", "expiresAt": (NOW + timedelta(days=1)).isoformat()},
    "apiTokenRevoke": lambda hub: {"id": token(hub)},
    "connectionPause": lambda hub: {"id": books(hub)},
    "connectionResume": _paused,
    "connectionNoticeDismiss": lambda hub: {"id": notice(hub)},
    "syncStart": lambda hub: {"connection": books(hub)},
    "syncCancel": _running,
    "connectionDeletionsApprove": lambda hub: {"connection": books(hub), "count": 12},
    "entityResync": lambda hub: {"id": known_customer(hub)},
    "jobRetry": lambda hub: {"id": job_id(hub, JobStatus.DEAD)},
    "jobCancel": lambda hub: {"id": job_id(hub, JobStatus.QUEUED)},
    "schedulePause": lambda hub: {"id": schedule(hub)},
    "scheduleResume": lambda hub: {"id": schedule(hub, is_enabled=False)},
    "rejectedRecordRetry": lambda hub: {"id": rejected(hub)},
    "rejectedRecordRetryBulk": lambda hub: {"ids": [rejected(hub), rejected(hub)]},
    "rejectedRecordDismiss": lambda hub: {"id": rejected(hub)},
    "rejectedRecordDismissBulk": lambda hub: {"ids": [rejected(hub), rejected(hub)]},
}
