"""Who speaks for a customer that several systems know: the first of the order that ever delivered what is spoken for."""

from collections.abc import Awaitable, Callable
from threading import Thread

import anyio
import pytest
import sqlalchemy as sa

from hub.model import Customer, CustomerFigures, Invoice, Payment
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Record
from hub.sync import writing
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


def beside(step: Callable[[], Awaitable[None]]) -> Thread:
    """Another process that takes a step, started; it may have to wait for whoever starts it."""
    other = Thread(target=anyio.run, args=(step,))
    other.start()
    other.join(1.5)
    return other


@ON_POSTGRESQL
class TestBesideAPageThatChangesIt:
    """On PostgreSQL two pages may land at a time, but not one of them while the other changes who speaks."""

    async def test_by_letting_the_customer_go(self, systems: Systems, monkeypatch: pytest.MonkeyPatch) -> None:
        await one_customer(systems, BOOKS, CRM)
        await systems.say("books", invoice("A", customer_external_id="B1"))
        await systems.say("crm", of_crm("B", "70.00"))
        gone = Page(records=[], cursor=None, deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="B1")])
        await self.while_another_lands(systems, monkeypatch, gone)
        assert counting(systems) == ["B", "B2"]

    async def test_by_a_first_invoice_that_had_waited_for_its_customer(self, systems: Systems, monkeypatch: pytest.MonkeyPatch) -> None:
        await one_customer(systems, BOOKS, CRM)
        await systems.say("crm", of_crm("A", "100.00"))
        await systems.say("books", invoice("X", customer_external_id="B9"))
        await self.while_another_lands(systems, monkeypatch, customer("B9"))
        assert counting(systems) == ["X"]

    async def test_by_a_customer_that_comes_back_and_went_only_while_the_page_waited(self, systems: Systems, monkeypatch: pytest.MonkeyPatch) -> None:
        await one_customer(systems, BOOKS, CRM)
        await systems.say("books", invoice("A", customer_external_id="B1"))
        await systems.say("crm", of_crm("B", "70.00"))
        gone = Page(records=[], cursor=None, deletions=[Deletion(stream=Stream.CUSTOMERS, external_id="B1")])
        share, steps = writing.share_books, iter((lambda: systems.say("books", gone),))

        def share_late(connection: sa.Connection) -> None:
            if self.at_a_page and (step := next(steps, None)) is not None:
                beside(step).join()
                self.at_a_page = True
            share(connection)

        monkeypatch.setattr(writing, "share_books", share_late)
        await self.while_another_lands(systems, monkeypatch, customer("B1", phone="+49 1"), passes=1)
        assert counting(systems) == ["A"]

    at_a_page = False

    async def while_another_lands(self, systems: Systems, monkeypatch: pytest.MonkeyPatch, *said: Record | Page, passes: int = 0) -> None:
        """Let the books say something, and the CRM bring an invoice once the rows of that are written; so many pages pass before."""
        others: list[Thread] = []
        left = iter(range(passes))

        def meanwhile(place: str) -> None:
            self.at_a_page = place == "page.before_begin"
            if place == "page.rows_written" and not others and next(left, None) is None:
                others.append(beside(lambda: systems.say("crm", of_crm("B2", "30.00"))))

        monkeypatch.setattr("hub.sync.writing.crashpoint", meanwhile)
        await systems.say("books", *said)
        await anyio.to_thread.run_sync(others[0].join)
