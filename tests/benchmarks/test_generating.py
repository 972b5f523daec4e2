import csv
from collections import Counter
from itertools import pairwise
from pathlib import Path

from benchmarks.generating import TODAY, write_ledger


def rows(folder: Path, count: int) -> list[dict[str, str]]:
    with write_ledger(folder, count).invoices.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_size_gives_the_same_file(tmp_path: Path) -> None:
    first, second = write_ledger(tmp_path / "first", 500), write_ledger(tmp_path / "second", 500)
    assert first.invoices.read_bytes() == second.invoices.read_bytes()


def test_ten_invoices_belong_to_each_customer_and_lie_scattered(tmp_path: Path) -> None:
    found = rows(tmp_path, 500)
    assert set(Counter(row["customer"] for row in found).values()) == {10}
    neighbours = sum(one["customer"] == other["customer"] for one, other in pairwise(found))
    assert neighbours < 50


def test_invoices_come_in_the_order_of_their_dates_and_none_from_the_future(tmp_path: Path) -> None:
    dates = [row["issued"] for row in rows(tmp_path, 500)]
    assert dates == sorted(dates)
    assert dates[-1] <= TODAY.isoformat()


def test_some_are_open_some_paid_and_some_paid_in_part_in_three_currencies(tmp_path: Path) -> None:
    found = rows(tmp_path, 500)
    assert {row["currency"] for row in found} == {"EUR", "USD", "JPY"}
    outcomes = Counter("open" if float(row["paid"]) == 0 else "paid" if row["paid"] == row["total"] else "part" for row in found)
    assert outcomes.keys() == {"open", "paid", "part"}
    assert all(bool(row["paid_on"]) is (float(row["paid"]) > 0) for row in found)
