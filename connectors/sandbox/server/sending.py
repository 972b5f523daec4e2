"""Webhooks: the events of a system as signed deliveries, some of them twice, in any order, as real systems send them."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

import httpx
import structlog

from connectors.sandbox.server.objects import Json, to_json
from connectors.sandbox.system import System, SystemEvent
from hub.plugins import Clock

SIGNATURE_HEADER = "Sandbox-Signature"
_LARGEST_GROUP = 5
_REPEATED_SHARE = 0.1
_LONGEST_WAIT = timedelta(minutes=5)
_MOST_TRIES = 12

_log = structlog.get_logger(__name__)


class Delivery(NamedTuple):
    """One request as it is posted. The signature is over exactly these bytes."""

    headers: Mapping[str, str]
    body: bytes


def deliveries(system: System, events: Sequence[SystemEvent], *, secret: str, now: datetime, random: Random) -> list[Delivery]:
    """The events as signed deliveries: grouped, a tenth of them repeated, all in an order of the generator's choice."""
    return [signed(parcel, secret=secret, now=now) for parcel in parcels(system, events, random)]


@dataclass(slots=True)
class Parcel:
    """Events that are posted together. `id` stays the same however often it is tried."""

    id: str
    events: Sequence[SystemEvent]
    tries: int = 0
    due: datetime | None = None


def parcels(system: System, events: Sequence[SystemEvent], random: Random) -> list[Parcel]:
    """The events in groups, a tenth of them repeated, all in an order of the generator's choice."""
    waiting = [*events, *(event for event in events if random.random() < _REPEATED_SHARE)]
    random.shuffle(waiting)
    made: list[Parcel] = []
    while waiting:
        size = random.randint(1, _LARGEST_GROUP)
        made.append(Parcel(f"dlv_{system.name}_{random.getrandbits(64):016x}", waiting[:size]))
        del waiting[:size]
    return made


def signed(parcel: Parcel, *, secret: str, now: datetime) -> Delivery:
    """The request for a parcel, signed with the instant at which it leaves."""
    document = {"id": parcel.id, "sent_at": now, "events": [_event(event) for event in parcel.events]}
    body, stamp = to_json(document), int(now.timestamp())
    signature = hmac.digest(secret.encode(), f"{stamp}.".encode() + body, "sha256").hex()
    return Delivery({"Content-Type": "application/json", SIGNATURE_HEADER: f"t={stamp},v1={signature}"}, body)


def _event(event: SystemEvent) -> Json:
    named = {"id": event.id, "type": event.kind, "collection": event.collection, "object_id": event.object_id}
    return {**named, "version": event.version, "created": event.at}


class WebhookSender:
    """Posts what happens in one system to one address, from now on.

    What is not answered with 2xx is tried again, after a wait that doubles up to five minutes, twelve times in all; then it is given up, and
    the receiver must find what it missed by reading.
    """

    def __init__(self, system: System, url: str, *, secret: str, clock: Clock, random: Random) -> None:
        self._system = system
        self._url = url
        self._secret = secret
        self._clock = clock
        self._random = random
        self._events_seen = len(system.events)
        self._waiting: list[Parcel] = []

    @property
    def waiting_count(self) -> int:
        """How many parcels have not been taken yet."""
        return len(self._waiting)

    async def send_due(self, client: httpx.AsyncClient) -> None:
        """Post the new events, and what is due of those that were not taken."""
        new = self._system.events[self._events_seen :]
        self._events_seen += len(new)
        waiting = [*self._waiting, *parcels(self._system, new, self._random)]
        self._waiting = [parcel for parcel in waiting if not await self._is_done(client, parcel)]

    async def _is_done(self, client: httpx.AsyncClient, parcel: Parcel) -> bool:
        """Whether a parcel needs no other try, after the one that is due now."""
        now = self._clock.now()
        if parcel.due is not None and parcel.due > now:
            return False
        trouble = await self._post(client, signed(parcel, secret=self._secret, now=now))
        if trouble is None:
            return True
        parcel.tries += 1
        parcel.due = now + min(timedelta(seconds=2**parcel.tries), _LONGEST_WAIT)
        _log.warning("webhook not taken", system=self._system.name, delivery=parcel.id, tries=parcel.tries, trouble=trouble)
        return parcel.tries >= _MOST_TRIES

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery) -> str | None:
        """What went wrong; None: it was taken."""
        try:
            answer = await client.post(self._url, headers=delivery.headers, content=delivery.body)
        except httpx.RequestError as error:
            return type(error).__name__
        return None if answer.is_success else f"status {answer.status_code}"
