"""The channel: one file for each message id, complete or not there at all."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio.to_thread

from connectors.eml.letter import build_letter
from hub.plugins import ChannelKind, Clock, OutgoingMessage, TransientDeliveryError

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class EmlChannel:
    """Writes mail into a folder, which is made when it is needed."""

    folder: Path
    clock: Clock

    @property
    def name(self) -> str:
        """The name that settings use."""
        return "eml"

    @property
    def kind(self) -> ChannelKind:
        """Mail."""
        return ChannelKind.EMAIL

    async def deliver(self, message: OutgoingMessage) -> str | None:
        """Write the message once and give the name of its file; a message id that is there already is not written again.

        Raises AddressRejectedError and DeliveryError for what cannot be mailed, TransientDeliveryError when the folder cannot be written.
        """
        content = build_letter(message, now=self.clock.now())
        path = self.folder / f"{hashlib.sha256(message.message_id.encode()).hexdigest()[:32]}.eml"
        try:
            await anyio.to_thread.run_sync(partial(write_once, path, content))
        except OSError as error:
            reason = f"the folder for mail cannot be written: {error.strerror}"
            raise TransientDeliveryError(reason) from error
        return path.name


def write_once(path: Path, content: bytes) -> None:
    """Put a complete file at `path`, readable by its owner only; one that is there already is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)  # unlike a rename, a link never replaces a file that is there
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
