from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.generating import ledger_rows
from benchmarks.rendering import Pages, write_pages

INVOICES, PAGE_SIZE = 240, 100


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return write_pages(tmp_path_factory.mktemp("pages"), INVOICES, page_size=PAGE_SIZE)


def page(pages: Pages, collection: str, number: int) -> dict[str, Any]:
    return msgspec.json.decode(pages.file(collection, number).read_bytes())


def items(pages: Pages, collection: str) -> Iterator[dict[str, Any]]:
    for number in count(1):
        found = page(pages, collection, number)
        yield from found["items"]
        if found["next_page_token"] is None:
            return


def test_each_page_names_the_one_behind_it_and_the_last_one_none(pages: Pages) -> None:
    found = [page(pages, "invoices", number) for number in (1, 2, 3)]
    assert [(len(one["items"]), one["next_page_token"]) for one in found] == [(100, "2"), (100, "3"), (40, None)]
    assert not pages.file("invoices", 4).exists()


def test_objects_that_fill_their_pages_exactly_have_no_empty_page_behind_them(tmp_path: Path) -> None:
    exact = write_pages(tmp_path, 200, page_size=100)
    assert page(exact, "invoices", 2)["next_page_token"] is None


def test_every_invoice_of_the_ledger_is_rendered_with_its_sums(pages: Pages) -> None:
    expected = [(row.invoice, row.currency, row.total, row.paid) for row in ledger_rows(INVOICES)]
    found = list(items(pages, "invoices"))
    assert [(one["number"], one["currency"], one["total"], one["amount_paid"]) for one in found] == expected


def test_the_lines_of_an_invoice_add_up_to_its_total(pages: Pages) -> None:
    for one in items(pages, "invoices"):
        assert sum(Decimal(line["amount"]) for line in one["lines"]) == Decimal(one["total"]), one["id"]


def test_what_is_paid_of_an_invoice_is_what_payments_set_against_it(pages: Pages) -> None:
    paid = {part["invoice_id"]: Decimal(part["amount"]) for one in items(pages, "payments") for part in one["allocations"]}
    stated = {one["id"]: Decimal(one["amount_paid"]) for one in items(pages, "invoices") if Decimal(one["amount_paid"])}
    assert paid == stated
    assert all(Decimal(one["total"]) - Decimal(one["amount_paid"]) == Decimal(one["balance"]) for one in items(pages, "invoices"))


def test_every_invoice_names_a_customer_that_is_rendered(pages: Pages) -> None:
    assert {one["customer_id"] for one in items(pages, "invoices")} <= {one["id"] for one in items(pages, "customers")}


def test_the_same_size_is_rendered_to_the_same_bytes(pages: Pages, tmp_path: Path) -> None:
    again = write_pages(tmp_path, INVOICES, page_size=PAGE_SIZE)
    assert again.file("payments", 1).read_bytes() == pages.file("payments", 1).read_bytes()
