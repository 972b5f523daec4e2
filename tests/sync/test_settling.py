"""hub/sync/settling.py and hub/sync/landing: what records say of money becomes amounts, and stays right when they change."""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from hub.model import Change, CreditNote, CustomerFigures, Invoice, Payment, Settlement, SyncNotice
from hub.plugins.connector import Feed, FullOpenList, Page
from hub.plugins.records import AllocationItem, Deletion, DuePartItem, InvoiceLineItem, Record
from hub.sync.sweep import Closing, find_absent
from hub.vocabulary import PaymentState, Stream
from tests.sync.conftest import Hub
from tests.sync.records import credit_note, customer, invoice, payment, rate
from tests.sync.test_properties import assert_kept_equals_formulas

# --- dates ----------------------------------------------------------------------------------------


async def test_a_document_date_that_moves_moves_what_is_unapplied(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), payment(on={"I1": "100.00"}), credit_note(on={"I1": "30.00"})])
    await hub.sync([invoice(document_date=date(2026, 12, 1), due_date=date(2026, 12, 30))])
    assert hub.rows(Payment, "unapplied_minor") == [(10000,)]
    assert hub.rows(CreditNote, "unutilised_minor") == [(3000,)]
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor") == [(10000,)]
    assert_kept_equals_formulas(hub)
    await hub.sync([invoice()])
    assert hub.rows(Payment, "unapplied_minor") == [(0,)]
    assert hub.rows(CreditNote, "unutilised_minor") == [(0,)]
    assert_kept_equals_formulas(hub)


async def test_an_inferred_reversal_date_stays_while_the_payment_stays_reversed(hub: Hub) -> None:
    returned = payment(on={"I1": "100.00"}, state=PaymentState.RETURNED)
    await hub.sync([customer(), invoice(), returned])
    assert hub.rows(Payment, "reversed_on") == [(date(2026, 11, 20),)]
    hub.clock.move_to(hub.clock.now() + timedelta(days=20))
    hub.refresh()
    await hub.sync([payment(on={"I1": "100.00"}, state=PaymentState.CHARGED_BACK, memo="called the bank")])
    assert hub.rows(Payment, "reversed_on", "memo") == [(date(2026, 11, 20), "called the bank")]
    assert [on for (on,) in hub.rows(Settlement, "reversed_on")] == [None, date(2026, 11, 20)]
    assert "reversed_on" not in [field for (field,) in hub.rows(Change, "field")]
    await hub.sync([payment(on={"I1": "100.00"}, state=PaymentState.RETURNED, reversed_on=date(2026, 12, 3))])
    assert hub.rows(Payment, "reversed_on") == [(date(2026, 12, 3),)]


async def test_a_payment_that_is_reversed_again_gets_a_date_of_its_own(hub: Hub) -> None:
    await hub.sync([customer(), payment(state=PaymentState.RETURNED)])
    await hub.sync([payment()])
    hub.clock.move_to(hub.clock.now() + timedelta(days=20))
    hub.refresh()
    await hub.sync([payment(state=PaymentState.RETURNED)])
    assert hub.rows(Payment, "reversed_on") == [(date(2026, 12, 10),)]


# --- what counts ----------------------------------------------------------------------------------


async def test_a_declined_payment_shows_nothing_allocated(hub: Hub) -> None:
    await hub.sync([customer(), invoice(), payment(on={"I1": "60.00"}, state=PaymentState.DECLINED)])
    assert hub.rows(Payment, "allocated_minor", "unapplied_minor") == [(0, 0)]
    await hub.sync([payment(on={"I1": "60.00"})])
    assert hub.rows(Payment, "allocated_minor", "unapplied_minor") == [(6000, 4000)]
    assert_kept_equals_formulas(hub)


async def test_an_allocation_in_one_of_two_currencies_settles_nothing_whenever_its_invoice_comes(hub: Hub) -> None:
    yen = payment(currency="JPY", amount="100", on={"I1": "100"})
    await hub.sync([customer(), rate("JPY", 1, 163), yen])
    assert hub.rows(Payment, "unapplied_minor") == [(0,)]
    await hub.sync([invoice()])
    await assert_nothing_is_settled(hub, notice_count=1)
    await hub.sync([payment(currency="JPY", amount="100", on={"I1": "100"}, memo="again")])
    await assert_nothing_is_settled(hub, notice_count=2)
    assert len(set(hub.rows(SyncNotice, "message"))) == 1
    stated = [AllocationItem(invoice_external_id="I1", amount_minor=61, allocated_minor=100)]
    await hub.sync([payment(currency="JPY", amount="100", allocations=stated)])
    assert hub.rows(Invoice, "amount_due_minor") == [(9939,)]
    assert hub.rows(Payment, "unapplied_minor") == [(0,)]
    assert_kept_equals_formulas(hub)


async def assert_nothing_is_settled(hub: Hub, *, notice_count: int) -> None:
    assert hub.rows(Invoice, "amount_due_minor") == [(10000,)]
    assert hub.rows(Payment, "allocated_minor", "unapplied_minor") == [(0, 100)]
    assert len(hub.rows(SyncNotice, "message")) == notice_count
    assert "JPY" in hub.rows(SyncNotice, "message")[0][0]
    assert_kept_equals_formulas(hub)


async def test_both_amounts_stated_settle_when_the_invoice_comes_later(hub: Hub) -> None:
    stated = [AllocationItem(invoice_external_id="I1", amount_minor=100, allocated_minor=100)]
    await hub.sync([customer(), payment(currency="JPY", amount="100", allocations=stated)])
    await hub.sync([invoice()])
    assert hub.rows(Invoice, "amount_due_minor") == [(9900,)]
    assert hub.rows(SyncNotice, "message") == []


KNOWN = {"EUR": 10_000, "JPY": 0}
"""What 100.00 euro are known to settle of an invoice in each currency, in its minor units."""


@pytest.mark.parametrize("currencies", [("EUR", "JPY"), ("JPY", "EUR"), ("EUR", "JPY", "EUR")], ids="-".join)
@pytest.mark.parametrize("make", [payment, credit_note], ids=["payment", "credit note"])
async def test_an_invoice_whose_currency_is_corrected_is_settled_as_if_it_had_come_in_it(
    hub: Hub, make: Callable[..., Record], currencies: Sequence[str]
) -> None:
    await hub.sync([customer(), rate("JPY", 1, 163), make("X1", "100.00", on={"I1": "100.00"})])
    for currency in currencies:
        await hub.sync([replace(invoice("I1", "100.00"), currency=currency)])
        settled = KNOWN[currency]
        assert hub.rows(Invoice, "currency", "amount_due_minor") == [(currency, 10_000 - settled)]
        owner, left = (Payment, "unapplied_minor") if make is payment else (CreditNote, "unutilised_minor")
        assert hub.rows(owner, "allocated_minor", left) == [(settled, 10_000 - settled)]
        assert_kept_equals_formulas(hub)
    assert len(hub.rows(SyncNotice, "message")) == currencies.count("JPY")


async def test_a_correction_of_the_currency_wakes_nothing_that_does_not_count(hub: Hub) -> None:
    gone, declined = payment("P1", "100.00", on={"I1": "40.00"}), payment("P2", "100.00", on={"I1": "50.00"}, state=PaymentState.DECLINED)
    await hub.sync([customer(), rate("JPY", 1, 163), invoice("I1", "10000", currency="JPY"), gone, declined])
    await hub.sync(Page(records=[], cursor=None, deletions=[Deletion(stream=Stream.PAYMENTS, external_id="P1")]))
    await hub.sync([invoice("I1", "100.00")])
    assert hub.rows(Invoice, "currency", "amount_due_minor") == [("EUR", 10_000)]
    assert hub.rows(Payment, "allocated_minor") == [(0,), (0,)]


async def test_what_an_allocation_takes_of_another_currency_is_never_guessed(hub: Hub) -> None:
    item = AllocationItem(invoice_external_id="I1", amount_minor=9_000, currency="USD")
    await hub.sync([customer(), payment(allocations=[item])])
    assert hub.rows(Payment, "unapplied_minor") == [(10_000,)]
    await hub.sync([invoice(currency="USD")])
    assert hub.rows(Invoice, "amount_due_minor") == [(10_000,)]
    assert ["takes in EUR is not stated" in text for (text,) in hub.rows(SyncNotice, "message")] == [True]


# --- what is left behind --------------------------------------------------------------------------


async def test_lists_that_change_leave_one_change_each(hub: Hub) -> None:
    line = InvoiceLineItem(item_name="Hours", amount_minor=10000)
    await hub.sync([customer(segments=["North"]), invoice(lines=[line]), invoice("I2"), payment(on={"I1": "100.00"})])
    parts = [DuePartItem(due_date=date(2026, 10, 1), amount_minor=10000)]
    await hub.sync([customer(segments=["South"]), invoice(due_parts=parts), payment(on={"I2": "100.00"})])
    changes = {field: (old, new) for field, old, new in hub.rows(Change, "field", "old_value", "new_value")}
    assert changes.keys() == {"segments", "lines", "due_parts", "has_due_parts", "allocations"}
    assert changes["segments"] == ('["North"]', '["South"]')
    assert changes["lines"][1] is None
    assert changes["due_parts"][0] is None
    assert [json.loads(text)[0]["invoice_external_id"] for text in changes["allocations"]] == ["I1", "I2"]


def open_list(day: date) -> Feed:
    return Feed("open", (), sequence=day.isoformat(), full_open_list=FullOpenList(Stream.INVOICES, closed_on=day))


async def test_closing_what_is_absent_tells_what_stood_there(hub: Hub) -> None:
    listed = [invoice(f"I{number}", source_status="Open", amount_paid_minor=4000, paid_on=date(2026, 10, 5)) for number in range(1, 21)]
    await hub.sync([customer(), *listed], feed=open_list(date(2026, 11, 1)))
    await hub.sync(listed[1:], feed=open_list(date(2026, 11, 8)), closing=Closing(1))
    assert hub.rows(Change, "field", "old_value", "new_value") == [
        ("source_balance_minor", None, "0"),
        ("source_paid_minor", "4000", None),
        ("source_status", '"Open"', '"ABSENT_FROM_OPEN_LIST"'),
        ("stated_paid_on", '"2026-10-05"', '"2026-11-08"'),
    ]


async def test_a_list_closes_no_invoice_that_is_dated_after_it(hub: Hub) -> None:
    later = invoice("LATER", document_date=date(2026, 11, 10), due_date=date(2026, 12, 10))
    await hub.sync([customer(), invoice("SAME DAY", document_date=date(2026, 11, 1)), later])
    with hub.store.read() as connection:
        absent = find_absent(connection, hub.connect("books"), "open", closed_on=date(2026, 11, 1))
    assert [item.external_id for item in absent] == ["SAME DAY"]


@pytest.mark.parametrize(("own", "stated"), [("EUR", "JPY"), ("USD", "EUR")], ids=["payment in a third currency", "payment in that of the invoice"])
@pytest.mark.parametrize("invoice_first", [True, False])
async def test_an_allocation_that_names_another_currency_than_the_invoices_settles_nothing(hub: Hub, *, own: str, stated: str, invoice_first: bool) -> None:
    item = AllocationItem(invoice_external_id="I1", amount_minor=9_000, currency=stated, allocated_minor=8_000)
    said = invoice(currency="USD"), payment(currency=own, allocations=[item])
    for record in said if invoice_first else reversed(said):
        await hub.sync([customer(), record])
    assert hub.rows(Invoice, "amount_paid_minor", "amount_due_minor") == [(0, 10_000)]
    assert hub.rows(Payment, "unapplied_minor") == [(10_000,)]
    assert len(hub.rows(SyncNotice, "message")) == 1
