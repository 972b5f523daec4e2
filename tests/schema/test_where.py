"""Filters: random conditions against the same conditions in plain Python, and the ones that are refused."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from hub.model import CustomerFigures
from hub.vocabulary import DocumentType, Lifecycle, Role
from schema.ids import encode_id
from tests.schema.hub import TODAY, Hub

INVOICES = "query($where: InvoiceWhere) { invoices(first: 250, where: $where, orderBy: [{field: NUMBER}]) { totalCount nodes { number } } }"
CUSTOMERS = "query($where: CustomerWhere) { customers(first: 250, where: $where) { totalCount nodes { name } } }"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One filter that can be drawn: its name, the row's value behind it, operators, and how a value is written in a query."""

    name: str
    operators: tuple[str, ...]
    values: tuple[Any, ...]


EQUALITY = ("eq", "ne", "in", "notIn", "isNull")
ORDER = ("lt", "lte", "gt", "gte")
ENTRIES = (
    Entry("purchaseOrderNumber", (*EQUALITY, "contains", "startsWith"), ("PO-1", "po-2", "P%", "a_b", "")),
    Entry("dueDate", (*EQUALITY, *ORDER), ("2026-02-01", "2026-03-31", "2026-04-15")),
    Entry("documentType", EQUALITY, tuple(kind.value for kind in DocumentType)),
    Entry("amountDue", ("eq", "ne", *ORDER), ("1.00", "2.50", "0.00")),
    Entry("daysPastDue", (*EQUALITY, *ORDER), (0, -10, 45)),
)


def holds(row: Row, where: dict[str, Any]) -> bool:
    """The oracle: B16 in plain Python. A missing value makes every comparison false."""
    return all(_entry_holds(row, name, value) for name, value in where.items())


def _entry_holds(row: Row, name: str, value: Any) -> bool:  # noqa: ANN401
    if name == "and":
        return all(holds(row, part) for part in value)
    if name == "or":
        return any(holds(row, part) for part in value)
    if name == "not":
        return not holds(row, value)
    if name in {"isOpen", "isOverdue", "isDisputed"}:
        return row[name] is value
    return all(_operator_holds(row, name, operator, operand) for operator, operand in value.items())


def _operator_holds(row: Row, name: str, operator: str, operand: Any) -> bool:  # noqa: ANN401, PLR0917 - as the tree has it
    found = row[name]
    if operator == "isNull":
        return (found is None) is operand
    if found is None:
        return False
    if name == "amountDue":
        return operand["currency"] == row["currency"] and COMPARISONS[operator](found, round(float(operand["amount"]) * 100))
    return COMPARISONS[operator](found, operand)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, operand: found == operand,
    "ne": lambda found, operand: found != operand,
    "in": lambda found, operand: found in operand,
    "notIn": lambda found, operand: found not in operand,
    "lt": lambda found, operand: found < operand,
    "lte": lambda found, operand: found <= operand,
    "gt": lambda found, operand: found > operand,
    "gte": lambda found, operand: found >= operand,
    "contains": lambda found, operand: operand.lower() in found.lower(),
    "startsWith": lambda found, operand: found.lower().startswith(operand.lower()),
}


def draw(chance: random.Random, depth: int) -> dict[str, Any]:
    """A random `where`."""
    kind = chance.random()
    if depth and kind < 0.2:
        return {"and": [draw(chance, depth - 1) for _ in range(chance.randrange(3))]}
    if depth and kind < 0.4:
        return {"or": [draw(chance, depth - 1) for _ in range(chance.randrange(3))]}
    if depth and kind < 0.6:
        return {"not": draw(chance, depth - 1)}
    if kind < 0.7:
        return {chance.choice(["isOpen", "isOverdue", "isDisputed"]): chance.random() < 0.5}
    return {entry.name: draw_operators(chance, entry) for entry in chance.sample(ENTRIES, chance.choice([1, 1, 2]))}


def draw_operators(chance: random.Random, entry: Entry) -> dict[str, Any]:
    return {operator: draw_operand(chance, entry, operator) for operator in chance.sample(entry.operators, chance.choice([1, 1, 2]))}


def draw_operand(chance: random.Random, entry: Entry, operator: str) -> Any:  # noqa: ANN401
    if operator == "isNull":
        return chance.random() < 0.5
    if operator in {"in", "notIn"}:
        return chance.sample(entry.values, chance.randrange(len(entry.values)))
    value = chance.choice(entry.values)
    return {"amount": value, "currency": chance.choice(["EUR", "USD"])} if entry.name == "amountDue" else value


def fill(hub: Hub, chance: random.Random) -> dict[str, Row]:
    """Invoices of all sorts, as the oracle sees them, by number."""
    customer = hub.customer("a")
    rows: dict[str, Row] = {}
    for place in range(60):
        number = f"I{place:02}"
        total, paid = chance.choice([100, 250, 300]), chance.choice([0, 0, 50, 300])
        due = chance.choice([None, date(2026, 2, 1), date(2026, 3, 31), date(2026, 4, 15)])
        lifecycle = chance.choice([Lifecycle.ISSUED, Lifecycle.ISSUED, Lifecycle.ISSUED, Lifecycle.DRAFT, Lifecycle.VOID])
        row: Row = {
            "purchaseOrderNumber": chance.choice([None, "PO-1", "xpo-2y", "P%1", "aXb", "a_b", ""]),
            "dueDate": None if due is None else due.isoformat(),
            "documentType": chance.choice(list(DocumentType)).value,
            "isDisputed": chance.random() < 0.5,
            "currency": chance.choice(["EUR", "USD"]),
            "amountDue": total - paid,
            "isOpen": lifecycle is Lifecycle.ISSUED and total > paid,
        }
        row["isOverdue"] = row["isOpen"] and due is not None and due < TODAY
        row["daysPastDue"] = (TODAY - due).days if row["isOpen"] and due is not None else None
        hub.invoice(
            customer,
            total,
            paid=paid,
            number=number,
            due_date=due,
            first_open_due_date=due if total > paid else None,
            lifecycle=lifecycle,
            purchase_order_number=row["purchaseOrderNumber"],
            document_type=DocumentType(row["documentType"]),
            is_disputed=row["isDisputed"],
            currency=row["currency"],
        )
        rows[number] = row
    return rows


def test_conditions_mean_what_they_say(hub: Hub) -> None:
    chance = random.Random(20260331)  # noqa: S311 - not a secret
    rows = fill(hub, chance)
    for _ in range(150):
        where = draw(chance, 3)
        expected = sorted(number for number, row in rows.items() if holds(row, where))
        found = hub.data(INVOICES, where=where)["invoices"]
        assert ([node["number"] for node in found["nodes"]], found["totalCount"]) == (expected, len(expected)), where


def names(hub: Hub, where: dict[str, Any]) -> list[str]:
    found = hub.data(CUSTOMERS, where=where)["customers"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


def test_customers_are_filtered_by_figures(hub: Hub) -> None:
    for name, overdue, outstanding in [("a", 500, 1000), ("b", 0, 1000), ("c", None, None), ("d", 100, 300)]:
        hub.insert(
            CustomerFigures,
            customer_id=hub.customer(name),
            business_date=TODAY,
            overdue_minor=overdue,
            outstanding_minor=outstanding,
            is_complete=overdue is not None,
        )
    hub.customer("e")
    over = {"health": {"overdueAmount": {"gt": {"amount": "0.50", "currency": "EUR"}}}}
    assert names(hub, over) == ["a", "d"]
    assert names(hub, {"not": over}) == ["b", "c", "e"]
    assert names(hub, {"health": {"overdueAmount": {"isNull": True}}}) == ["c", "e"]
    assert names(hub, {"health": {"overdueAmount": {"isNull": False}}}) == ["a", "b", "d"]
    assert names(hub, {"health": {"complete": {"eq": True}, "not": {"overduePercent": {"gte": "50"}}}}) == ["b", "d"]
    assert names(hub, {"health": {"overduePercent": {"eq": "50"}}}) == ["a"]
    assert names(hub, {"or": [over, {"name": {"eq": "e"}}]}) == ["a", "d", "e"]
    assert names(hub, {"and": [over, {"health": {"overdueAmount": {"lt": {"amount": 2, "currency": "EUR"}}}}]}) == ["d"]
    assert names(hub, {"health": {"ageingBucket1": {"isNull": True}}}) == ["a", "b", "c", "d", "e"]


def test_customers_are_filtered_by_name_in_any_case(hub: Hub) -> None:
    for name in ("Müller & Söhne", "MÜLLER GmbH", "Straße 5", "100% Bio", "a_c", "abc"):
        hub.customer(name)
    assert names(hub, {"name": {"startsWith": "mÜll"}}) == ["Müller & Söhne", "MÜLLER GmbH"]
    assert names(hub, {"name": {"contains": "STRASSE"}}) == ["Straße 5"]
    assert names(hub, {"name": {"contains": "0%"}}) == ["100% Bio"]
    assert names(hub, {"name": {"contains": "a_"}}) == ["a_c"]
    assert names(hub, {"name": {"startsWith": ""}}) == names(hub, {})
    assert names(hub, {"name": {"eq": "abc"}}) == ["abc"]
    assert names(hub, {"name": {"eq": "ABC"}}) == []


def test_customers_are_filtered_by_what_hangs_on_them(hub: Hub) -> None:
    parent = hub.customer("parent")
    child = hub.customer("child", parent_id=parent)
    idle = hub.customer("idle")
    hub.invoice(parent, 100, number="P1")
    hub.invoice(child, 100, paid=100, number="C1")
    hub.invoice(child, 100, number="C2", is_deleted=True)
    hub.invoice(child, 100, number="C3", is_authoritative=False)
    hub.contact(idle, "Ada", email="ada@example.org")
    assert names(hub, {"hasOpenInvoices": True}) == ["parent"]
    assert names(hub, {"hasOpenInvoices": False}) == ["child", "idle"]
    assert names(hub, {"invoices": {"number": {"startsWith": "c"}}}) == ["child"]
    assert names(hub, {"invoices": {"number": {"eq": "C2"}}}) == []
    assert names(hub, {"invoices": {"number": {"eq": "C2"}, "isDeleted": {"eq": True}}}) == ["child"]
    assert names(hub, {"not": {"invoices": {}}}) == ["idle"]
    assert names(hub, {"parent": {"name": {"eq": "parent"}, "hasOpenInvoices": True}}) == ["child"]
    assert names(hub, {"contacts": {"email": {"contains": "EXAMPLE"}}}) == ["idle"]
    assert names(hub, {"id": {"in": [encode_id("Customer", idle), encode_id("Invoice", child)]}}) == ["idle"]


def test_invoices_are_found_by_customer_number_and_status(hub: Hub) -> None:
    for name in ("Acme", "Beta"):
        customer = hub.customer(name)
        hub.invoice(customer, 100, number=f"{name}-1")
        hub.invoice(customer, 100, paid=40, number=f"{name}-2")
        hub.invoice(customer, 100, paid=100, number=f"{name}-3")
    where = {"customer": {"name": {"startsWith": "ac"}}, "status": {"in": ["OPEN", "PARTIALLY_PAID"]}}
    assert [node["number"] for node in hub.data(INVOICES, where=where)["invoices"]["nodes"]] == ["Acme-1", "Acme-2"]


# --- refusals -------------------------------------------------------------------------------------

MONEY = {"amount": "1.00", "currency": "EUR"}
REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": {"eq": None}}, ["name", "eq"]),
    ({"name": None}, ["name"]),
    ({"and": None}, ["and"]),
    ({"or": [{"city": {"contains": None}}]}, ["or", "0", "city", "contains"]),
    ({"name": {"contains": "a\x00b"}}, ["name", "contains"]),
    ({"name": {"in": ["a", "\ud800"]}}, ["name", "in", "1"]),
    ({"id": {"eq": "nonsense"}}, ["id", "eq"]),
    ({"id": {"in": ["Q3VzdG9tZXI6MQ", "Q3VzdG9tZXI6MQ=="]}}, ["id", "in", "1"]),
    ({"health": {"overdueAmount": {"gt": MONEY | {"currency": "USD"}}}}, ["health", "overdueAmount", "gt", "currency"]),
    ({"health": {"overdueAmount": {"gt": MONEY | {"amount": "1.005"}}}}, ["health", "overdueAmount", "gt", "amount"]),
    ({"health": {"overdueAmount": {"gt": MONEY | {"amount": "9" * 30}}}}, ["health", "overdueAmount", "gt", "amount"]),
    ({"not": {"invoices": {"amountDue": {"eq": None}}}}, ["not", "invoices", "amountDue", "eq"]),
    ({"hasOpenInvoices": None}, ["hasOpenInvoices"]),
]


def test_what_cannot_be_compared_is_refused_by_its_path(hub: Hub) -> None:
    for where, path in REFUSED:
        answer = hub.ask(CUSTOMERS, where=where)
        assert answer.error == {"code": "BAD_USER_INPUT", "argument": ["customers", "where", *path], "requestId": "request"}, where
        assert [statement for statement in answer.statements if "figures_state" not in statement] == []


@pytest.mark.parametrize(
    "literal",
    [
        '{dueDate: {lt: "31.12.2026"}}',
        '{dueDate: {lt: "2026-02-30"}}',
        "{dueDate: {lt: 20260230}}",
        '{status: {eq: "OPEN"}}',
        "{status: {eq: LATE}}",
        "{daysPastDue: {gt: 99999999999}}",
        '{amountDue: {gt: {amount: 1.5, currency: "EUR"}}}',
        '{amountDue: {gt: {amount: "1e999999999", currency: "EUR"}}}',
        '{amountDue: {gt: {amount: "NaN", currency: "EUR"}}}',
        '{amountDue: {gt: {amount: "1", currency: "eur"}}}',
        '{updatedAt: {gt: "2026-01-01"}}',
        '{updatedAt: {gt: "2026-01-01T10:00:00"}}',
        "{nonsense: {eq: 1}}",
        "{number: {like: 1}}",
    ],
)
def test_values_of_the_wrong_kind_are_refused(hub_schema_only: Hub, literal: str) -> None:
    [error] = hub_schema_only.ask(f"{{ invoices(where: {literal}) {{ totalCount }} }}").errors
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("where", [{"health": {"complete": {"eq": True}}}, {"not": {"health": {}}}, {"parent": {"health": {"complete": {"eq": True}}}}])
def test_whoever_may_not_see_figures_cannot_filter_by_them(hub_schema_only: Hub, where: dict[str, Any]) -> None:
    assert hub_schema_only.ask(CUSTOMERS, Role.INTEGRATOR, where=where).error["code"] == "FORBIDDEN"
