"""What a page of fetched objects answers."""

from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Refusal
from hub.sync.answers import answered
from hub.vocabulary import Stream
from tests.sync.records import customer, invoice

C1, I1 = (Stream.CUSTOMERS, "C1"), (Stream.INVOICES, "I1")


def test_records_deletions_and_refusals_answer_for_what_was_asked_and_nothing_else() -> None:
    page = Page(
        records=[customer("C1", source_version=3), customer("C2")],
        cursor=None,
        deletions=[Deletion(stream=Stream.INVOICES, external_id="I1", source_version=4)],
        refusals=[Refusal(place="x", reason="y", stream=Stream.INVOICES, external_id="I2"), Refusal(place="x", reason="y")],
    )
    asked = {C1, I1, (Stream.INVOICES, "I2"), (Stream.INVOICES, "I3")}
    assert answered(page, asked) == {C1: 3, I1: 4, (Stream.INVOICES, "I2"): None}


def test_of_an_object_that_is_told_of_twice_the_newest_version_counts() -> None:
    deletion = Deletion(stream=Stream.INVOICES, external_id="I1", source_version=7)
    for version in (6, 8):
        page = Page(records=[invoice("I1", source_version=version)], cursor=None, deletions=[deletion])
        assert answered(page, {I1}) == {I1: max(version, 7)}


def test_a_refusal_that_names_no_stream_answers_for_every_object_of_its_id() -> None:
    page = Page(records=(), cursor=None, refusals=[Refusal(place="x", reason="y", external_id="C1")])
    assert answered(page, {C1, (Stream.INVOICES, "C1"), I1}) == {C1: None, (Stream.INVOICES, "C1"): None}


def test_neither_a_mention_of_an_object_nor_one_of_the_same_id_in_another_stream_answers_for_it() -> None:
    page = Page(records=[customer("C1", create_only=True), invoice("C1")], cursor=None)
    assert answered(page, {C1}) == {}
