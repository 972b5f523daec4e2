"""Both real files: what the command and the API say that was owed on a day is what the files say, to the cent."""

from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from hub.model import Connection, Dispute, Invoice, table_of
from hub.store.engine import Store
from tests.console import RECORDS_OF_RUNS, Console
from tests.real_data.portfolios import HIGHRADIUS, IBM, RealInvoice, owed_by_customer, owed_in_all, rows_of

pytestmark = pytest.mark.real_data

DAYS = [date(2012, 6, 30), date(2013, 6, 30), date(2020, 4, 15), date(2020, 6, 30)]

FIGURES = """
  asOf complete inferredCount openInvoiceCount overdueInvoiceCount
  outstanding { ...amount } overdueAmount { ...amount } billedAmount { ...amount } totalAmountPaid { ...amount } totalAmountDue { ...amount }
  unaccountedPayment { ...amount } ageing { label amount { ...amount } invoiceCount }
"""
AMOUNT = "fragment amount on Money { amount currency }"
TOTAL = f"query Total($day: Date!) {{ receivables(asOf: $day) {{ {FIGURES} }} }} {AMOUNT}"
CUSTOMERS = f"""
query Customers($day: Date!, $after: String) {{
  customers(asOf: $day, first: 100, after: $after) {{
    totalCount nodes {{ links {{ externalId }} health {{ {FIGURES} }} }} pageInfo {{ hasNextPage endCursor }}
  }}
}} {AMOUNT}
"""


def of_command(document: dict[str, Any]) -> dict[str, object]:
    """The figures that the command printed, under the names of the test."""
    assert (document["complete"], document["inferredCount"]) == (True, 0)
    return {
        "outstanding": document["outstanding"],
        "overdue": document["overdue"],
        "billed": document["billed"],
        "paid": document["totalPaid"],
        "due": document["totalDue"],
        "unaccounted": document["unaccountedPayment"],
        "open": document["openInvoiceCount"],
        "late": document["overdueInvoiceCount"],
        "ageing": [(bucket["label"], bucket["amount"], bucket["invoiceCount"]) for bucket in document["ageing"]],
    }


def of_api(health: dict[str, Any], day: date) -> dict[str, object]:
    """The figures that the API answered, under the names of the test."""
    assert (health["asOf"], health["complete"], health["inferredCount"]) == (day.isoformat(), True, 0)
    return {
        "outstanding": in_dollars(health["outstanding"]),
        "overdue": in_dollars(health["overdueAmount"]),
        "billed": in_dollars(health["billedAmount"]),
        "paid": in_dollars(health["totalAmountPaid"]),
        "due": in_dollars(health["totalAmountDue"]),
        "unaccounted": in_dollars(health["unaccountedPayment"]),
        "open": health["openInvoiceCount"],
        "late": health["overdueInvoiceCount"],
        "ageing": [(bucket["label"], in_dollars(bucket["amount"]), bucket["invoiceCount"]) for bucket in health["ageing"]],
    }


def in_dollars(money: dict[str, str]) -> str:
    assert money["currency"] == "USD"
    return money["amount"]


async def ask(client: httpx.AsyncClient, query: str, **variables: object) -> Any:  # noqa: ANN401 - any JSON
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert "errors" not in answer.json(), answer.json()
    return answer.json()["data"]


async def all_customers(client: httpx.AsyncClient, day: date) -> dict[str, dict[str, object]]:
    """Every page of the customers, by external id."""
    found: dict[str, dict[str, object]] = {}
    after: str | None = None
    while True:
        page = (await ask(client, CUSTOMERS, day=day.isoformat(), after=after))["customers"]
        for node in page["nodes"]:
            [external_id] = [link["externalId"] for link in node["links"] if link["externalId"] is not None]
            assert external_id not in found
            found[external_id] = of_api(node["health"], day)
        if not page["pageInfo"]["hasNextPage"]:
            assert len(found) == page["totalCount"]
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("day", DAYS, ids=str)
class TestOnADay:
    def test_the_command_agrees_with_the_files_per_customer_and_in_total(self, imported: Console, invoices: list[RealInvoice], day: date) -> None:
        document = imported.run("receivables", "--as-of", day.isoformat(), "--all", "--json").succeeded().document
        assert (document["asOf"], document["currency"]) == (day.isoformat(), "USD")
        assert of_command(document["total"]) == owed_in_all(invoices, day)
        by_customer = {customer["externalIds"][0]: of_command(customer) for customer in document["customers"]}
        assert by_customer == owed_by_customer(invoices, day)
        assert [len(customer["externalIds"]) for customer in document["customers"]] == [1] * len(by_customer)

    async def test_the_api_agrees_with_the_files_in_total(self, client: httpx.AsyncClient, invoices: list[RealInvoice], day: date) -> None:
        data = await ask(client, TOTAL, day=day.isoformat())
        assert of_api(data["receivables"], day) == owed_in_all(invoices, day)

    async def test_the_api_agrees_with_the_files_per_customer(self, client: httpx.AsyncClient, invoices: list[RealInvoice], day: date) -> None:
        assert await all_customers(client, day) == owed_by_customer(invoices, day)


class TestWhatWentIn:
    def test_the_invoices_add_up_to_the_sums_of_the_files(self, imported: Console) -> None:
        assert billed(imported, "2014-12-31") == "147703.18"
        assert billed(imported, "2020-12-31") == "310575562.09"  # 147703.18 + 310427858.91

    def test_every_invoice_and_customer_is_there(self, imported: Console) -> None:
        assert counts(imported, Invoice.connection_id) == {"ibm-accounts-receivable": 2466, "highradius-open-invoices": 9681}
        everybody = imported.run("receivables", "--as-of", "2020-12-31", "--all", "--json").document["customers"]
        assert len(everybody) == 100 + 553

    def test_what_is_disputed_and_in_which_unit_is_what_the_rows_say(self, imported: Console) -> None:
        found = imported.rows(table_of(Invoice))
        disputes = imported.rows(table_of(Dispute))
        disputed = {row["invoiceNumber"] for row in rows_of(IBM) if row["Disputed"] == "Yes"}
        assert {row["number"] for row in found if row["is_disputed"]} == disputed
        assert [row["opened_on"] for row in disputes] == [None] * len(disputed)
        assert Counter(row["business_unit"] for row in found if row["business_unit"]) == Counter(row["business_code"] for row in rows_of(HIGHRADIUS))


class TestImportingAgain:
    @pytest.mark.parametrize("path", [IBM, HIGHRADIUS], ids=lambda path: path.stem)
    def test_changes_no_row(self, imported: Console, path: object) -> None:
        before = imported.digest(without=RECORDS_OF_RUNS)
        again = imported.run("import", str(path), "--mapping", str(path).removesuffix(".csv").rpartition("/")[2], "--json").succeeded()
        streams = next(iter(again.document["feeds"].values()))["streams"]
        assert {what for counted in streams.values() for what in counted} == {"read", "unchanged"}
        assert imported.digest(without=RECORDS_OF_RUNS) == before


def billed(console: Console, day: str) -> str:
    return console.run("receivables", "--as-of", day, "--json", "--top", "1").succeeded().document["total"]["billed"]


def counts(console: Console, column: Any) -> dict[str, int]:  # noqa: ANN401
    """How many invoices each connection has delivered."""
    store = Store(console.url)
    try:
        with store.read() as opened:
            names = table_of(Connection)
            query = sa.select(names.c.name, sa.func.count()).join(table_of(Invoice), column == names.c.id).group_by(names.c.name)
            return {row[0]: row[1] for row in opened.execute(query)}
    finally:
        store.dispose()
