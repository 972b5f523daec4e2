"""Hints as they are stored, and what they ask for."""

import pytest

from hub.plugins.webhooks import WebhookHint
from hub.sync.webhooks.hints import from_document, is_behind, targets_of, to_document
from hub.vocabulary import Stream
from tests.sync.webhooks.world import hint

C1, I1 = (Stream.CUSTOMERS, "C1"), (Stream.INVOICES, "I1")


def test_each_object_is_asked_for_once_in_the_order_of_the_hints() -> None:
    assert targets_of([hint("I1", 1), hint("C1"), hint("I1", 2)]) == [I1, C1]


@pytest.mark.parametrize(("version", "told", "expected"), [(1, 2, True), (2, 2, False), (3, 2, False), (None, 2, False), (1, None, False)])
def test_only_a_known_older_version_is_behind(version: int | None, told: int | None, *, expected: bool) -> None:
    assert is_behind(version, hint("C1", told)) is expected


def test_hints_are_read_as_they_were_stored() -> None:
    hints = (hint("C1", 2**63 - 1), WebhookHint(Stream.PAYMENT_ATTEMPTS, "ä"))
    assert from_document(to_document(hints)) == hints
    assert (to_document(()), from_document(None)) == (None, ())


def test_a_stored_hint_at_a_stream_of_another_version_is_left_out() -> None:
    assert from_document([{"stream": "GADGETS", "external_id": "G1", "version": 1}]) == ()
