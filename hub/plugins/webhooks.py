"""The contract of webhooks: how a connector tells a genuine delivery from a forged one, and what is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from hub.vocabulary import Stream


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request as it came. `body` are the raw bytes, for signatures are made over these; `headers` have lower-case names.

    `connection` is the connection that the address names; `options` and `secrets` are that connection's own.
    """

    connection: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    options: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookHint:
    """An object that an event is about. It is fetched again; nothing of an event is taken over as it is.

    `source_version` is the object's version in the event; None: it does not say. The hub is done with the event when it knows this
    version or a later one.
    """

    stream: Stream
    external_id: str
    source_version: int | None = None


@dataclass(frozen=True, slots=True)
class WebhookEventItem:
    """One event. `event_id` is the source's own id of it, the same in every repetition. No hints: nothing that concerns the hub."""

    event_id: str
    hints: tuple[WebhookHint, ...]


class WebhookReader(Protocol):
    """Reads the deliveries of one kind of system."""

    @property
    def header_names(self) -> frozenset[str]:
        """The headers, in lower case, that are kept with a delivery; none that holds a secret."""
        ...

    def read(self, request: WebhookRequest) -> Sequence[WebhookEventItem]:
        """The events of a delivery. Raises SignatureError when it is not genuine or too old, RecordError when its body cannot be read."""
        ...
