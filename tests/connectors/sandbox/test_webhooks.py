"""Only a genuine and recent delivery is read, and of it only which objects to fetch."""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from connectors.sandbox.webhooks import SandboxWebhooks
from hub.plugins import RecordError, SignatureError, Stream, WebhookEventItem, WebhookHint, WebhookRequest
from tests.connectors.sandbox.small_world import NOW

SECRET = "sandbox-accounting-secret"
EVENT = {"id": "evt_1", "type": "invoice.updated", "collection": "invoices", "object_id": "inv-1", "version": 4, "created": "2026-11-22T11:59:00Z"}
BODY = json.dumps({"id": "d-1", "sent_at": "2026-11-22T12:00:00Z", "events": [EVENT]}).encode()
STAMP = int(NOW.timestamp())


def signature(body: bytes = BODY, *, secret: str = SECRET, stamp: int | str = STAMP) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()


def request(
    header: str | None = None,
    *,
    body: bytes = BODY,
    late: int = 0,
    options: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> WebhookRequest:
    text = f"t={STAMP},v1={signature(body)}" if header is None else header
    received = NOW + timedelta(seconds=late)
    return WebhookRequest("books", {"sandbox-signature": text}, body, received, options or {"system": "accounting"}, secrets or {})


def read(delivery: WebhookRequest) -> Sequence[WebhookEventItem]:
    return SandboxWebhooks().read(delivery)


class TestGenuine:
    def test_an_event_hints_at_its_object_and_version(self) -> None:
        assert read(request()) == [WebhookEventItem("evt_1", (WebhookHint(Stream.INVOICES, "inv-1", 4),))]

    @pytest.mark.parametrize("late", [-300, 0, 300])
    def test_the_window_holds_both_ways(self, late: int) -> None:
        assert read(request(late=late))

    def test_one_of_several_signatures_is_enough_while_a_secret_is_replaced(self) -> None:
        assert read(request(f"t={STAMP}, v1={signature(secret='old')}, v1={signature()}, v0=x"))

    def test_the_secret_of_the_connection_counts_and_not_the_one_that_everybody_knows(self) -> None:
        own = {"webhook_secret": "own"}
        assert read(request(f"t={STAMP},v1={signature(secret='own')}", secrets=own))
        with pytest.raises(SignatureError):
            read(request(secrets=own))

    def test_each_system_has_its_own_secret_and_collections(self) -> None:
        body = BODY.replace(b"invoices", b"companies")
        header = f"t={STAMP},v1={signature(body, secret='sandbox-crm-secret')}"
        (item,) = read(request(header, body=body, options={"system": "crm"}))
        assert item.hints == (WebhookHint(Stream.CUSTOMERS, "inv-1", 4),)

    def test_an_event_of_a_collection_that_nobody_reads_hints_at_nothing(self) -> None:
        body = BODY.replace(b"invoices", b"quotes")
        assert read(request(body=body)) == [WebhookEventItem("evt_1", ())]

    def test_a_version_may_be_left_out(self) -> None:
        body = json.dumps({"events": [{name: value for name, value in EVENT.items() if name != "version"}]}).encode()
        assert read(request(body=body))[0].hints[0].source_version is None


class TestForged:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "nonsense",
            f"t={STAMP}",
            f"v1={signature()}",
            f"t={STAMP},v1=",
            f"t={STAMP},v1={signature()},v1=",
            f"t={STAMP},t={STAMP},v1={signature()}",
            f"t=,v1={signature(stamp='')}",
            f"t=-5,v1={signature(stamp='-5')}",
            f"t={STAMP}.5,v1={signature(stamp=f'{STAMP}.5')}",
            f"t={'9' * 30},v1={signature(stamp='9' * 30)}",
            f"t={STAMP},v1={signature()[:-1]}",
            f"t={STAMP},v1={signature().upper()}",
            f"t={STAMP + 1},v1={signature()}",
            f"t={STAMP},v0={signature()}",
            f"t={STAMP},v1=ü",
        ],
        ids=range(16),
    )
    def test_a_header_that_does_not_fit_is_refused(self, header: str) -> None:
        with pytest.raises(SignatureError):
            read(request(header))

    def test_no_header_is_refused(self) -> None:
        with pytest.raises(SignatureError):
            read(WebhookRequest("books", {}, BODY, NOW, {"system": "accounting"}, {}))

    @pytest.mark.parametrize("body", [BODY + b" ", BODY.replace(b"inv-1", b"inv-2"), b""], ids=["longer", "changed", "empty"])
    def test_another_body_is_refused(self, body: bytes) -> None:
        with pytest.raises(SignatureError, match="does not fit"):
            read(request(f"t={STAMP},v1={signature()}", body=body))

    @pytest.mark.parametrize("late", [-301, 301, 86_400])
    def test_what_was_signed_too_long_ago_or_too_far_ahead_is_refused(self, late: int) -> None:
        with pytest.raises(SignatureError, match="300 seconds"):
            read(request(late=late))

    def test_the_error_tells_nothing_of_secret_or_signature(self) -> None:
        with pytest.raises(SignatureError) as caught:
            read(request(f"t={STAMP},v1=abc"))
        assert SECRET not in str(caught.value)
        assert signature() not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"events": 5}',
        b'{"events": ["x"]}',
        b'{"events": [{}]}',
        b'{"events": [{"id": "e", "collection": "invoices"}]}',
        b"[" * 50_000,
        b"\xff",
    ],
    ids=range(10),
)
def test_a_genuine_body_of_another_form_is_a_record_error(body: bytes) -> None:
    with pytest.raises(RecordError):
        read(request(body=body))


def test_no_header_that_holds_a_secret_is_kept() -> None:
    assert SandboxWebhooks().header_names == {"sandbox-signature"}
