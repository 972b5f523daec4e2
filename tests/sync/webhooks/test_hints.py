"""What a fetched page answers, and hints as they are stored."""

import pytest

from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Refusal
from hub.plugins.webhooks import WebhookHint
from hub.sync.webhooks.hints import answered, from_document, is_behind, targets_of, to_document
from hub.vocabulary import Stream
from tests.sync.records import customer, invoice
from tests.sync.webhooks.world import hint

C1, I1 = (Stream.CUSTOMERS, "C1"), (Stream.INVOICES, "I1")


def test_each_object_is_asked_for_once_in_the_order_of_the_hints() -> None:
    assert targets_of([hint("I1", 1), hint("C1"), hint("I1", 2)]) == [I1, C1]


class TestAnswered:
    def test_records_deletions_and_refusals_answer_for_what_was_asked_and_nothing_else(self) -> None:
        page = Page(
            records=[customer("C1", source_version=3), customer("C2")],
            cursor=None,
            deletions=[Deletion(stream=Stream.INVOICES, external_id="I1", source_version=4)],
            refusals=[Refusal(place="x", reason="y", stream=Stream.INVOICES, external_id="I2"), Refusal(place="x", reason="y")],
        )
        asked = {C1, I1, (Stream.INVOICES, "I2"), (Stream.INVOICES, "I3")}
        assert answered(page, asked) == {C1: 3, I1: 4, (Stream.INVOICES, "I2"): None}

    def test_of_an_object_that_is_told_of_twice_the_newest_version_counts(self) -> None:
        deletion = Deletion(stream=Stream.INVOICES, external_id="I1", source_version=7)
        for version in (6, 8):
            page = Page(records=[invoice("I1", source_version=version)], cursor=None, deletions=[deletion])
            assert answered(page, {I1}) == {I1: max(version, 7)}

    def test_a_refusal_that_names_no_stream_answers_for_every_object_of_its_id(self) -> None:
        page = Page(records=(), cursor=None, refusals=[Refusal(place="x", reason="y", external_id="C1")])
        assert answered(page, {C1, (Stream.INVOICES, "C1"), I1}) == {C1: None, (Stream.INVOICES, "C1"): None}


@pytest.mark.parametrize(("version", "told", "expected"), [(1, 2, True), (2, 2, False), (3, 2, False), (None, 2, False), (1, None, False)])
def test_only_a_known_older_version_is_behind(version: int | None, told: int | None, *, expected: bool) -> None:
    assert is_behind(version, hint("C1", told)) is expected


def test_hints_are_read_as_they_were_stored() -> None:
    hints = (hint("C1", 2**63 - 1), WebhookHint(Stream.PAYMENT_ATTEMPTS, "ä"))
    assert from_document(to_document(hints)) == hints
    assert (to_document(()), from_document(None)) == (None, ())


def test_a_stored_hint_at_a_stream_of_another_version_is_left_out() -> None:
    assert from_document([{"stream": "GADGETS", "external_id": "G1", "version": 1}]) == ()
