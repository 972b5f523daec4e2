import pytest

from benchmarks.hubs import hub_on
from benchmarks.lists import LEVELS, WorkList, measure_lists, require_same_rows
from tests.benchmarks.conftest import INVOICES, Measured


def test_the_page_has_a_hundred_customers_with_figures_and_their_first_open_invoices(measured: Measured) -> None:
    with hub_on(measured.url, measured.ledger.folder) as hub:
        customers = WorkList(hub).answer()["customers"]["nodes"]
    assert len(customers) == 100
    overdue = [float(customer["health"]["overdueAmount"]["amount"]) for customer in customers]
    assert overdue == sorted(overdue, reverse=True)
    assert max(len(customer["invoices"]["nodes"]) for customer in customers) == 5


def test_each_level_takes_one_statement_with_the_same_rows_as_by_hand(measured: Measured) -> None:
    counted, *levels = measure_lists(measured.url, measured.ledger.folder, invoice_count=INVOICES, rounds=2)
    assert counted.ours == str(len(LEVELS))
    assert counted.is_met
    assert [found.what for found in levels] == [f"list, {level}" for level in LEVELS]


@pytest.mark.parametrize(
    "by_hand",
    [[(1, "a")], [(1, "a"), (2, "c")], [(1, "a"), (1, "a")]],
    ids=["a row less", "another value", "a row twice"],
)
def test_rows_that_are_not_ours_are_found(by_hand: list[tuple[int, str]]) -> None:
    with pytest.raises(AssertionError):
        require_same_rows([(1, "a", None), (2, "b", None)], by_hand, what="by hand")


def test_what_only_cursors_need_may_be_added() -> None:
    require_same_rows([(10, 1, "a"), (20, 2, "b")], [("b", 2), ("a", 1)], what="by hand")
