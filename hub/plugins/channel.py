"""The contract of a channel: how a message leaves the hub."""

from dataclasses import dataclass
from typing import Protocol

from hub.vocabulary import ChannelKind


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to one address, rendered. `message_id` is fixed before the first try and never changes."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str | None = None


class Channel(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> str:
        """The name that settings use, e.g. `eml`."""
        ...

    @property
    def kind(self) -> ChannelKind:
        """What it carries."""
        ...

    async def deliver(self, message: OutgoingMessage) -> str | None:
        """Hand the message over once; returns the provider's reference, None where there is none.

        Raises TransientDeliveryError when it was surely not taken, AddressRejectedError when the address is refused.
        """
        ...
