"""hub/sync/authority.py: of a customer known to two connections, one speaks for its invoices and one for its payments."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from hub.model import Customer, CustomerFigures, ExternalReference, Invoice, table_of
from hub.vocabulary import ConnectionKind, Stream
from tests.sync.conftest import Hub
from tests.sync.records import customer, invoice, payment


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


async def test_an_invoice_of_the_other_connection_is_kept_and_enters_no_figure(hub: Hub) -> None:
    authority = await both_know_the_customer(hub)
    await hub.sync([invoice("A", "100.00")], name="books", authority=authority)
    await hub.sync([invoice("B", "70.00", customer_external_id="K1")], name="shop", authority=authority)
    assert hub.rows(Invoice, "number", "is_authoritative") == [("A", True), ("B", False)]
    assert hub.rows(CustomerFigures, "outstanding_minor")[0] == (10000,)


async def test_a_payment_of_the_other_connection_settles_nothing(hub: Hub) -> None:
    authority = await both_know_the_customer(hub)
    await hub.sync([invoice("A"), payment("P", on={"A": "60.00"})], name="books", authority=authority)
    assert hub.rows(Invoice, "amount_due_minor") == [(10000,)]
    await hub.sync([payment("Q", customer_external_id="K1")], name="shop", authority=authority)
    assert hub.rows(CustomerFigures, "unaccounted_payment_minor")[0] == (10000,)


async def test_when_the_order_changes_the_settlements_count_again(hub: Hub) -> None:
    authority = await both_know_the_customer(hub)
    await hub.sync([invoice("A"), payment("P", on={"A": "60.00"})], name="books", authority=authority)
    books_first = {stream: tuple(sorted(order)) for stream, order in authority.items()}
    await hub.sync([invoice("A", number="A2")], name="books", authority=books_first)
    assert hub.rows(Invoice, "amount_due_minor") == [(4000,)]
