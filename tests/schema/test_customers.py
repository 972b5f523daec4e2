"""The query that the API is accepted by, and what customers show."""

from datetime import date

from hub.vocabulary import ConnectionKind, Entity
from tests.schema.hub import Hub

THE_QUERY = """
{ customers(first: 5, orderBy: [{field: OVERDUE_AMOUNT, direction: DESC}]) { totalCount nodes { id name
  links { connection kind connected externalId url reason }
  health { totalAmountPaid { amount currency } totalAmountDue { amount currency } billedAmount { amount currency }
    overdueAmount { amount currency } overdueInvoiceCount outstanding { amount currency } overduePercent
    ageing { label amount { amount currency } invoiceCount } asOf complete } } pageInfo { hasNextPage endCursor } } }
"""


def test_the_query_answers(hub: Hub) -> None:
    hub.connection("crm", kind=ConnectionKind.CRM)
    for number in range(7):
        customer = hub.customer(f"Customer {number}")
        hub.reference(Entity.CUSTOMER, customer, f"c-{number}", url=f"https://books.example/{number}")
        hub.invoice(customer, 10_000 * (number + 1), paid=2_500)
        hub.invoice(customer, 5_000, due_date=date(2026, 4, 30))
    hub.refresh()
    answer = hub.ask(THE_QUERY)
    assert answer.errors == []
    page = answer.data["customers"]
    assert page["totalCount"] == 7
    assert [node["name"] for node in page["nodes"]] == [f"Customer {number}" for number in (6, 5, 4, 3, 2)]
    assert page["pageInfo"]["hasNextPage"] is True
    first = page["nodes"][0]
    assert first["health"]["overdueAmount"] == {"amount": "675.00", "currency": "EUR"}
    assert first["health"]["outstanding"] == {"amount": "725.00", "currency": "EUR"}
    assert first["health"]["overduePercent"].startswith("93.1034")
    assert [bucket["label"] for bucket in first["health"]["ageing"]] == ["current", "1-30", "31-60", "61-90", "91+"]
    assert [bucket["invoiceCount"] for bucket in first["health"]["ageing"]] == [1, 0, 1, 0, 0]
    assert first["health"]["asOf"] == "2026-03-31"
    assert first["links"] == [
        {"connection": "books", "kind": "FILES", "connected": True, "externalId": "c-6", "url": "https://books.example/6", "reason": None},
        {
            "connection": "crm",
            "kind": "CRM",
            "connected": False,
            "externalId": None,
            "url": None,
            "reason": "No customer of this connection has been linked to this one.",
        },
    ]
    assert len(answer.statements) == 4  # whether kept figures are of today, customers with their count, links, health


NESTED = """
query($day: Date) { customers(asOf: $day, first: 20, orderBy: [{field: OVERDUE_AMOUNT, direction: DESC}]) { nodes { name
  health { overdueAmount { amount } byCurrency { currency outstanding { amount } } oldestInvoice { number customer { name } } }
  invoices(first: 5, where: {isOpen: true}, orderBy: [{field: DUE_DATE}]) { totalCount nodes { number status amountDue { amount currency } isOverdue daysPastDue
    lines { itemName amount { amount currency } } settlements { amount { amount } payment { state } } overlays { hold holds disputed pendingPayment }
    converted { amountDue { amount } rate { rate } } } } } } }
"""


def test_nested_invoices(hub: Hub) -> None:
    for number in range(3):
        customer = hub.customer(f"Customer {number}")
        for position in range(7):
            invoice = hub.invoice(customer, 1_000 * (number + 1), number=f"{number}-{position}", due_date=date(2026, 3, 1 + position))
            hub.line(invoice, 1, 1_000)
    hub.refresh()
    answer = hub.ask(NESTED)
    assert answer.errors == []
    nodes = answer.data["customers"]["nodes"]
    assert [node["invoices"]["totalCount"] for node in nodes] == [7, 7, 7]
    assert [invoice["number"] for invoice in nodes[0]["invoices"]["nodes"]] == ["2-0", "2-1", "2-2", "2-3", "2-4"]
    assert nodes[0]["invoices"]["nodes"][0] == {
        "number": "2-0",
        "status": "OPEN",
        "amountDue": {"amount": "30.00", "currency": "EUR"},
        "isOverdue": True,
        "daysPastDue": 30,
        "lines": [{"itemName": "Item 1", "amount": {"amount": "10.00", "currency": "EUR"}}],
        "settlements": [],
        "overlays": {"hold": False, "holds": [], "disputed": False, "pendingPayment": False},
        "converted": {"amountDue": {"amount": "30.00"}, "rate": None},
    }
    past = hub.ask(NESTED, day="2026-02-01")
    assert past.errors == []
    assert past.data["customers"]["nodes"][0]["health"]["overdueAmount"] == {"amount": "0.00"}
