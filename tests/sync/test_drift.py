"""Schema drift: the first knowledge makes no noise, later changes are told in plain words, and a person's word settles them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from hub.model import ConnectionNotice, Event, SourceField
from hub.plugins.records import Record
from hub.sync.drift import DriftWatch, accept_drift, tell_drift
from hub.sync.drift_judging import ENOUGH_TO_MISS, describe_drift
from hub.vocabulary import Stream
from tests.sync.conftest import NOON, Hub
from tests.sync.records import customer, invoice

HOUR = timedelta(hours=1)
PLAIN = {"id": "1", "total": "100.00", "memo": None, "address": {"city": "Bonn", "zip": "53111"}}


@pytest.fixture(autouse=True)
def connected(hub: Hub) -> None:
    assert hub.connect("books") == 1


def invoices(*payloads: dict[str, Any] | None, times: int = 1) -> Sequence[Record]:
    return [invoice(f"I{number}", raw=payload) for number, payload in enumerate(payloads * times)]


def run(hub: Hub, *pages: Sequence[Record], learning: Sequence[Stream] = (), hours: int = 0) -> str:
    """A run that reads some pages; what drifted, in words."""
    watch = DriftWatch(1)
    for page in pages:
        watch.look(page)
    with hub.store.write() as connection:
        drifts = watch.save(connection, now=NOON + hours * HOUR, learning=learning)
        tell_drift(connection, 1, now=NOON + hours * HOUR)
    return describe_drift(drifts)


def accept(hub: Hub, *, hours: int = 1) -> int:
    with hub.store.write() as connection:
        return accept_drift(connection, 1, now=NOON + hours * HOUR, by="ada")


def fields(hub: Hub) -> dict[str, tuple[list[str], str]]:
    return {path: (types, state.value) for path, types, state in hub.rows(SourceField, "path", "types", "state")}


def open_notices(hub: Hub) -> list[str]:
    return [message for message, over in hub.rows(ConnectionNotice, "message", "resolved_at") if over is None]


class TestFirstKnowledge:
    def test_everything_is_known_without_noise(self, hub: Hub) -> None:
        assert run(hub, invoices(PLAIN)) == ""
        assert fields(hub) == {
            "id": (["text"], "KNOWN"),
            "total": (["text"], "KNOWN"),
            "memo": (["null"], "KNOWN"),
            "address": (["object"], "KNOWN"),
            "address.city": (["text"], "KNOWN"),
            "address.zip": (["text"], "KNOWN"),
        }
        assert open_notices(hub) == []

    def test_a_read_that_goes_on_in_a_later_run_still_learns(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN), learning=[Stream.INVOICES])
        assert run(hub, invoices(PLAIN | {"terms": 30, "total": 100}), learning=[Stream.INVOICES]) == ""
        assert fields(hub)["terms"] == (["number"], "KNOWN")
        assert fields(hub)["total"] == (["text", "number"], "KNOWN")

    def test_a_stream_that_comes_later_is_learned_by_itself(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        assert run(hub, [*invoices(PLAIN), customer(raw={"id": "7"})]) == ""

    def test_records_without_payload_and_mentions_teach_nothing(self, hub: Hub) -> None:
        assert run(hub, [], [*invoices(None), customer(raw={"name": "Ada"}, create_only=True)]) == ""
        assert fields(hub) == {}

    @pytest.mark.parametrize(
        ("value", "kind"),
        [("x", "text"), (1, "number"), (1.5, "number"), (True, "boolean"), (None, "null"), ([], "list"), ({}, "object")],
        ids=repr,
    )
    def test_types_are_those_of_json(self, hub: Hub, value: object, kind: str) -> None:
        run(hub, invoices({"field": value}))
        assert fields(hub) == {"field": ([kind], "KNOWN")}

    def test_names_that_no_database_takes_do_not_stop_a_run(self, hub: Hub) -> None:
        run(hub, invoices({"\x00": 1, "x" * 301: 1, "\ud800": 1}))
        assert set(fields(hub)) == {"\ufffd", "?"}

    def test_payloads_used_as_maps_cannot_flood_the_table(self, hub: Hub) -> None:
        run(hub, *(invoices({"id": "1", "rates": {f"{page}-{number}": 1 for number in range(100)}}) for page in range(20)))
        assert len(fields(hub)) == 500


class TestDrift:
    def test_a_field_never_seen_before_is_new(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        assert run(hub, invoices(PLAIN | {"terms": 30}), hours=1) == "invoices: the field terms is new"
        assert fields(hub)["terms"] == (["number"], "NEW")
        assert run(hub, invoices(PLAIN | {"terms": 30}), hours=2) == ""
        assert open_notices(hub) == ["invoices: the field terms is new"]

    def test_an_object_that_is_new_is_told_without_its_fields(self, hub: Hub) -> None:
        run(hub, invoices({"id": "1", "address": {"city": "Bonn"}}))
        later = {"id": "1", "address": {"city": "Bonn", "zip": "53111"}, "delivery": {"city": "Bonn"}}
        assert run(hub, invoices(later)) == "invoices: the field address.zip is new; the field delivery is new"

    def test_a_further_type_is_told_with_the_one_before(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        assert run(hub, invoices(PLAIN | {"total": 100})) == "invoices: the field total was a text and is now a number too"
        assert fields(hub)["total"] == (["text", "number"], "RETYPED")
        assert run(hub, invoices(PLAIN | {"total": {}})) == "invoices: the field total was a text or a number and is now an object too"

    def test_null_is_no_type(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        assert run(hub, invoices(PLAIN | {"memo": "hello", "total": None})) == ""
        assert fields(hub)["memo"] == (["null", "text"], "KNOWN")

    def test_what_was_always_there_and_is_in_none_of_many_is_missing(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        gone = {"id": "1", "total": "1.00", "memo": None}
        assert run(hub, *[invoices(gone, times=50)] * 4) == "invoices: the field address was always there and is missing"
        assert fields(hub)["address.city"] == (["text"], "MISSING")
        assert open_notices(hub) == ["invoices: the field address was always there and is missing"]

    def test_few_may_lack_a_field_by_chance(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        assert run(hub, *[invoices({"id": "1"})] * (ENOUGH_TO_MISS - 1)) == ""
        assert run(hub, *[invoices({"id": "1"})] * ENOUGH_TO_MISS) != ""

    def test_a_field_that_some_always_lacked_is_not_missed(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN, PLAIN | {"po": "7"}))
        assert run(hub, *[invoices(PLAIN)] * ENOUGH_TO_MISS) == ""

    def test_what_comes_back_is_known_again_and_no_longer_told(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN | {"po": "7"}))
        run(hub, *[invoices(PLAIN)] * ENOUGH_TO_MISS)
        assert run(hub, invoices(PLAIN | {"po": "8"})) == ""
        assert fields(hub)["po"] == (["text"], "KNOWN")
        assert open_notices(hub) == []

    def test_saving_twice_tells_once(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        watch = DriftWatch(1)
        watch.look(invoices(PLAIN | {"terms": 30}))
        with hub.store.write() as connection:
            assert [drift.path for drift in watch.save(connection, now=NOON)] == ["terms"]
            assert watch.save(connection, now=NOON) == []

    def test_when_a_field_was_seen_last_is_kept(self, hub: Hub) -> None:
        run(hub, invoices({"id": "1", "po": "7"}))
        run(hub, invoices({"id": "1"}), hours=3)
        assert hub.rows(SourceField, "path", "first_seen_at", "last_seen_at") == [("id", NOON, NOON + 3 * HOUR), ("po", NOON, NOON)]

    def test_many_changes_are_counted_instead_of_named(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN), [customer(raw={"id": "7"})])
        told = run(hub, invoices(PLAIN | {f"f{number}": 1 for number in range(10)}), [customer(raw={"id": "7", "fax": "1"})])
        assert told.startswith("customers: the field fax is new. invoices: the field f0 is new; ")
        assert told.endswith("; and 2 more")


class TestAccept:
    def test_a_word_settles_what_drifted_and_ends_the_notice(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        run(hub, invoices(PLAIN | {"terms": 30, "total": 100}))
        assert accept(hub) == 2
        assert {fields(hub)[path][1] for path in ("terms", "total")} == {"ACCEPTED"}
        assert hub.rows(ConnectionNotice, "resolved_at", "resolved_by") == [(NOON + HOUR, "ada")]
        assert [kind for (kind,) in hub.rows(Event, "kind")] == ["notice.raised", "notice.resolved"]

    def test_what_was_accepted_is_told_again_when_it_changes_again(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN))
        run(hub, invoices(PLAIN | {"total": 100}))
        accept(hub)
        assert run(hub, invoices(PLAIN | {"total": 100})) == ""
        assert run(hub, invoices(PLAIN | {"total": True})) == "invoices: the field total was a text or a number and is now a boolean too"

    def test_what_is_accepted_as_missing_is_not_missed_again(self, hub: Hub) -> None:
        run(hub, invoices(PLAIN | {"po": "7"}))
        run(hub, *[invoices(PLAIN)] * ENOUGH_TO_MISS)
        assert accept(hub) == 1
        assert run(hub, *[invoices(PLAIN)] * ENOUGH_TO_MISS) == ""
        assert fields(hub)["po"] == (["text"], "ACCEPTED")

    def test_nothing_to_accept_is_no_fault(self, hub: Hub) -> None:
        assert accept(hub) == 0


class TestSampling:
    def sampled(self, *pages: Sequence[Record]) -> dict[Stream, int]:
        watch = DriftWatch(1)
        for page in pages:
            watch.look(page)
        return {stream: shapes.sampled_count for stream, shapes in watch.streams.items() if shapes.sampled_count}

    def test_a_small_page_is_looked_at_as_a_whole(self) -> None:
        assert self.sampled(invoices({"id": "1"}, times=20)) == {Stream.INVOICES: 20}

    @pytest.mark.parametrize("size", [51, 80, 100, 1_000, 5_000])
    def test_of_a_large_page_some_are_looked_at(self, size: int) -> None:
        assert 20 < self.sampled(invoices({"id": "1"}, times=size))[Stream.INVOICES] <= 50

    def test_where_plenty_are_known_a_few_suffice(self) -> None:
        assert self.sampled(*[invoices({"id": "1"}, times=50)] * 110)[Stream.INVOICES] <= 800

    def test_streams_that_take_turns_are_all_seen(self) -> None:
        turns = [record for number in range(1_000) for record in (invoice(f"I{number}", raw={"id": "1"}), customer(f"C{number}", raw={"id": "1"}))]
        found = self.sampled(*[turns] * 30)
        assert min(found.values()) > 500
