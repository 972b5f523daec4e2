"""Figures in lists and for the portfolio, kept and of another day."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.model import Connection, Customer, table_of
from hub.vocabulary import ConnectionKind, ConnectionStatus
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub
from tests.schema.mutation.examples import rule_set

HEALTH = """query($day: Date, $list: Date, $order: [CustomerOrder!], $where: CustomerWhere) {
  customers(asOf: $list, orderBy: $order, where: $where) { nodes { name
  health(asOf: $day) { asOf outstanding { amount } overdueAmount { amount } totalAmountPaid { amount } overdueInvoiceCount openInvoiceCount
    complete missingRates oldestInvoice { number } oldestOverdue { number } byCurrency { currency outstanding { amount currency } rate { rate } } } } } }"""


def fill(hub: Hub) -> None:
    """Two customers: one owed much in January and has paid since, the other began to owe in March."""
    early, late = hub.customer("Early"), hub.customer("Late")
    paid = hub.invoice(early, 100_000, paid=100_000, number="E1", document_date=date(2026, 1, 1), due_date=date(2026, 1, 31))
    payment = hub.payment(early, 100_000, payment_date=date(2026, 3, 10), allocated_minor=100_000, unapplied_minor=0)
    hub.settlement(paid, 100_000, payment_id=payment, effective_date=date(2026, 3, 10), allocation_date=date(2026, 3, 10))
    hub.invoice(late, 20_000, number="L1", document_date=date(2026, 3, 1), due_date=date(2026, 3, 15))
    hub.invoice(
        late,
        7_000,
        number="L2",
        currency="USD",
        document_date=date(2026, 3, 2),
        converted_total_minor=None,
        converted_paid_minor=None,
        converted_due_minor=None,
    )
    with hub.store.write() as connection:
        customers = table_of(Customer)
        connection.execute(customers.update().values(bill_to_id=customers.c.id))
    hub.refresh()


def by_name(hub: Hub, **variables: Any) -> dict[str, Any]:  # noqa: ANN401 - values of variables
    return {node["name"]: node["health"] for node in hub.data(HEALTH, **variables)["customers"]["nodes"]}


def test_kept_figures_show_what_is_missing(hub: Hub) -> None:
    fill(hub)
    shown = by_name(hub)
    assert shown["Early"]["totalAmountPaid"] == {"amount": "1000.00"}
    assert shown["Late"]["outstanding"] is None
    assert (shown["Late"]["complete"], shown["Late"]["missingRates"], shown["Late"]["openInvoiceCount"]) == (False, ["USD"], 2)
    assert shown["Late"]["byCurrency"] == [
        {"currency": "EUR", "outstanding": {"amount": "200.00", "currency": "EUR"}, "rate": None},
        {"currency": "USD", "outstanding": {"amount": "70.00", "currency": "USD"}, "rate": None},
    ]
    assert shown["Late"]["oldestInvoice"] == {"number": "L1"}


def test_the_day_of_the_list_governs_order_filter_and_health(hub: Hub) -> None:
    fill(hub)
    order = [{"field": "OVERDUE_AMOUNT", "direction": "DESC"}]
    past = by_name(hub, list="2026-02-15", order=order)
    assert list(past) == ["Early", "Late"]
    assert (past["Early"]["asOf"], past["Early"]["overdueAmount"]) == ("2026-02-15", {"amount": "1000.00"})
    assert (past["Early"]["oldestOverdue"], past["Late"]["outstanding"]) == ({"number": "E1"}, {"amount": "0.00"})
    where = {"health": {"overdueAmount": {"gt": {"amount": "0", "currency": "EUR"}}}}
    assert list(by_name(hub, list="2026-02-15", where=where)) == ["Early"]
    assert list(by_name(hub, where=where)) == []


def test_health_may_have_another_day_than_its_list(hub: Hub) -> None:
    fill(hub)
    shown = by_name(hub, day="2026-02-15")
    assert (shown["Early"]["asOf"], shown["Early"]["outstanding"]) == ("2026-02-15", {"amount": "1000.00"})
    assert by_name(hub, list="2026-02-15", day="2026-03-31")["Early"]["asOf"] == "2026-03-31"


def test_the_day_of_today_is_what_is_kept(hub: Hub) -> None:
    fill(hub)
    assert by_name(hub, list="2026-03-31") == by_name(hub) == by_name(hub, day="2026-03-31")


def test_a_day_costs_as_many_statements_as_today_where_it_is_asked_first_whether_the_kept_figures_are_todays(hub: Hub) -> None:
    fill(hub)
    today, past, other = (len(hub.ask(HEALTH, **days).statements) for days in ({}, {"list": "2026-02-15"}, {"day": "2026-02-15"}))
    assert today == past + 1 == other + 1


MOMENT = """query($rule: String!, $id: ID!) {
  shown: customers { nodes { health { asOf overdueAmount { amount } overdueInvoiceCount byCurrency { overdueAmount { amount } } } } }
  one: customer(id: $id) { health { asOf overdueAmount { amount } } matchingRuleSets { state } }
  filtered: customers(where: {health: {overdueInvoiceCount: {eq: 1}}}) { totalCount }
  ruled: customers(where: {rule: $rule}) { totalCount nodes { health { overdueAmount { amount } } } }
  evaluated: ruleEvaluateCustomers(rule: {text: $rule}) { totalCount }
  checked: ruleCheck(rule: {text: $rule}) { matchCount }
  explained: ruleExplain(rule: {text: $rule}, id: $id) { holds asOf }
  ruleSets { nodes { matchCount } }
  receivables { asOf overdueAmount { amount } }
}"""


def test_until_the_kept_figures_are_brought_up_after_midnight_everything_is_computed_for_today(hub: Hub) -> None:
    customer = hub.customer("Late")
    hub.invoice(customer, 20_000, number="L1", document_date=date(2026, 3, 1), due_date=date(2026, 3, 30))
    with hub.store.write() as connection:
        connection.execute(sa.update(table_of(Customer)).values(bill_to_id=customer))
    hub.refresh(date(2026, 3, 30))
    rule_set(hub, rule="overdue > 0 EUR")
    answer = hub.ask(MOMENT, rule="overdue > 0 EUR", id=encode_id("Customer", customer))
    late = {"overdueAmount": {"amount": "200.00"}}
    assert answer.data == {
        "shown": {"nodes": [{"health": {"asOf": "2026-03-31", "overdueInvoiceCount": 1, "byCurrency": [late]} | late}]},
        "one": {"health": {"asOf": "2026-03-31"} | late, "matchingRuleSets": [{"state": "MATCHES"}]},
        "filtered": {"totalCount": 1},
        "ruled": {"totalCount": 1, "nodes": [{"health": late}]},
        "evaluated": {"totalCount": 1},
        "checked": {"matchCount": 1},
        "explained": {"holds": True, "asOf": "2026-03-31"},
        "ruleSets": {"nodes": [{"matchCount": 1}]},
        "receivables": {"asOf": "2026-03-31"} | late,
    }
    hub.refresh()
    assert hub.ask(MOMENT, rule="overdue > 0 EUR", id=encode_id("Customer", customer)).data == answer.data


RECEIVABLES = """query($day: Date) { receivables(asOf: $day) {
  asOf outstanding { amount currency } overdueAmount { amount } totalAmountPaid { amount } overduePercent complete missingRates
  openInvoiceCount ageing { label amount { amount } invoiceCount } byCurrency { currency outstanding { amount currency } } } }"""


def test_receivables_add_up_all_customers(hub: Hub) -> None:
    fill(hub)
    today = hub.data(RECEIVABLES)["receivables"]
    assert (today["asOf"], today["complete"], today["missingRates"], today["outstanding"]) == ("2026-03-31", False, ["USD"], None)
    assert today["byCurrency"] == [
        {"currency": "EUR", "outstanding": {"amount": "200.00", "currency": "EUR"}},
        {"currency": "USD", "outstanding": {"amount": "70.00", "currency": "USD"}},
    ]
    past = hub.data(RECEIVABLES, day="2026-02-15")["receivables"]
    assert (past["outstanding"], past["overduePercent"], past["complete"]) == ({"amount": "1000.00", "currency": "EUR"}, "100", True)
    assert [bucket["amount"]["amount"] for bucket in past["ageing"]] == ["0.00", "1000.00", "0.00", "0.00", "0.00"]
    assert hub.data(RECEIVABLES, day="2020-01-01")["receivables"]["outstanding"] == {"amount": "0.00", "currency": "EUR"}


def test_receivables_say_from_when_on_a_source_was_read(hub: Hub) -> None:
    with hub.store.write() as connection:
        table = table_of(Connection)
        for name, since, status in (("late", date(2026, 3, 1), "ACTIVE"), ("later", date(2026, 4, 1), "PAUSED"), ("gone", date(2026, 1, 1), "REMOVED")):
            values = {"name": name, "connector": "files", "kind": ConnectionKind.FILES, "status": ConnectionStatus[status], "sync_from_date": since}
            connection.execute(sa.insert(table).values(**values, is_declared=True, created_at=NOW))
    starts = hub.data("{ receivables { historyStarts { connection since } } }")["receivables"]["historyStarts"]
    assert starts == [{"connection": "later", "since": "2026-04-01"}, {"connection": "late", "since": "2026-03-01"}]
