"""hub/sync/pushing.py: a batch that is pushed lands as a page of any connector does, and each item is told what became of it."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from random import Random

import anyio
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.config import Settings
from hub.errors import RequestError
from hub.model import Change, CustomerFigures, DirtyCustomer, Invoice, JobRun, RejectedRecord, SyncRun, WaitingRecord, table_of
from hub.plugins.records import AllocationItem, ContactRecord, Deletion, DuePartItem, InvoiceLineItem, Record, Refusal
from hub.store.engine import Store
from hub.sync.fates import Fate, Item
from hub.sync.pushing import FOLLOW_UP_JOB, Push, Pushed
from hub.vocabulary import BillToPreference, ConnectionKind, Entity, PushOutcome, RejectionStatus, Stream, SyncRunStatus
from tests.examples import examples
from tests.sync.conftest import Hub
from tests.sync.contents import OLDEST, contents
from tests.sync.histories import histories
from tests.sync.records import credit_note, customer, invoice, payment, rate
from tests.wiping import wipe

CREATED, UPDATED, UNCHANGED, STALE, WAITING, DELETED, REJECTED = PushOutcome

Land = Callable[[Sequence[Item]], Pushed]


def settings_of(hub: Hub) -> Settings:
    return Settings(Path(), str(hub.store.url), Path(), hub.workspace)


def land(hub: Hub, *items: Item, name: str = "shop") -> Pushed:
    """One push, in a transaction of its own."""
    key = hub.connect(name, ConnectionKind.API)
    with hub.store.write() as connection:
        return Push(connection, settings_of(hub), hub.clock, key, name, actor="ada", reason="moved").land(items)


def outcomes(pushed: Pushed) -> list[PushOutcome]:
    return [fate.outcome for fate in pushed.fates]


ALL: list[Record] = [
    rate("USD", 9, 10),
    customer("C1", segments=["Retail"], currency="EUR", reported_balances={"EUR": 100}),
    customer("C2", parent_external_id="C1"),
    ContactRecord(external_id="K1", customer_external_id="C1", name="Ida"),
    invoice("I1", lines=[InvoiceLineItem(item_name="Hours", quantity="2", unit_price="50.00", amount_minor=100_00)], custom={"region": "north"}),
    invoice("I2", currency="USD", customer_external_id="C2", due_parts=[DuePartItem(due_date=date(2026, 10, 1), amount_minor=100_00)]),
    credit_note("N1", on={"I1": "10.00"}),
    payment("P1", "60.00", on={"I1": "50.00"}),
]


async def test_every_kind_of_record_ends_as_if_a_connector_had_brought_it(hub: Hub) -> None:
    await hub.sync(ALL, name="shop")
    hub.refresh()
    expected = contents(hub.store)
    wipe(hub.store)
    pushed = land(hub, *ALL)
    hub.refresh()
    assert outcomes(pushed) == [CREATED] * len(ALL)
    assert contents(hub.store) == expected


def test_figures_are_right_when_the_push_has_ended(hub: Hub) -> None:
    land(hub, customer(), invoice(total="100.00"), payment(amount="40.00", on={"I1": "40.00"}))
    assert hub.rows(CustomerFigures, "total_due_minor", "cash_received_minor") == [(60_00, 40_00)]
    assert hub.rows(DirtyCustomer, "customer_id") == []


def test_who_is_billed_for_whom_is_right_when_the_push_has_ended(hub: Hub) -> None:
    from_parent = customer("C2", parent_external_id="C1", bill_to_preference=BillToPreference.TOP_PARENT)
    land(hub, customer("C1"), from_parent, invoice(customer_external_id="C2"))
    before = contents(hub.store)
    hub.refresh()
    assert contents(hub.store) == before


def test_a_push_is_a_run_that_has_ended(hub: Hub) -> None:
    pushed = land(hub, customer(), replace(invoice(), currency="XXX"), invoice("I2"))
    columns = ("id", "trigger", "status", "read_count", "created_count", "rejected_count", "started_at", "ended_at")
    assert hub.rows(SyncRun, *columns) == [(pushed.run_id, "PUSH", SyncRunStatus.SUCCEEDED, 3, 2, 1, hub.clock.now(), hub.clock.now())]


def test_changes_name_who_pushed(hub: Hub) -> None:
    land(hub, customer())
    pushed = land(hub, customer(name="Ida"))
    assert hub.rows(Change, "run_id", "actor", "reason", "field") == [(pushed.run_id, "ada", "moved", name) for name in ("name", "search_name")]


def test_the_same_once_more_changes_nothing(hub: Hub) -> None:
    land(hub, *ALL)
    before = hub.everything()
    assert outcomes(land(hub, *ALL)) == [UNCHANGED] * len(ALL)
    assert hub.everything() == before


def test_a_refused_record_is_kept_and_closed_by_a_right_one(hub: Hub) -> None:
    pushed = land(hub, customer(), replace(invoice(), currency="XXX"), invoice("I2"))
    assert pushed.fates == [Fate(CREATED), Fate(REJECTED, "currency", "'XXX' is no currency code of ISO 4217"), Fate(CREATED)]
    assert hub.rows(RejectedRecord, "external_id", "status") == [("I1", RejectionStatus.OPEN)]
    assert outcomes(land(hub, invoice("I1"))) == [CREATED]
    assert hub.rows(RejectedRecord, "external_id", "status") == [("I1", RejectionStatus.RESOLVED)]


def test_what_is_no_record_is_kept_with_its_reason(hub: Hub) -> None:
    refusal = Refusal(place="records[1]", reason="no amount", field="total", stream=Stream.INVOICES, external_id="I1", raw={"total": "x"})
    assert land(hub, customer(), refusal).fates[1] == Fate(REJECTED, "total", "no amount")
    assert hub.rows(RejectedRecord, "stream", "external_id", "raw") == [(Stream.INVOICES, "I1", '{"total":"x"}')]


def test_a_record_that_the_database_refuses_keeps_none_of_the_others_back(hub: Hub) -> None:
    pushed = land(hub, customer(), invoice("I1", amount_paid_minor=2**70), invoice("I2"))
    assert outcomes(pushed) == [CREATED, REJECTED, CREATED]


def test_ids_that_nothing_can_have_are_told_apart(hub: Hub) -> None:
    pushed = land(hub, customer(""), customer("C" * 300), customer())
    assert [(fate.outcome, fate.field) for fate in pushed.fates] == [(REJECTED, "external_id"), (REJECTED, "external_id"), (CREATED, None)]


class TestOrder:
    def test_a_parent_may_come_after_its_child(self, hub: Hub) -> None:
        assert outcomes(land(hub, payment(on={"I1": "100.00"}), invoice(), customer())) == [CREATED] * 3
        assert hub.rows(Invoice, "amount_due_minor") == [(0,)]

    def test_a_parent_may_come_in_the_next_batch(self, hub: Hub) -> None:
        assert outcomes(land(hub, invoice())) == [WAITING]
        assert hub.rows(CustomerFigures, "customer_id") == []
        assert outcomes(land(hub, customer())) == [CREATED]
        assert hub.rows(WaitingRecord, "external_id") == []
        assert hub.rows(CustomerFigures, "total_due_minor") == [(100_00,)]

    def test_an_older_version_does_not_overwrite_a_newer_one(self, hub: Hub) -> None:
        land(hub, customer(source_version=2))
        assert outcomes(land(hub, customer(source_version=1, name="Old"))) == [STALE]

    def test_of_one_object_twice_in_a_batch_the_newest_counts(self, hub: Hub) -> None:
        pushed = land(hub, customer(source_version=2), customer(source_version=1, name="Old"), customer(source_version=2))
        assert outcomes(pushed) == [UNCHANGED, STALE, CREATED]

    def test_without_versions_the_last_counts(self, hub: Hub) -> None:
        assert outcomes(land(hub, customer(), invoice(total="1.00"), invoice(total="2.00"))) == [CREATED, STALE, CREATED]
        assert hub.rows(Invoice, "total_minor") == [(2_00,)]

    def test_what_cannot_even_be_looked_up_hides_nothing(self, hub: Hub) -> None:
        far = datetime(9999, 1, 1, tzinfo=UTC)
        pushed = land(hub, customer(source_updated_at=datetime(2026, 1, 1, tzinfo=UTC)), customer(source_updated_at=far))
        assert [(fate.outcome, fate.field) for fate in pushed.fates] == [(CREATED, None), (REJECTED, "source_updated_at")]

    def test_a_deletion_and_what_comes_back_after_it_count_in_their_order(self, hub: Hub) -> None:
        gone = Deletion(stream=Stream.INVOICES, external_id="I1")
        assert outcomes(land(hub, customer(), invoice(), gone)) == [CREATED, CREATED, DELETED]
        assert hub.rows(Invoice, "is_deleted") == [(True,)]
        assert outcomes(land(hub, invoice(), gone, invoice(total="2.00"), gone, invoice())) == [UPDATED, DELETED, UPDATED, DELETED, UPDATED]
        assert hub.rows(Invoice, "is_deleted", "total_minor") == [(False, 100_00)]
        assert hub.rows(CustomerFigures, "total_due_minor") == [(100_00,)]

    def test_a_right_record_after_a_wrong_one_closes_it(self, hub: Hub) -> None:
        wrong = Refusal(place="records[1]", reason="no amount", stream=Stream.INVOICES, external_id="I1")
        assert outcomes(land(hub, customer(), wrong, invoice())) == [CREATED, REJECTED, CREATED]
        assert hub.rows(RejectedRecord, "status") == [(RejectionStatus.RESOLVED,)]

    def test_what_goes_to_and_fro_too_often_is_refused_as_a_whole(self, hub: Hub) -> None:
        gone = Deletion(stream=Stream.CUSTOMERS, external_id="C1")
        with pytest.raises(RequestError, match="too often"):
            land(hub, *[item for _ in range(15) for item in (customer(), gone)])
        assert hub.rows(SyncRun, "id") == []


def test_a_deletion_of_what_is_unknown_or_waits(hub: Hub) -> None:
    land(hub, invoice("I2"))
    pushed = land(hub, *(Deletion(stream=Stream.INVOICES, external_id=name, source_version=3) for name in ("I1", "I2")))
    assert outcomes(pushed) == [UNCHANGED, DELETED]
    assert outcomes(land(hub, customer(), invoice("I1", source_version=2))) == [CREATED, STALE]


def test_a_deletion_that_cannot_be_compared_is_rejected_beside_one_of_the_same_object_that_can(hub: Hub) -> None:
    land(hub, customer(), invoice())
    good, bad = (Deletion(stream=Stream.INVOICES, external_id="I1", source_version=version) for version in (2, 2**63))
    pushed = land(hub, good, bad)
    assert outcomes(pushed) == [DELETED, REJECTED]
    assert (pushed.fates[1].field, pushed.fates[1].reason) == ("source_version", "the deletion cannot be applied: a version is a whole number of 64 bits")
    card = Deletion(stream=Stream.PAYMENT_METHODS, external_id="4111111111111111", source_version=2**63)
    assert outcomes(land(hub, card)) == [REJECTED]


def test_rows_are_told_by_their_external_ids(hub: Hub) -> None:
    pushed = land(hub, customer(), invoice(), invoice("I9", customer_external_id="C9"))
    assert {key: entity for key, (entity, _) in pushed.rows.items()} == {
        (Stream.CUSTOMERS, "C1"): Entity.CUSTOMER,
        (Stream.INVOICES, "I1"): Entity.INVOICE,
    }


def test_new_customers_are_compared_by_one_job(hub: Hub) -> None:
    land(hub, customer("C1"))
    land(hub, customer("C2"))
    assert hub.rows(JobRun, "kind", "lock") == [(FOLLOW_UP_JOB, FOLLOW_UP_JOB)]


async def test_a_push_lets_a_run_of_its_connection_go_on(hub: Hub) -> None:
    key = hub.connect("shop", ConnectionKind.API)
    with hub.store.write() as connection:
        values = {"connection_id": key, "status": SyncRunStatus.RUNNING, "started_at": hub.clock.now()}
        running = connection.execute(sa.insert(table_of(SyncRun)).values(**values).returning(table_of(SyncRun).c.id)).scalar_one()
    land(hub, customer())
    assert dict(hub.rows(SyncRun, "id", "status"))[running] is SyncRunStatus.RUNNING


def test_pushes_at_the_same_time_come_one_after_the_other(hub: Hub) -> None:
    hub.connect("shop", ConnectionKind.API)
    ready, failures = threading.Barrier(4), list[BaseException]()

    def one(number: int) -> None:
        mine = Hub(Store(str(hub.store.url)), hub.workspace, hub.clock)
        try:
            ready.wait()
            for turn in range(5):
                item = AllocationItem(invoice_external_id="I1", amount_minor=1_00)
                land(mine, customer(), invoice(total="100.00"), payment(f"P{number}-{turn}", "1.00", allocations=[item]))
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)
        finally:
            mine.store.dispose()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert hub.rows(Invoice, "amount_due_minor", "amount_paid_minor") == [(80_00, 20_00)]
    assert hub.rows(CustomerFigures, "total_due_minor", "cash_received_minor") == [(80_00, 20_00)]
    assert hub.rows(DirtyCustomer, "customer_id") == []


@settings(
    max_examples=examples(4),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories(), cut=st.tuples(st.randoms(use_true_random=False), st.integers(1, 12)))
def test_any_order_and_any_cut_of_batches_ends_as_one_import(hub: Hub, history: tuple[list[list[Record]], list[Record]], cut: tuple[Random, int]) -> None:
    _, final = history
    random, size = cut
    wipe(hub.store)
    anyio.run(partial(hub.sync, final, name="shop"))
    expected = contents(hub.store, untold=OLDEST)
    wipe(hub.store)
    shuffled = random.sample(final, len(final))
    for start in range(0, len(shuffled), size):
        land(hub, *shuffled[start : start + size])
    hub.refresh()
    assert contents(hub.store, untold=OLDEST) == expected
