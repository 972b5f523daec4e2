"""CSV from the query to the cells; and random filters, in both forms, against paging by hand."""

from random import Random

from tests.exports.test_spreadsheet import PAYLOADS, STARTS, unguarded
from tests.schema.export.place import Place, by_hand, lines, table

CONDITIONS = (
    "isOpen: true",
    "isOverdue: false",
    'number: {contains: "1"}',
    "number: {isNull: true}",
    'dueDate: {lt: "2026-02-20"}',
    'total: {gte: {amount: "5.00", currency: EUR}}',
    "status: {in: [OPEN, PARTIALLY_PAID]}",
    'customer: {name: {startsWith: "A"}}',
)
ORDERS = ("NUMBER", "DUE_DATE", "TOTAL", "DOCUMENT_DATE")


async def test_objects_are_columns_and_lists_are_json(place: Place) -> None:
    customer = place.hub.customer('=Acme "Ltd"', phone="+31 6 1234")
    invoice = place.hub.invoice(customer, -1_250, number="00012")
    place.hub.line(invoice, 1, -1_250)
    amounts = "total { amount currency } sourceBalance { amount currency }"
    query = f"{{ invoices {{ nodes {{ n: number isOpen {amounts} customer {{ name phone email }} lines {{ position }} }} }} }}"
    content = await place.exported(query, "CSV")
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert table(content) == [
        [*"n isOpen total.amount total.currency sourceBalance.amount sourceBalance.currency customer.name customer.phone customer.email lines".split()],
        ["00012", "false", "-12.50", "EUR", "", "", '\'=Acme "Ltd"', "'+31 6 1234", "", '[{"position":1}]'],
    ]


async def test_two_hundred_cells_that_want_to_be_formulas_are_texts(place: Place) -> None:
    names = [text.replace("\0", "") for text in PAYLOADS if text.strip("\0")]
    for name in names:
        place.hub.customer(name)
    content = await place.exported("{ customers { nodes { name id } } }", "CSV")
    found = [unguarded(row[0]) for row in table(content)[1:]]
    assert sorted(found) == sorted(f"'{name}" if name[:1] in STARTS else name for name in names)


async def test_random_filters_and_orders_give_what_paging_by_hand_gives(place: Place) -> None:
    random = Random(7)  # noqa: S311 - the same filters in every run
    customers = [place.hub.customer(name) for name in ("Acme", "Bo", "Ärger")]
    for number in range(60):
        place.hub.invoice(random.choice(customers), number * 25, paid=random.choice((0, number * 25, 5)), number=str(number) if number % 4 else None)
    for _ in range(12):
        where = ", ".join(random.sample(CONDITIONS, random.randint(1, 2)))
        where = f"{{not: {{{where}}}}}" if random.random() < 0.3 else f"{{{where}}}"
        order = f"{{field: {random.choice(ORDERS)}, direction: {random.choice(('ASC', 'DESC'))}, nulls: {random.choice(('FIRST', 'LAST'))}}}"
        arguments = f"where: {where}, orderBy: [{order}]"
        select = "id number status total { amount currency }"
        wanted = by_hand(place, "invoices", arguments=f"{arguments},", select=select, size=random.randint(3, 20))
        query = f"{{ invoices({arguments}) {{ nodes {{ {select} }} }} }}"
        assert lines(await place.exported(query)) == wanted, arguments
        rows = table(await place.exported(query, "CSV"))[1:]
        assert rows == [[shown["id"], shown["number"] or "", shown["status"], *shown["total"].values()] for shown in wanted], arguments
