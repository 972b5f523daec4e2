"""hub/sync/page.py and what it is made of: whatever stands in a page, the rest of it lands, and nothing wrong comes back later."""

from datetime import UTC, date, datetime

import orjson
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from hub.model import Customer, Invoice, Payment, RejectedRecord, SyncNotice, SyncRun, WaitingRecord, table_of
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, InvoiceLineItem, Notice, Record, Refusal
from hub.plugins.source_item import Custom
from hub.sync.codec import encode
from hub.vocabulary import RejectionStatus, Stream
from tests.sync.conftest import Hub
from tests.sync.records import credit_note, customer, invoice, payment, rate

LATER = date(2026, 12, 1)


def make_waiting(hub: Hub, *records: Record, text: str | None = None) -> None:
    """Records that wait for C1, as an earlier version may have left them: unchecked."""
    table = table_of(WaitingRecord)
    run = hub.rows(SyncRun, "id")[0][0]
    books = hub.connect("books")
    with hub.store.write() as connection:
        for record in records:
            values = {
                "run_id": run,
                "connection_id": books,
                "feed": "all",
                "stream": record.stream,
                "external_id": record.external_id,
                "parent_stream": Stream.CUSTOMERS,
                "parent_external_id": "C1",
                "record": text or encode(record).decode(),
                "waiting_since": hub.clock.now(),
            }
            connection.execute(sa.insert(table).values(**values))


# --- records that wait ----------------------------------------------------------------------------


@pytest.mark.parametrize("poison", [{"lines": [InvoiceLineItem(item_name="x" * 600)]}, {"source_version": 2**63}, {"number": "n" * 5000}])
async def test_what_cannot_land_does_not_wait(hub: Hub, poison: dict[str, object]) -> None:
    await hub.sync([replace(invoice("BAD"), **poison), invoice("GOOD")])
    assert hub.rows(WaitingRecord, "external_id") == [("GOOD",)]
    assert hub.rows(RejectedRecord, "external_id") == [("BAD",)]


@pytest.mark.parametrize("poison", [{"lines": [InvoiceLineItem(item_name="x" * 600)]}, {"source_version": 2**63}])
async def test_a_waiting_record_that_cannot_land_is_rejected_and_its_customer_lands(hub: Hub, poison: dict[str, object]) -> None:
    await hub.sync([customer("C0")])
    make_waiting(hub, replace(invoice("BAD"), **poison), invoice("GOOD"))
    report = await hub.sync([customer(), customer("C2"), invoice("I9")])
    assert report.error is None
    assert hub.rows(Customer, "name") == [("Customer C0",), ("Customer C1",), ("Customer C2",)]
    assert sorted(hub.rows(Invoice, "number")) == [("GOOD",), ("I9",)]
    assert hub.rows(RejectedRecord, "external_id", "status") == [("BAD", RejectionStatus.OPEN)]
    assert hub.rows(WaitingRecord, "id") == []


async def test_a_waiting_record_of_another_version_is_rejected(hub: Hub) -> None:
    await hub.sync([customer("C0")])
    make_waiting(hub, invoice("OLD"), text='{"external_id":"OLD"}')
    report = await hub.sync([customer()])
    assert report.error is None
    assert hub.rows(RejectedRecord, "external_id", "record") == [("OLD", '{"external_id":"OLD"}')]
    assert hub.rows(WaitingRecord, "id") == []


async def test_an_older_form_does_not_replace_the_one_that_waits(hub: Hub) -> None:
    await hub.sync([invoice("I1", "200.00", source_version=2)])
    report = await hub.sync([invoice("I1", "100.00", source_version=1)])
    assert report.total("stale") == 1
    await hub.sync([customer()])
    assert hub.rows(Invoice, "total_minor") == [(20000,)]


async def test_a_form_that_lands_ends_the_waiting_of_an_older_one(hub: Hub) -> None:
    await hub.sync([invoice("I1", "100.00", customer_external_id="C9")])
    await hub.sync([customer(), invoice("I1", "250.00")])
    assert hub.rows(WaitingRecord, "id") == []
    await hub.sync([customer("C9")])
    assert hub.rows(Invoice, "total_minor") == [(25000,)]


async def test_a_newer_form_goes_on_waiting_when_an_older_one_lands(hub: Hub) -> None:
    await hub.sync([invoice("I1", "200.00", customer_external_id="C9", source_version=2)])
    await hub.sync([customer(), invoice("I1", "100.00", source_version=1)])
    assert hub.rows(Invoice, "total_minor") == [(10000,)]
    await hub.sync([customer("C9")])
    assert hub.rows(Invoice, "total_minor") == [(20000,)]


async def test_a_newer_form_in_the_page_that_brings_the_customer_counts(hub: Hub) -> None:
    await hub.sync([invoice("I1", "200.00", source_version=2), invoice("I2", "10.00")])
    await hub.sync([customer(), invoice("I1", "100.00", source_version=1), invoice("I2", "20.00")])
    assert sorted(hub.rows(Invoice, "number", "total_minor")) == [("I1", 20000), ("I2", 2000)]


async def test_a_known_record_that_moves_to_a_customer_to_come_stays_where_it_is_until_then(hub: Hub) -> None:
    await hub.sync([customer(), invoice("I1", "100.00")])
    report = await hub.sync([invoice("I1", "120.00", customer_external_id="C9")])
    assert (report.total("waiting"), report.total("rejected")) == (1, 0)
    assert hub.rows(Invoice, "customer_id", "total_minor") == [(1, 10000)]
    await hub.sync([customer("C9")])
    assert hub.rows(Invoice, "customer_id", "total_minor") == [(2, 12000)]
    assert hub.rows(WaitingRecord, "id") == []


async def test_a_waiting_record_that_is_deleted_does_not_land(hub: Hub) -> None:
    await hub.sync([invoice()])
    report = await hub.sync(Page(records=[], cursor=None, deletions=[Deletion(stream=Stream.INVOICES, external_id="I1")]))
    assert report.total("deleted") == 1
    await hub.sync([customer()])
    assert hub.rows(Invoice, "id") == []


# --- rejections -----------------------------------------------------------------------------------


async def test_a_mention_does_not_resolve_the_refused_record(hub: Hub) -> None:
    await hub.sync([customer(currency="???")])
    await hub.sync([customer(create_only=True), invoice()])
    assert hub.rows(RejectedRecord, "external_id", "status") == [("C1", RejectionStatus.OPEN)]
    await hub.sync([customer(currency="USD")])
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]


async def test_going_back_to_the_form_that_is_kept_resolves_the_refused_one(hub: Hub) -> None:
    await hub.sync([customer(), invoice()])
    await hub.sync([invoice(document_date=date(1800, 1, 1))])
    report = await hub.sync([invoice()])
    assert report.total("unchanged") == 1
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]


async def test_what_waited_and_lands_resolves_its_rejection(hub: Hub) -> None:
    await hub.sync([invoice(document_date=date(1800, 1, 1))])
    await hub.sync([invoice()])
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.OPEN,)]
    await hub.sync([customer()])
    assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]


async def test_one_object_refused_twice_in_a_page_is_one_rejection(hub: Hub) -> None:
    refusals = [Refusal(place=f"line {line}", reason="bad", external_id="a", stream=Stream.INVOICES) for line in (1, 2)]
    for attempts in (1, 2):
        report = await hub.sync(Page(records=[], cursor=None, refusals=refusals))
        assert report.total("rejected") == 2
        assert hub.rows(RejectedRecord, "place", "attempt_count") == [("line 2", attempts)]


# --- values that cannot be kept -------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
async def test_texts_of_refusals_notices_and_deletions_are_made_fit(hub: Hub, text: str) -> None:
    refusal = Refusal(place=text, reason=text, field=text, external_id=text, raw={"a": text, "b": 10**30})
    page = Page(
        records=[customer()],
        cursor=None,
        refusals=[refusal, replace(refusal, external_id=None)],
        notices=[Notice(place=text, message=text, field=text)],
        deletions=[Deletion(stream=Stream.INVOICES, external_id=text), Deletion(stream=Stream.REFUNDS, external_id="R1")],
    )
    for _ in range(2):
        assert (await hub.sync(page)).error is None
    assert len(hub.rows(Customer, "id")) == 1
    assert len(hub.rows(SyncNotice, "id")) == 2
    kept = hub.rows(RejectedRecord, "reason", "raw")
    assert len(kept) == 2
    assert orjson.loads(kept[0][1])["a"].startswith("a")


@pytest.mark.parametrize(
    "record",
    [
        invoice("I\x001"),
        invoice("I\ud8001"),
        invoice(""),
        invoice("I" * 256),
        invoice("BAD", customer_external_id="a\x00b"),
        invoice("BAD", customer_external_id="c" * 256),
        invoice("BAD", source_version=2**63),
        invoice("BAD", source_updated_at=datetime(2026, 1, 1)),  # noqa: DTZ001 - a time zone is what is missing
        invoice("BAD", source_updated_at=datetime(1, 1, 1, tzinfo=UTC)),
        invoice("BAD", custom={"a": 2**70}),
        invoice("BAD", total_minor=2**70),
        invoice("BAD", raw={"a": object()}),
        invoice("BAD", url="u" * 2001),
        customer("BAD", custom={"a": 2**70}),
    ],
    ids=lambda record: str(record)[:60],
)
async def test_a_record_with_a_value_that_cannot_be_kept_is_refused_alone(hub: Hub, record: Record) -> None:
    for _ in range(2):
        report = await hub.sync([customer(), invoice("GOOD"), record])
        assert report.error is None
        assert report.total("rejected") == 1
    assert hub.rows(Invoice, "number") == [("GOOD",)]
    assert hub.rows(RejectedRecord, "attempt_count", "status") == [(2, RejectionStatus.OPEN)]
    assert hub.rows(WaitingRecord, "id") == []


async def test_the_largest_and_smallest_numbers_of_64_bits_are_kept(hub: Hub) -> None:
    numbers: Custom = {"largest": 2**63 - 1, "smallest": -(2**63)}
    await hub.sync([customer(custom=numbers)])
    assert hub.rows(Customer, "custom") == [(numbers,)]


async def test_a_text_that_only_looks_like_a_nul_is_kept(hub: Hub) -> None:
    await hub.sync([customer(name="\\u0000")])
    assert hub.rows(Customer, "name") == [("\\u0000",)]


@pytest.mark.parametrize(
    "record",
    [
        customer("BAD", country="DEU"),
        customer("BAD", payment_terms_days=2**31),
        customer("BAD", segments=["s" * 201]),
        customer("BAD", url="u" * 2001),
        invoice("BAD", lines=[InvoiceLineItem(item_name="x" * 501)]),
        invoice("BAD", lines=[InvoiceLineItem(quantity="1" * 41)]),
        invoice("BAD", lines=[InvoiceLineItem(unit_price="1" * 41)]),
        invoice("BAD", custom={"a": 2**63}),
        customer("BAD", custom={"a": -(2**63) - 1}),
    ],
    ids=lambda record: str(record)[:60],
)
async def test_what_does_not_fit_is_refused_on_both_databases(hub: Hub, record: Record) -> None:
    report = await hub.sync([customer(), invoice("GOOD", lines=[InvoiceLineItem(item_name="x" * 500, description="d" * 5000)]), record])
    assert report.error is None
    assert hub.rows(RejectedRecord, "external_id") == [("BAD",)]
    assert hub.rows(Invoice, "number") == [("GOOD",)]
    assert "store refuses" not in hub.rows(RejectedRecord, "reason")[0][0]


# --- amounts that do not fit once converted -------------------------------------------------------


async def test_an_absurd_rate_is_refused(hub: Hub) -> None:
    report = await hub.sync([customer(), rate("KWD", 10**12, 1), rate("USD", 1, 10**12), rate("GBP", 9, 8)])
    assert report.error is None
    assert report.total("rejected") == 2


async def test_a_steep_rate_is_refused_where_it_would_take_kept_amounts_out_of_range(hub: Hub) -> None:
    await hub.sync([customer(), invoice(currency="KWD", total_minor=10**14)])
    report = await hub.sync([rate("KWD", 10**8, 1), customer("C2")])
    assert report.error is None
    assert hub.rows(RejectedRecord, "stream") == [(Stream.EXCHANGE_RATES,)]
    report = await hub.sync([rate("KWD", 3, 1)])
    assert hub.rows(Invoice, "converted_total_minor") == [(3 * 10**13,)]


@pytest.mark.parametrize("together", [True, False])
async def test_an_amount_is_refused_that_a_known_rate_takes_out_of_range(hub: Hub, together: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    rates = [customer(), rate("KWD", 10**8, 1, on=LATER)]
    money = [invoice(currency="KWD", total_minor=10**14), payment(currency="KWD", amount_minor=10**14), credit_note(currency="KWD", total_minor=10**14)]
    pages = [[*rates, *money, invoice("I2", currency="KWD")]] if together else [rates, [*money, invoice("I2", currency="KWD")]]
    report = await hub.sync(*pages)
    assert report.error is None
    assert report.total("rejected") == 3
    assert hub.rows(Invoice, "number") == [("I2",)]
    assert hub.rows(Payment, "id") == []


# --- parents --------------------------------------------------------------------------------------


async def test_a_cycle_of_a_new_and_a_known_customer_is_refused(hub: Hub) -> None:
    await hub.sync([customer("B")])
    report = await hub.sync([customer("A", parent_external_id="B"), customer("B", parent_external_id="A")])
    assert report.total("rejected") == 1
    assert hub.rows(Customer, "name", "parent_external_id") == [("Customer B", None), ("Customer A", "B")]


async def test_a_parent_and_its_child_change_places_in_one_page(hub: Hub) -> None:
    await hub.sync([customer("A", parent_external_id="B"), customer("B")])
    report = await hub.sync([customer("B", parent_external_id="A"), customer("A")])
    assert report.total("rejected") == 0
    assert sorted(hub.rows(Customer, "name", "parent_external_id")) == [("Customer A", None), ("Customer B", "A")]


async def test_the_old_link_of_a_refused_customer_still_counts(hub: Hub) -> None:
    await hub.sync([customer("A"), customer("B", parent_external_id="A"), customer("C", parent_external_id="B")])
    moves = [customer("A", parent_external_id="B"), customer("B", parent_external_id="C")]
    report = await hub.sync(moves)
    assert report.total("rejected") == 2
    assert sorted(hub.rows(Customer, "name", "parent_external_id")) == [("Customer A", None), ("Customer B", "A"), ("Customer C", "B")]
