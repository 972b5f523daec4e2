"""Versions of deletions: in whatever order forms and deletions of one object come, the newest of them counts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from hub.model import Customer, ExternalReference, Invoice, RejectedRecord, Tombstone, WaitingRecord
from hub.plugins.connector import Page
from hub.plugins.records import Deletion
from hub.sync.request import SyncReport
from hub.vocabulary import RejectionStatus, Stream, SyncRunStatus
from tests.sync.conftest import Hub
from tests.sync.records import customer, invoice

INSTANT = datetime(2026, 11, 1, tzinfo=UTC)


async def delete(hub: Hub, external_id: str, version: int | None = None, *, at: datetime | None = None, stream: Stream = Stream.INVOICES) -> SyncReport:
    """A page with a deletion and nothing else."""
    deletion = Deletion(stream=stream, external_id=external_id, source_version=version, source_updated_at=at)
    return await hub.sync(Page(records=(), cursor=None, deletions=[deletion]))


def references(hub: Hub) -> dict[str, tuple[int | None, bool]]:
    """Version and whether it is deleted, by external id."""
    rows = hub.rows(ExternalReference, "external_id", "source_version", "is_deleted_at_source")
    return {name: (version, is_deleted) for name, version, is_deleted in rows}


class TestDeletedAgain:
    async def test_a_form_between_two_deletions_does_not_bring_back_what_the_second_one_took(self, hub: Hub) -> None:
        await hub.sync([customer(), invoice("I1", source_version=1)])
        await delete(hub, "I1", 2)
        report = await delete(hub, "I1", 4)
        late = await hub.sync([invoice("I1", source_version=3)])
        assert references(hub)["I1"] == (4, True)
        assert hub.rows(Invoice, "is_deleted") == [(True,)]
        assert (report.total("deleted"), report.total("unchanged"), late.total("stale")) == (0, 1, 1)

    async def test_a_newer_instant_of_a_second_deletion_counts_where_there_is_no_version(self, hub: Hub) -> None:
        await hub.sync([customer(), invoice("I1", source_updated_at=INSTANT)])
        await delete(hub, "I1", at=INSTANT + timedelta(hours=1))
        await delete(hub, "I1", at=INSTANT + timedelta(hours=3))
        await hub.sync([invoice("I1", source_updated_at=INSTANT + timedelta(hours=2))])
        assert hub.rows(Invoice, "is_deleted") == [(True,)]

    async def test_a_late_deletion_does_not_make_the_last_one_older(self, hub: Hub) -> None:
        await hub.sync([customer(), invoice("I1", source_version=1)])
        await delete(hub, "I1", 4)
        await delete(hub, "I1", 2)
        assert references(hub)["I1"] == (4, True)

    async def test_what_came_back_after_the_second_deletion_is_restored(self, hub: Hub) -> None:
        await hub.sync([customer(), invoice("I1", source_version=1)])
        await delete(hub, "I1", 2)
        await delete(hub, "I1", 4)
        await hub.sync([invoice("I1", source_version=5)])
        assert references(hub)["I1"] == (5, False)
        assert hub.rows(Invoice, "is_deleted") == [(False,)]


class TestWhatCannotBeCompared:
    """A deletion whose id, version or instant nothing here could be held against is refused by itself; the rest of its page counts."""

    @pytest.mark.parametrize(
        ("odd", "field"),
        [
            ({"source_version": 2**63}, "source_version"),
            ({"source_updated_at": datetime(2026, 11, 1)}, "source_updated_at"),  # noqa: DTZ001 - no instant
            ({"external_id": "I" * 256}, "external_id"),
            ({"external_id": ""}, "external_id"),
        ],
        ids=["a version of 65 bits", "a time without a zone", "an id that is too long", "no id"],
    )
    async def test_it_is_refused_and_the_others_of_its_page_are_applied(self, hub: Hub, odd: dict[str, Any], field: str) -> None:
        await hub.sync([customer(), invoice("I1", source_updated_at=INSTANT), invoice("I2")])
        refused = msgspec.structs.replace(Deletion(stream=Stream.INVOICES, external_id="I1", source_updated_at=INSTANT), **odd)
        page = Page(records=[], cursor=None, deletions=[refused, Deletion(stream=Stream.INVOICES, external_id="I2")])
        for attempts in (1, 2):
            report = await hub.sync(page)
            assert report.status is SyncRunStatus.SUCCEEDED
            assert (report.total("rejected"), report.total("deleted")) == (1, 2 - attempts)
            assert hub.rows(RejectedRecord, "place", "field", "attempt_count") == [(f"deletion of {refused.external_id[:255]}", field, attempts)]
        assert dict(hub.rows(Invoice, "number", "is_deleted")) == {"I1": False, "I2": True}
        assert [reason.startswith("the deletion cannot be applied: ") for (reason,) in hub.rows(RejectedRecord, "reason")] == [True]

    async def test_what_was_refused_of_the_object_before_stays_as_it_is(self, hub: Hub) -> None:
        await hub.sync([customer(), invoice("I1", document_date=date(2300, 1, 1), raw={"a": 1})])
        before = hub.rows(RejectedRecord, "record", "raw", "reason", "attempt_count")
        await delete(hub, "I1", 2**63)
        assert hub.rows(RejectedRecord, "record", "raw", "reason", "attempt_count")[:1] == before
        assert len(hub.rows(RejectedRecord, "id")) == 2

    async def test_it_is_resolved_when_it_comes_in_a_form_that_can_be_applied(self, hub: Hub) -> None:
        await hub.sync([customer(), invoice("I1"), invoice("I2")])
        await delete(hub, "I1", 2**63)
        await delete(hub, "I2", 3)
        assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.OPEN,)]
        await delete(hub, "I1", 3)
        assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]

    async def test_one_of_a_card_shows_no_number(self, hub: Hub) -> None:
        await delete(hub, "4111111111111111", 2**63, stream=Stream.PAYMENT_METHODS)
        assert hub.rows(RejectedRecord, "place", "external_id") == [("deletion of ****1111", None)]


class TestTombstones:
    @pytest.mark.parametrize("versions", [(4, 2), (2, 4)], ids=["newest first", "newest last"])
    async def test_of_several_deletions_of_an_unknown_object_the_newest_counts(self, hub: Hub, versions: tuple[int, int]) -> None:
        await hub.sync([customer()])
        for version in versions:
            await delete(hub, "I1", version)
        assert hub.rows(Tombstone, "external_id", "source_version") == [("I1", 4)]
        await hub.sync([invoice("I1", source_version=3)])
        assert hub.rows(Invoice, "number") == []

    async def test_a_deletion_that_tells_only_when_it_was_does_not_take_the_version_of_the_one_before_it_away(self, hub: Hub) -> None:
        await hub.sync([customer()])
        await delete(hub, "I1", 4)
        await delete(hub, "I1", at=INSTANT)
        assert hub.rows(Tombstone, "source_version", "source_updated_at") == [(4, INSTANT)]

    async def test_what_was_deleted_while_it_waited_for_its_customer_does_not_land_late(self, hub: Hub) -> None:
        await hub.sync([invoice("I1", source_version=1)])
        await delete(hub, "I1", 3)
        assert hub.rows(WaitingRecord, "external_id") == []
        await hub.sync([customer(), invoice("I1", source_version=2)])
        assert hub.rows(Invoice, "number") == []


class TestMentionsOfWhatIsDeleted:
    async def test_a_mention_makes_the_row_for_what_hangs_on_it_and_it_is_deleted_from_the_start(self, hub: Hub) -> None:
        await delete(hub, "C1", 4, stream=Stream.CUSTOMERS)
        await hub.sync([customer(create_only=True), invoice("I1")])
        assert hub.rows(Customer, "is_deleted") == [(True,)]
        assert references(hub)["C1"] == (4, True)
        assert hub.rows(Invoice, "number") == [("I1",)]
        assert hub.rows(Tombstone, "external_id") == []

    async def test_a_form_that_is_older_than_the_deletion_does_not_land_after_a_mention_either(self, hub: Hub) -> None:
        await delete(hub, "C1", 4, stream=Stream.CUSTOMERS)
        await hub.sync([customer(create_only=True)])
        await hub.sync([customer(name="Old", source_version=3)])
        assert hub.rows(Customer, "name", "is_deleted") == [("Customer C1", True)]

    async def test_a_mention_with_an_older_version_is_deleted_too(self, hub: Hub) -> None:
        await delete(hub, "C1", 4, stream=Stream.CUSTOMERS)
        deletion = Deletion(stream=Stream.CUSTOMERS, external_id="C1", source_version=3)
        await hub.sync(Page(records=[customer(create_only=True, source_version=3)], cursor=None, deletions=[deletion]))
        assert references(hub)["C1"] == (4, True)

    async def test_a_mention_of_what_came_back_since_is_alive(self, hub: Hub) -> None:
        await delete(hub, "C1", 4, stream=Stream.CUSTOMERS)
        await hub.sync([customer(create_only=True, source_version=5)])
        assert references(hub)["C1"] == (5, False)
        assert hub.rows(Tombstone, "external_id") == []

    async def test_a_mention_that_is_refused_leaves_the_tombstone(self, hub: Hub) -> None:
        await delete(hub, "C1", 4, stream=Stream.CUSTOMERS)
        await hub.sync([customer(create_only=True, name="")])
        assert hub.rows(Customer, "name") == []
        assert hub.rows(Tombstone, "external_id", "source_version") == [("C1", 4)]

    async def test_what_came_back_is_restored_after_a_mention(self, hub: Hub) -> None:
        await delete(hub, "C1", 4, stream=Stream.CUSTOMERS)
        await hub.sync([customer(create_only=True)])
        await hub.sync([customer(name="Back", source_version=5)])
        assert hub.rows(Customer, "name", "is_deleted") == [("Back", False)]
