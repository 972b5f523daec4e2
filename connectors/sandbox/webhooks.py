"""Deliveries of the sandbox: signed, perhaps repeated, in any order; each event tells which object to fetch again."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, cast

import msgspec

from connectors.sandbox.mapping import COLLECTIONS, Collection
from connectors.sandbox.options import read_options
from connectors.sandbox.server import Keys
from connectors.toolkit.payload import Payload, id_of
from hub.plugins import RecordError, SignatureError, WebhookEventItem, WebhookHint, WebhookRequest

SIGNATURE_HEADER = "sandbox-signature"
WINDOW_SECONDS = 300
_MOST_DIGITS = 12


class SandboxWebhooks:
    """Reads deliveries of all three systems; the connection's options say which of them it belongs to."""

    header_names = frozenset({SIGNATURE_HEADER})

    def read(self, request: WebhookRequest) -> Sequence[WebhookEventItem]:
        """The events of a delivery. Raises SignatureError when it is not genuine or too old, RecordError when it is not of the agreed form."""
        system = read_options(request.options).system
        secret = request.secrets.get("webhook_secret") or getattr(Keys(), f"{system.value}_secret")
        _require_genuine(request, secret)
        delivery = _delivery(request.body)
        return [_event(event, COLLECTIONS[system]) for event in delivery.parts("events")]


def _require_genuine(request: WebhookRequest, secret: str) -> None:
    """Refuse what is not signed with the secret over exactly this body, or was signed too long ago or too far ahead.

    Several signatures may stand in the header, as when a secret is being replaced; one that fits is enough.
    """
    instant, signatures = _signed(request.headers.get(SIGNATURE_HEADER, ""))
    expected = hmac.new(secret.encode(), instant.encode() + b"." + request.body, sha256).hexdigest().encode()
    matches = [hmac.compare_digest(expected, signature.encode()) for signature in signatures]
    if not any(matches):
        raise SignatureError("the signature does not fit the body")
    if abs(request.received_at.timestamp() - int(instant)) > WINDOW_SECONDS:
        raise SignatureError(f"the delivery was signed more than {WINDOW_SECONDS} seconds before or after now")


def _signed(header: str) -> tuple[str, list[str]]:
    """The instant, as the digits that were signed, and the signatures of a header `t=…,v1=…`. Parts with other names are left alone."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    instants = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(instants) != 1 or not (instants[0].isascii() and instants[0].isdigit() and len(instants[0]) <= _MOST_DIGITS):
        raise SignatureError(f"{SIGNATURE_HEADER} does not say when the delivery was signed")
    if not signatures or not all(signatures):
        raise SignatureError(f"{SIGNATURE_HEADER} has no signature, or an empty one")
    return instants[0], signatures


def _delivery(body: bytes) -> Payload:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RecordError("the body is no JSON", reference="a delivery") from error
    if not isinstance(document, dict) or "events" not in document:
        raise RecordError("the body has no events", reference="a delivery")
    values = cast("dict[str, Any]", document)
    return Payload(values, id_of(values) or "a delivery")


def _event(event: Payload, collections: Mapping[str, Collection]) -> WebhookEventItem:
    collection = collections.get(event.text("collection"))
    if collection is None:
        return WebhookEventItem(event.text("id"), ())
    return WebhookEventItem(event.text("id"), (WebhookHint(collection.stream, event.text("object_id"), event.integer_or_none("version")),))
