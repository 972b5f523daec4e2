"""hub/sync/authority.py: of a customer known to two connections, one speaks for its invoices and one for its payments."""

from collections.abc import Mapping, Sequence

import pytest
import sqlalchemy as sa

from hub.clock import business_date
from hub.health.basis import Basis
from hub.health.rate_table import load_rate_table
from hub.model import Customer, CustomerFigures, ExternalReference, Invoice, Settlement, table_of
from hub.plugins.connector import Page
from hub.plugins.records import Deletion
from hub.sync.authority import known_elsewhere
from hub.sync.context import PageWork, RunContext
from hub.vocabulary import ConnectionKind, Stream
from tests.sync.conftest import Hub
from tests.sync.records import credit_note, customer, invoice, payment


async def both_know_the_customer(hub: Hub) -> Mapping[Stream, Sequence[int]]:
    """Customer C1 of `books` and K1 of `shop` are one; `books` speaks first."""
    await hub.sync([customer()], name="books")
    books, shop = hub.connect("books"), hub.connect("shop", ConnectionKind.CRM)
    await hub.sync([customer("K1")], name="shop")
    references, customers = table_of(ExternalReference), table_of(Customer)
    with hub.store.write() as connection:
        mine = connection.execute(sa.select(references.c.entity_id).where(references.c.external_id == "C1")).scalar_one()
        other = connection.execute(sa.select(references.c.entity_id).where(references.c.external_id == "K1")).scalar_one()
        connection.execute(sa.update(references).where(references.c.external_id == "K1").values(entity_id=mine))
        connection.execute(sa.update(customers).where(customers.c.id == other).values(is_deleted=True))
    return {Stream.INVOICES: (books, shop), Stream.PAYMENTS: (shop, books)}


async def shop_delivers(hub: Hub, authority: Mapping[Stream, Sequence[int]]) -> None:
    """A credit note and a payment of another customer, without which `shop` speaks for nobody."""
    await hub.sync([customer("K2"), credit_note("N0", customer_external_id="K2"), payment("Q0", customer_external_id="K2")], name="shop", authority=authority)


async def test_an_invoice_of_the_other_connection_is_kept_and_enters_no_figure(hub: Hub) -> None:
    authority = await both_know_the_customer(hub)
    await hub.sync([invoice("A", "100.00")], name="books", authority=authority)
    await hub.sync([invoice("B", "70.00", customer_external_id="K1")], name="shop", authority=authority)
    assert hub.rows(Invoice, "number", "is_authoritative") == [("A", True), ("B", False)]
    assert hub.rows(CustomerFigures, "outstanding_minor")[0] == (10000,)


async def test_a_payment_of_the_other_connection_settles_nothing(hub: Hub) -> None:
    authority = await both_know_the_customer(hub)
    await shop_delivers(hub, authority)
    await hub.sync([invoice("A"), payment("P", on={"A": "60.00"})], name="books", authority=authority)
    assert hub.rows(Invoice, "amount_due_minor") == [(10000,)]
    await hub.sync([payment("Q", customer_external_id="K1")], name="shop", authority=authority)
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor")[0] == (10000,)


async def test_when_the_order_changes_the_settlements_count_again(hub: Hub) -> None:
    authority = await both_know_the_customer(hub)
    await shop_delivers(hub, authority)
    await hub.sync([invoice("A"), payment("P", on={"A": "60.00"})], name="books", authority=authority)
    assert hub.rows(Invoice, "amount_due_minor") == [(10000,)]
    books_first = {stream: tuple(sorted(order)) for stream, order in authority.items()}
    await hub.sync([invoice("A", number="A2")], name="books", authority=books_first)
    assert hub.rows(Invoice, "amount_due_minor") == [(4000,)]


@pytest.mark.parametrize("entity", ["payment", "credit note"])
async def test_what_another_speaks_for_settles_nothing_after_a_change_either(hub: Hub, entity: str) -> None:
    order = tuple(reversed((await both_know_the_customer(hub))[Stream.INVOICES]))
    authority: Mapping[Stream, Sequence[int]] = {Stream.INVOICES: order, Stream.PAYMENTS: order}
    made = payment if entity == "payment" else credit_note
    await shop_delivers(hub, authority)
    await hub.sync([invoice("A"), made(on={"A": "20.00"})], name="books", authority=authority)
    assert hub.rows(Settlement, "counts") == [(False,)]
    await hub.sync([made(on={"A": "25.00"})], name="books", authority=authority)
    assert hub.rows(Settlement, "amount_minor", "counts") == [(2500, False)]
    assert hub.rows(Invoice, "amount_due_minor") == [(10000,)]


async def test_a_connection_speaks_again_when_the_other_source_lets_the_customer_go(hub: Hub) -> None:
    authority = await both_know_the_customer(hub)
    await hub.sync([invoice("A")], name="books", authority=authority)
    await hub.sync([invoice("B", "70.00", customer_external_id="K1")], name="shop", authority=authority)
    gone = [Deletion(stream=Stream.CUSTOMERS, external_id="C1"), Deletion(stream=Stream.INVOICES, external_id="A")]
    await hub.sync(Page(records=[], cursor=None, deletions=gone), name="books", authority=authority)
    assert hub.rows(Invoice, "number", "is_authoritative") == [("A", False), ("B", True)]
    await hub.sync([customer("C1", name="Back"), invoice("A", number="A2")], name="books", authority=authority)
    assert hub.rows(Invoice, "number", "is_authoritative") == [("A2", True), ("B", False)]


async def test_a_customer_is_known_elsewhere_until_its_last_reference_goes(hub: Hub) -> None:
    await both_know_the_customer(hub)
    (mine, first), (other, second) = hub.rows(ExternalReference, "entity_id", "id")
    assert mine == other
    with hub.store.write() as connection:
        work = work_of(hub, connection, authority={})
        assert known_elsewhere(work, [mine], gone=[first]) == {mine}
        assert known_elsewhere(work, [mine], gone=[first, second]) == set()


def work_of(hub: Hub, connection: sa.Connection, *, authority: Mapping[Stream, Sequence[int]]) -> PageWork:
    today = business_date(hub.clock, hub.workspace.time_zone)
    basis = Basis.of(hub.workspace, today)
    run = RunContext(
        connection_id=0,
        connection_name="",
        run_id=0,
        feed="",
        now=hub.clock.now(),
        today=today,
        zone=hub.workspace.time_zone,
        rates=load_rate_table(connection, basis.base_currency, basis.conversion_date),
        basis=basis,
        authority=authority,
        dialect=connection.dialect.name,
    )
    return PageWork(connection, run)
