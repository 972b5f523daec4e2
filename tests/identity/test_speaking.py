"""Who speaks for a customer that several systems know: the first of the order that ever delivered what is spoken for."""

from threading import Thread

import anyio
import pytest

from hub.model import Customer, CustomerFigures, Invoice, Payment
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Record
from hub.sync.authority import may_change_speakers
from hub.vocabulary import ConnectionKind, Stream
from tests.databases import ON_POSTGRESQL
from tests.identity.conftest import Key, Systems
from tests.sync.records import credit_note, customer, invoice, payment

BOOKS: Key = ("books", "B1")
CRM: Key = ("crm", "C1")
GATE: Key = ("gate", "G1")


def of_crm(number: str, total: str) -> Record:
    return invoice(number, total, customer_external_id="C1")


async def one_customer(systems: Systems, *keys: Key) -> None:
    """Systems that know one customer; the first one named counts."""
    for system, external_id in keys:
        await systems.say(system, customer(external_id))
    for key in keys[1:]:
        systems.merge(key, into=keys[0])


def counting(systems: Systems) -> list[str]:
    """The numbers of the invoices that count."""
    return [number for number, counts in systems.hub.rows(Invoice, "number", "is_authoritative") if counts]


async def test_who_never_delivered_an_invoice_silences_nobody(systems: Systems) -> None:
    await one_customer(systems, BOOKS, CRM)
    await systems.say("crm", of_crm("A", "100.00"))
    assert counting(systems) == ["A"]
    systems.unmerge(CRM)
    systems.merge(CRM, into=BOOKS)
    assert counting(systems) == ["A"]
    assert systems.hub.rows(CustomerFigures, "outstanding_minor")[0] == (10_000,)


@pytest.mark.parametrize("first", [invoice("X", customer_external_id="B2"), credit_note("X", customer_external_id="B2")], ids=["invoice", "credit note"])
async def test_with_its_first_document_a_system_speaks_for_every_customer_that_it_knows(systems: Systems, first: Record) -> None:
    await one_customer(systems, BOOKS, CRM)
    await systems.say("crm", of_crm("A", "100.00"))
    await systems.say("books", customer("B2"), first)
    assert "A" not in counting(systems)
    assert systems.hub.rows(CustomerFigures, "outstanding_minor")[0] == (0,)


async def test_payments_of_a_gateway_count_where_the_books_have_none(systems: Systems) -> None:
    await one_customer(systems, BOOKS, GATE)
    await systems.say("books", invoice("I", customer_external_id="B1"))
    await systems.say("gate", payment("P", customer_external_id="G1"))
    assert systems.hub.rows(Payment, "is_authoritative") == [(True,)]
    await systems.say("books", payment("Q", customer_external_id="B1"))
    assert systems.hub.rows(Payment, "is_authoritative") == [(False,), (True,)]


@pytest.mark.parametrize("kind", [ConnectionKind.FILES, ConnectionKind.ACCOUNTING], ids=["an import", "one that was removed"])
async def test_what_is_not_run_speaks_by_its_kind(systems: Systems, kind: ConnectionKind) -> None:
    systems.hub.connect("open items", kind)
    await one_customer(systems, CRM, ("open items", "F1"))
    await systems.say("crm", of_crm("A", "100.00"))
    await systems.say("open items", invoice("B", "70.00", customer_external_id="F1"))
    assert counting(systems) == ["B"]
    await systems.say("crm", customer("C1", phone="+49 30 1"))
    assert counting(systems) == ["B"]


class TestReportedBalances:
    """What a source says is owed to it is believed of the one that speaks for the invoices."""

    async def test_are_those_of_the_one_whose_invoices_count(self, systems: Systems) -> None:
        await systems.say("books", customer("B1"))
        await systems.say("crm", customer("C1", reported_balances={"EUR": 10_000}))
        systems.merge(CRM, into=BOOKS)
        await systems.say("crm", of_crm("A", "100.00"))
        assert systems.hub.rows(Customer, "reported_balances")[0] == ({"EUR": 10_000},)

    async def test_follow_when_another_comes_to_speak(self, systems: Systems) -> None:
        await systems.say("books", customer("B1", reported_balances={"EUR": 7_000}))
        await systems.say("crm", customer("C1", reported_balances={"EUR": 10_000}))
        systems.merge(CRM, into=BOOKS)
        await systems.say("crm", of_crm("A", "100.00"))
        assert systems.hub.rows(Customer, "reported_balances")[0] == ({"EUR": 10_000},)
        await systems.say("books", customer("B2"), invoice("X", customer_external_id="B2"))
        assert systems.hub.rows(Customer, "reported_balances")[0] == ({"EUR": 7_000},)


class TestPagesThatMayChangeIt:
    async def changes(self, systems: Systems, *records: Record, deleted: tuple[Deletion, ...] = ()) -> bool:
        page = Page(records=records, cursor=None, deletions=deleted)
        with systems.hub.store.read() as connection:
            return may_change_speakers(connection, systems.hub.connect("books"), page)

    async def test_none_does_where_nobody_is_known_twice(self, systems: Systems) -> None:
        await systems.say("books", customer("B1"))
        assert not await self.changes(systems, customer("B1"), invoice("A", customer_external_id="B1"))

    async def test_customers_that_go_or_return_and_what_comes_first_of_a_stream_do(self, systems: Systems) -> None:
        gone = Deletion(stream=Stream.CUSTOMERS, external_id="B1")
        await one_customer(systems, BOOKS, CRM)
        await systems.say("books", invoice("A", customer_external_id="B1"))
        assert await self.changes(systems, deleted=(gone,))
        assert await self.changes(systems, payment("P", customer_external_id="B1"))
        assert not await self.changes(systems, customer("B1"), customer("B3"), invoice("B", customer_external_id="B1"))
        await systems.say("books", Page(records=[], cursor=None, deletions=[gone]))
        assert await self.changes(systems, customer("B1"))


@ON_POSTGRESQL
async def test_an_invoice_that_lands_while_another_system_lets_the_customer_go_counts(systems: Systems, monkeypatch: pytest.MonkeyPatch) -> None:
    await one_customer(systems, BOOKS, CRM)
    await systems.say("books", invoice("A", customer_external_id="B1"))
    await systems.say("crm", of_crm("B", "70.00"))
    others: list[Thread] = []

    def meanwhile(place: str) -> None:
        if place == "page.rows_written" and not others:
            others.append(Thread(target=anyio.run, args=(lambda: systems.say("crm", of_crm("B2", "30.00")),)))
            others[0].start()
            others[0].join(1.5)

    monkeypatch.setattr("hub.sync.writing.crashpoint", meanwhile)
    await systems.say("books", Page(records=[], cursor=None, deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="B1")]))
    await anyio.to_thread.run_sync(others[0].join)
    assert counting(systems) == ["B", "B2"]
