"""hub/sync/run.py: pages become rows once, a broken run goes on where it stopped."""

from datetime import date, timedelta

import pytest

from hub.model import (
    Change,
    Checkpoint,
    Customer,
    CustomerFigures,
    DuePart,
    Event,
    ExternalReference,
    Invoice,
    InvoiceLine,
    Payment,
    RejectedRecord,
    Settlement,
    SourceRecord,
    SyncRun,
)
from hub.plugins.connector import Feed, FullOpenList, Page
from hub.plugins.records import Deletion, DuePartItem, InvoiceLineItem, Refusal
from hub.sync.sweep import Closing
from hub.vocabulary import Entity, Lifecycle, PaymentState, RejectionStatus, Stream, SyncRunStatus
from tests.sync.conftest import Hub
from tests.sync.records import credit_note, customer, invoice, payment, rate
from tests.sync.source import ListSource

DUE = ("total_minor", "amount_paid_minor", "amount_adjusted_minor", "write_off_minor", "amount_due_minor")


async def test_records_of_one_page_become_rows_with_references(hub: Hub) -> None:
    report = await hub.sync([invoice(lines=[InvoiceLineItem(item_name="Hours", amount_minor=10000)]), customer()])
    assert report.status is SyncRunStatus.SUCCEEDED
    assert report.total("created") == 2
    assert hub.rows(Invoice, "number", *DUE) == [("I1", 10000, 0, 0, 0, 10000)]
    assert hub.rows(InvoiceLine, "item_name", "amount_minor") == [("Hours", 10000)]
    assert hub.rows(ExternalReference, "stream", "external_id") == [(Stream.CUSTOMERS, "C1"), (Stream.INVOICES, "I1")]
    assert len(hub.rows(SourceRecord, "record")) == 2
    assert hub.rows(Change, "field") == []


async def test_each_page_is_told_with_what_its_feed_has_come_to(hub: Hub) -> None:
    await hub.sync([customer()], [invoice(), invoice("I2")])
    told = hub.rows(Event, "kind", "payload")
    assert [kind for kind, _ in told if kind.startswith("sync_run.")] == ["sync_run.started", "sync_run.page", "sync_run.page", "sync_run.ended"]
    counts = [payload["all"]["streams"] for kind, payload in told if kind == "sync_run.page"]
    assert counts == [{"CUSTOMERS": {"created": 1, "read": 1}}, {"CUSTOMERS": {"created": 1, "read": 1}, "INVOICES": {"created": 2, "read": 2}}]


async def test_the_same_pages_again_change_nothing(hub: Hub) -> None:
    pages = [
        [customer(parent_external_id="C2"), customer("C2"), rate("USD", 9, 10)],
        [invoice(), invoice("I2", "70.00", currency="USD"), payment(on={"I1": "40.00"}), credit_note(on={"I1": "10.00"})],
        [invoice("I3", due_parts=[DuePartItem(due_date=date(2026, 10, 1), amount_minor=4000), DuePartItem(due_date=date(2026, 12, 1), amount_minor=6000)])],
    ]
    await hub.sync(*pages)
    before = hub.everything()
    hub.clock.move_to(hub.clock.now() + timedelta(hours=1))
    report = await hub.sync(*pages)
    assert report.total("unchanged") == 8
    assert report.total("created") == report.total("updated") == 0
    assert hub.everything() == before


async def test_a_payment_lowers_what_is_due_and_a_credit_note_adjusts_it(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), payment(amount="50.00", on={"I1": "40.00"}), credit_note(on={"I1": "25.00"})])
    assert hub.rows(Invoice, *DUE) == [(10000, 4000, 2500, 0, 3500)]
    assert hub.rows(Payment, "allocated_minor", "unapplied_minor") == [(4000, 1000)]
    assert hub.rows(CustomerFigures, "outstanding_minor", "overdue_minor", "unaccounted_payment_minor", "unutilised_credit_minor") == [(3500, 3500, 1000, 500)]


async def test_an_invoice_that_comes_after_its_payment_is_settled_by_it(hub: Hub) -> None:
    await hub.sync([customer(), payment(on={"I1": "100.00"})])
    assert hub.rows(Payment, "unapplied_minor") == [(0,)]
    await hub.sync([invoice()])
    assert hub.rows(Invoice, *DUE) == [(10000, 10000, 0, 0, 0)]
    assert hub.rows(CustomerFigures, "total_paid_minor", "outstanding_minor") == [(10000, 0)]


async def test_a_returned_payment_reopens_the_invoice(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), payment(on={"I1": "100.00"})])
    assert hub.rows(Invoice, "amount_due_minor") == [(0,)]
    returned = payment(on={"I1": "100.00"}, state=PaymentState.RETURNED, reversed_on=date(2026, 11, 2))
    await hub.sync([returned])
    assert hub.rows(Invoice, "amount_paid_minor", "amount_due_minor") == [(0, 10000)]
    assert hub.rows(Payment, "unapplied_minor") == [(0,)]
    assert sorted(hub.rows(Settlement, "amount_minor", "effective_date")) == [(-10000, date(2026, 11, 2)), (10000, date(2026, 10, 15))]


async def test_settled_by_the_source_without_a_payment_is_one_residual_settlement(hub: Hub) -> None:
    await hub.sync([customer(), invoice(amount_paid_minor=6000, paid_on=date(2026, 10, 3))])
    assert hub.rows(Invoice, *DUE, "residual_paid_minor", "residual_date") == [(10000, 6000, 0, 0, 4000, 6000, date(2026, 10, 3))]
    await hub.sync([payment(amount="45.00", on={"I1": "45.00"})])
    assert hub.rows(Invoice, *DUE, "residual_paid_minor") == [(10000, 6000, 0, 0, 4000, 1500)]


async def test_records_wait_for_their_customer_and_count_in_no_figure_until_it_comes(hub: Hub) -> None:
    report = await hub.sync([invoice(customer_external_id="C9"), payment(customer_external_id="C9", on={"I1": "10.00"})])
    assert report.total("waiting") == 2
    assert hub.rows(Invoice, "id") == []
    report = await hub.sync([customer("C9")])
    assert report.total("created") == 3
    assert hub.rows(Invoice, "amount_due_minor") == [(9000,)]


async def test_a_broken_record_never_stops_the_others(hub: Hub) -> None:
    bad = [
        invoice("bad currency", currency="EUR", total="1.00", lines=[InvoiceLineItem(amount_minor=10**18)]),
        invoice("bad parts", due_parts=[DuePartItem(due_date=date(2026, 10, 1), amount_minor=1)]),
        invoice("too long", number="x" * 300),
        invoice("nul", purchase_order_number="a\x00b"),
        invoice("negative", "-5.00"),
        payment("over", "10.00", on={"I1": "11.00"}),
    ]
    report = await hub.sync([customer(), *bad, invoice()])
    assert report.total("rejected") == 6
    assert hub.rows(Invoice, "number") == [("I1",)]
    reasons = dict(hub.rows(RejectedRecord, "external_id", "reason"))
    assert "due parts add up to 1" in reasons["bad parts"]
    assert "300 characters" in reasons["too long"]
    assert "credit note" in reasons["negative"]


async def test_a_surrogate_in_a_text_is_refused_and_the_rest_lands(hub: Hub) -> None:
    report = await hub.sync([customer(name="broken \ud800"), customer("C2")])
    assert report.total("created") == 1
    assert "valid Unicode" in hub.rows(RejectedRecord, "reason")[0][0]


async def test_a_rejected_record_that_comes_right_is_resolved(hub: Hub) -> None:
    await hub.sync([customer(), invoice(number="x" * 300)])
    await hub.sync([customer(), invoice(number="x" * 300)])
    assert hub.rows(RejectedRecord, "status", "attempt_count") == [(RejectionStatus.OPEN, 2)]
    await hub.sync([invoice()])
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]


async def test_a_refused_row_is_kept_with_its_place_once(hub: Hub) -> None:
    page = Page(records=[customer()], cursor=None, refusals=[Refusal(place="a.csv line 3", reason="no date", raw={"Date": "x"})])
    await hub.sync(page)
    await hub.sync(page)
    assert hub.rows(RejectedRecord, "place", "reason", "raw", "attempt_count") == [("a.csv line 3", "no date", '{"Date":"x"}', 2)]


async def test_an_older_version_never_overwrites_a_newer_one(hub: Hub) -> None:
    await hub.sync([customer(name="New", source_version=5)])
    report = await hub.sync([customer(name="Old", source_version=4)])
    assert report.total("stale") == 1
    assert hub.rows(Customer, "name") == [("New",)]


async def test_a_mention_creates_and_never_changes(hub: Hub) -> None:
    await hub.sync([customer(name="First", create_only=True), customer(name="Second", create_only=True)])
    assert hub.rows(Customer, "name") == [("First",)]
    await hub.sync([customer(name="Full")])
    await hub.sync([customer(name="Third", create_only=True)])
    assert hub.rows(Customer, "name") == [("Full",)]


async def test_an_invoice_that_changed_in_what_its_buyer_must_know_leaves_an_event(hub: Hub) -> None:
    await hub.sync([customer("C1"), invoice("I1", "10.00"), invoice("I2", "10.00"), payment("P1", "5.00")])
    later = date(2026, 12, 24)
    await hub.sync([invoice("I1", "12.00", due_date=later), invoice("I2", "10.00", purchase_order_number="PO-1"), payment("P1", "6.00")])
    told = [row[1:] for row in hub.rows(Event, "kind", "entity", "entity_id", "payload", "run_id") if row[0] == "invoice.updated"]
    assert told == [(Entity.INVOICE, 1, {"fields": ["due_date", "total_minor"]}, 2)]


async def test_a_change_leaves_a_row_that_says_what_changed(hub: Hub) -> None:
    await hub.sync([customer(), invoice()])
    await hub.sync([invoice(due_date=date(2026, 12, 1), custom={"region": "north"})])
    assert hub.rows(Change, "field", "old_value", "new_value") == [
        ("due_date", '"2026-10-01"', '"2026-12-01"'),
        ("custom", None, '"{\\"region\\":\\"north\\"}"'),
    ]
    assert hub.rows(CustomerFigures, "overdue_minor", "outstanding_minor") == [(0, 10000)]


async def test_a_deletion_takes_the_object_out_of_every_figure_and_a_return_brings_it_back(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), payment(on={"I1": "40.00"})])
    gone = [Deletion(stream=Stream.PAYMENTS, external_id="P1"), Deletion(stream=Stream.INVOICES, external_id="unknown")]
    report = await hub.sync(Page(records=[], cursor=None, deletions=gone))
    assert report.total("deleted") == 1
    assert hub.rows(Invoice, "amount_due_minor") == [(10000,)]
    await hub.sync(Page(records=[payment(on={"I1": "40.00"})], cursor=None))
    assert hub.rows(Invoice, "amount_due_minor") == [(6000,)]
    await hub.sync(Page(records=[], cursor=None, deletions=[Deletion(stream=Stream.INVOICES, external_id="I1")]))
    assert hub.rows(CustomerFigures, "outstanding_minor", "billed_minor") == [(0, 0)]


async def test_a_parent_link_that_closes_a_cycle_is_refused(hub: Hub) -> None:
    await hub.sync([customer("A", parent_external_id="B"), customer("B", parent_external_id="C")])
    report = await hub.sync([customer("C", parent_external_id="A")])
    assert report.total("rejected") == 1
    assert "C → A → B → C" in hub.rows(RejectedRecord, "reason")[0][0]
    assert hub.rows(Customer, "name") == [("Customer A",), ("Customer B",)]


async def test_a_child_is_joined_when_its_parent_comes(hub: Hub) -> None:
    await hub.sync([customer("A", parent_external_id="B")])
    assert hub.rows(Customer, "parent_id") == [(None,)]
    await hub.sync([customer("B")])
    (child, parent) = hub.rows(Customer, "id", "parent_id")
    assert child[1] == parent[0]


async def test_a_run_that_broke_goes_on_where_it_stopped(hub: Hub) -> None:
    pages = [Page(records=records, cursor=None) for records in ([customer()], [invoice()], [invoice("I2")])]
    source = ListSource(pages, Feed("all", tuple(Stream)), fails_before=2)
    first = await hub.sync(source=source)
    assert first.status is SyncRunStatus.FAILED
    assert str(first.error) == "the line broke"
    assert len(hub.rows(Invoice, "id")) == 1
    second = await hub.sync(source=source)
    assert second.status is SyncRunStatus.SUCCEEDED
    assert source.cursors_seen == [None, "2"]
    assert second.total("read") == 1
    assert len(hub.rows(Invoice, "id")) == 2
    assert hub.rows(SyncRun, "status", "created_count") == [(SyncRunStatus.FAILED, 2), (SyncRunStatus.SUCCEEDED, 1)]


async def test_a_cursor_of_other_content_is_not_used(hub: Hub) -> None:
    pages = [Page(records=records, cursor=None) for records in ([customer()], [invoice()])]
    await hub.sync(source=ListSource(pages, Feed("all", tuple(Stream), content_digest="one"), fails_before=1))
    source = ListSource(pages, Feed("all", tuple(Stream), content_digest="two"))
    await hub.sync(source=source)
    assert source.cursors_seen == [None]


async def test_an_older_file_after_a_newer_one_is_held_back(hub: Hub) -> None:
    await hub.sync([customer(), invoice()], feed=Feed("list", (), sequence="2026-11-02"))
    report = await hub.sync([invoice(total="1.00")], feed=Feed("list", (), sequence="2026-11-01"))
    assert report.status is SyncRunStatus.HELD
    assert "2026-11-01" in str(report.feeds[0].held)
    assert hub.rows(Invoice, "total_minor") == [(10000,)]
    assert hub.rows(Checkpoint, "sequence") == [("2026-11-02",)]


def open_list(day: date) -> Feed:
    return Feed("open", (), sequence=day.isoformat(), full_open_list=FullOpenList(Stream.INVOICES, closed_on=day))


@pytest.fixture
async def with_list(hub: Hub) -> Hub:
    await hub.sync([customer(), *(invoice(f"I{number}") for number in range(1, 21))], feed=open_list(date(2026, 11, 1)))
    return hub


async def test_what_is_absent_from_a_full_list_closes_only_with_the_previewed_count(with_list: Hub) -> None:
    listed = [invoice(f"I{number}") for number in range(2, 21)]
    held = await with_list.sync(listed, feed=open_list(date(2026, 11, 8)))
    assert held.status is SyncRunStatus.HELD
    assert [item.external_id for item in held.feeds[0].absent] == ["I1"]
    assert (await with_list.sync(listed, feed=open_list(date(2026, 11, 8)), closing=Closing(2))).status is SyncRunStatus.HELD
    done = await with_list.sync(listed, feed=open_list(date(2026, 11, 8)), closing=Closing(1))
    assert done.status is SyncRunStatus.SUCCEEDED
    assert done.total("closed") == 1
    assert with_list.rows(Invoice, "number", "amount_due_minor", "residual_date")[0] == ("I1", 0, date(2026, 11, 8))
    assert with_list.rows(CustomerFigures, "outstanding_minor") == [(190000,)]


async def test_a_closed_invoice_opens_again_when_the_list_names_it(with_list: Hub) -> None:
    await with_list.sync([invoice(f"I{number}") for number in range(2, 21)], feed=open_list(date(2026, 11, 8)), closing=Closing(1))
    await with_list.sync([invoice(f"I{number}") for number in range(1, 21)], feed=open_list(date(2026, 11, 15)))
    assert with_list.rows(Invoice, "amount_due_minor")[0] == (10000,)


async def test_the_brake_stops_a_mass_close(with_list: Hub) -> None:
    held = await with_list.sync([invoice("I1")], feed=open_list(date(2026, 11, 8)), closing=Closing(19))
    assert "--release-brake" in str(held.feeds[0].held)
    done = await with_list.sync([invoice("I1")], feed=open_list(date(2026, 11, 8)), closing=Closing(19, is_brake_released=True))
    assert done.total("closed") == 19


async def test_a_list_with_unreadable_rows_closes_nothing(with_list: Hub) -> None:
    page = Page(records=[invoice(f"I{number}") for number in range(2, 21)], cursor=None, refusals=[Refusal(place="line 9", reason="no id")])
    report = await with_list.sync(page, feed=open_list(date(2026, 11, 8)), closing=Closing(1))
    assert "not complete" in str(report.feeds[0].held)


async def test_due_parts_are_covered_from_the_earliest(hub: Hub) -> None:
    parts = [DuePartItem(due_date=date(2026, 12, 1), amount_minor=6000), DuePartItem(due_date=date(2026, 10, 1), amount_minor=4000)]
    await hub.sync([customer(), invoice(due_parts=parts), payment(amount="50.00", on={"I1": "50.00"})])
    assert hub.rows(DuePart, "due_date", "amount_due_minor") == [(date(2026, 10, 1), 0), (date(2026, 12, 1), 5000)]
    assert hub.rows(Invoice, "first_open_due_date", "due_date") == [(date(2026, 12, 1), date(2026, 10, 1))]


async def test_a_payment_dated_tomorrow_counts_from_tomorrow(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), payment(payment_date=date(2026, 11, 21), on={"I1": "100.00"})])
    assert hub.rows(Invoice, "amount_due_minor") == [(10000,)]
    hub.clock.move_to(hub.clock.now() + timedelta(days=1))
    hub.refresh()
    assert hub.rows(Invoice, "amount_due_minor") == [(0,)]
    assert hub.rows(CustomerFigures, "outstanding_minor", "total_paid_minor") == [(0, 10000)]


async def test_rates_convert_what_is_there_and_what_comes(hub: Hub) -> None:
    await hub.sync([customer(), invoice(currency="USD")])
    assert hub.rows(CustomerFigures, "outstanding_minor", "is_complete") == [(None, False)]
    await hub.sync([rate("USD", 9, 10)])
    await hub.sync([invoice("I2", currency="USD")])
    assert hub.rows(Invoice, "converted_due_minor") == [(9000,), (9000,)]
    assert hub.rows(CustomerFigures, "outstanding_minor", "is_complete") == [(18000, True)]


async def test_a_written_off_invoice_is_written_off_by_what_remains(hub: Hub) -> None:
    await hub.sync([customer(), invoice(lifecycle=Lifecycle.WRITTEN_OFF, written_off_on=date(2026, 11, 1)), payment(amount="30.00", on={"I1": "30.00"})])
    assert hub.rows(Invoice, *DUE) == [(10000, 3000, 0, 7000, 0)]
