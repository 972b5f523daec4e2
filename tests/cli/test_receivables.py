"""`dunwell receivables`: a table for people, a document for machines, today and on any day."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.console import SETTINGS, Console
from tests.databases import Databases

MAPPING = """
date_order = "YMD"
currency = "EUR"

[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Customer"

[[parts]]
record = "invoice"
fields.external_id = "Number"
fields.customer_external_id = "Customer"
fields.document_date = "Date"
fields.due_date = "Due"
fields.currency = "Currency"
fields.total = "Total"

[[parts]]
record = "payment"
when = { column = "Paid on", is_set = true }
fields.external_id = { template = "{Number}-paid" }
fields.customer_external_id = "Customer"
fields.currency = "Currency"
fields.payment_date = "Paid on"
fields.amount = "Paid"

[[parts.allocations]]
when = { column = "Paid", is_set = true }
invoice_external_id = "Number"
amount = "Paid"
"""
INVOICES = """Number,Customer,Date,Due,Currency,Total,Paid on,Paid
1,Ada,2026-01-05,2026-02-04,EUR,1000.00,2026-03-01,400.00
2,Ada,2026-01-10,2026-03-31,EUR,50.00,,
3,Bo,2026-01-12,2026-01-31,EUR,70.00,2026-02-15,70.00
4,Cy,2026-01-20,2026-02-20,JPY,9000,,
5,Di,2026-03-05,2026-03-20,EUR,5.00,,
"""

CONNECTION = """
[connections.books]
connector = "files"
kind = "FILES"
sync_from_date = 2026-01-01

[connections.books.options]
path = "books.csv"
mapping = "books.toml"
"""

Document = dict[str, Any]


@pytest.fixture(scope="module")
def books(kind: Databases, tmp_path_factory: pytest.TempPathFactory) -> Generator[Console]:
    """A few invoices, some of them paid, one in a currency without a rate."""
    with kind.fresh(migrated=True) as url:
        console = Console(tmp_path_factory.mktemp("books"), url)
        console.write("plugins.toml", SETTINGS)
        console.write("books.toml", MAPPING)
        console.write("books.csv", INVOICES)
        console.run("import", "books.csv", "--mapping", "books.toml").succeeded()
        yield console


@pytest.fixture(scope="module")
def february(books: Console) -> Document:
    return books.run("receivables", "--as-of", "2026-02-28", "--json").succeeded().document


@pytest.fixture(scope="module")
def march(books: Console) -> Document:
    return books.run("receivables", "--as-of", "2026-03-10", "--json", "--all").succeeded().document


@pytest.fixture(scope="module")
def shown(books: Console) -> str:
    return books.run("receivables", "--as-of", "2026-03-10", "--all").succeeded().out


def figures(document: Document) -> dict[str, tuple[str | None, ...]]:
    names = ("outstanding", "overdue", "totalPaid", "cashReceived", "billed")
    return {found["name"]: tuple(found[name] for name in names) for found in document["customers"]}


class TestForMachines:
    def test_every_customer_has_the_figures_of_the_day(self, february: Document) -> None:
        assert figures(february) == {
            "Ada": ("1050.00", "1000.00", "0.00", "0.00", "1050.00"),
            "Bo": ("0.00", "0.00", "70.00", "70.00", "70.00"),
            "Cy": (None, None, "0.00", "0.00", None),
            "Di": ("0.00", "0.00", "0.00", "0.00", "0.00"),
        }

    def test_another_day_has_other_figures(self, march: Document) -> None:
        assert figures(march)["Ada"] == ("650.00", "600.00", "0.00", "400.00", "1050.00")
        assert figures(march)["Di"] == ("5.00", "0.00", "0.00", "0.00", "5.00")

    def test_a_missing_rate_is_named_and_makes_no_zero(self, february: Document) -> None:
        assert (february["total"]["outstanding"], february["total"]["complete"], february["total"]["missingRates"]) == (None, False, ["JPY"])
        assert february["total"]["outstandingByCurrency"] == {"EUR": "1050.00", "JPY": "9000"}
        [cy] = [found for found in february["customers"] if found["name"] == "Cy"]
        assert (cy["complete"], cy["missingRates"], cy["openInvoiceCount"], cy["externalIds"]) == (False, ["JPY"], 1, ["Cy"])

    def test_buckets_are_told_with_amounts_and_counts(self, march: Document) -> None:
        assert [(bucket["label"], bucket["amount"], bucket["invoiceCount"]) for bucket in march["customers"][0]["ageing"]] == [
            ("current", "50.00", 1),
            ("1-30", "0.00", 0),
            ("31-60", "600.00", 1),
            ("61-90", "0.00", 0),
            ("91+", "0.00", 0),
        ]

    def test_those_who_owe_most_come_first_and_as_many_as_are_wanted(self, books: Console, march: Document) -> None:
        assert list(figures(march)) == ["Ada", "Di", "Bo", "Cy"]
        two = books.run("receivables", "--as-of", "2026-03-10", "--json", "--top", "2").succeeded()
        assert list(figures(two.document)) == ["Ada", "Di"]
        assert two.err == ""


class TestForPeople:
    def test_customers_are_rows_with_amounts_in_the_currency_of_the_workspace(self, shown: str) -> None:
        assert "Receivables on 2026-03-10, all 4 customers, in EUR" in shown
        rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.startswith(("Ada ", "Cy "))}
        assert rows == {"Ada": ["650.00", "600.00", "1", "2", "0.00", "0.00"], "Cy": ["n/a", "n/a", "1", "1", "0.00", "0.00"]}

    def test_a_missing_rate_is_told_below(self, shown: str) -> None:
        assert "All customers owe 655.00 EUR, 9,000 JPY." in shown
        assert "No rate for JPY: figures that need one are n/a until a rate is imported." in shown

    def test_one_customer_is_not_told_as_several(self, books: Console) -> None:
        assert "2026-03-10, the customer that owes most, in EUR" in books.run("receivables", "--as-of", "2026-03-10", "--top", "1").succeeded().out

    def test_an_empty_hub_owes_nothing(self, console: Console) -> None:
        answer = console.run("receivables").succeeded()
        assert "the 0 customers that owe most" in answer.out
        assert "All customers owe nothing." in answer.out


class TestABadDay:
    @pytest.mark.parametrize("text", ["2026-1-2", "02.01.2026", "20260102", "2026-02-30", "tomorrow", ""])
    def test_is_refused_with_the_way_to_write_it(self, console: Console, text: str) -> None:
        answer = console.run("receivables", "--as-of", text)
        said = " ".join(answer.err.replace("│", " ").split())
        assert (answer.code, answer.out) == (2, "")
        assert "Invalid value for '--as-of'" in said
        assert ("there is no day 2026-02-30" if text == "2026-02-30" else f"{text!r} is no day: write year-month-day, such as 2026-01-31") in said


def test_what_was_never_asked_for_is_not_shown_as_nothing(database_url: str, tmp_path: Path) -> None:
    console = Console(tmp_path, database_url)
    console.write("plugins.toml", SETTINGS + CONNECTION)
    console.write("books.toml", MAPPING)
    console.write("books.csv", INVOICES)
    console.run("sync", "books").succeeded()
    shown = console.run("receivables", "--as-of", "2025-12-31").succeeded().out
    assert "What customers owed on this day is not known." in shown
    assert "Documents before 2026-01-01 were not read from books: what they owe is in no figure." in shown
    document = console.run("receivables", "--json").succeeded().document
    assert document["historyStarts"] == [{"connection": "books", "since": "2026-01-01"}]
