"""A full open list by the command: what it no longer names closes only on a person's word, and an older list is held back."""

import pytest

from hub.model import Invoice, table_of
from tests.console import RECORDS_OF_RUNS, Console

MAPPING = """
name = "open"
meaning = "full_open_list"
date_order = "YMD"
currency = "EUR"
order.name_pattern = 'open-(?P<date>\\d{4}-\\d{2}-\\d{2})\\.csv'

[[parts]]
record = "customer"
fields.external_id = "Customer"
fields.name = "Customer"

[[parts]]
record = "invoice"
fields.external_id = "Number"
fields.number = "Number"
fields.customer_external_id = "Customer"
fields.document_date = "Date"
fields.total = "Total"
fields.balance = "Total"
"""
NUMBERS = [f"N{number:02}" for number in range(1, 21)]


def listed(*numbers: str) -> str:
    return "Number,Customer,Date,Total\n" + "".join(f"{number},C,2026-01-02,10.00\n" for number in numbers)


def with_lists(console: Console) -> Console:
    """The same workspace with the first list of twenty invoices imported; a later one names nineteen, a last one seventeen."""
    console.write("open.toml", MAPPING)
    console.write("open-2026-02-01.csv", listed(*NUMBERS))
    console.write("open-2026-02-02.csv", listed(*NUMBERS[1:]))
    console.write("open-2026-02-03.csv", listed(*NUMBERS[3:]))
    console.run("import", "open-2026-02-01.csv", "--mapping", "open.toml").succeeded()
    return console


@pytest.fixture
def lists(on_each: Console) -> Console:
    return with_lists(on_each)


@pytest.fixture
def lists_on_one(console: Console) -> Console:
    return with_lists(console)


def open_numbers(console: Console) -> list[str]:
    return [row["number"] for row in console.rows(table_of(Invoice)) if row["amount_due_minor"]]


def test_what_is_absent_stays_open_and_waits_for_a_word(lists: Console) -> None:
    answer = lists.run("import", "open-2026-02-02.csv", "--mapping", "open.toml")
    assert answer.code == 4
    assert open_numbers(lists) == NUMBERS
    assert "held: 1 open invoices are absent from the list and stay open: look at the preview, then import again with --close-absent 1" in answer.err
    assert [line.split() for line in answer.out.splitlines() if line.startswith("N01")] == [["N01", "C", "10.00", "EUR"]]


def test_a_preview_shows_the_same_and_changes_nothing(lists: Console) -> None:
    before = lists.digest()
    answer = lists.run("import", "open-2026-02-02.csv", "--mapping", "open.toml", "--preview", "--json")
    assert answer.code == 4
    assert answer.document["absent"] == [{"externalId": "N01", "number": "N01", "customer": "C", "amountDue": "10.00", "currency": "EUR"}]
    assert lists.digest() == before


def test_a_preview_with_the_word_shows_what_it_would_do(lists_on_one: Console) -> None:
    answer = lists_on_one.run("import", "open-2026-02-02.csv", "--mapping", "open.toml", "--preview", "--close-absent", "1").succeeded()
    assert [line.split() for line in answer.out.splitlines() if line.startswith("outstanding")] == [["outstanding", "200.00", "190.00"]]
    assert open_numbers(lists_on_one) == NUMBERS


def test_the_right_count_closes_what_is_absent(lists: Console) -> None:
    answer = lists.run("import", "open-2026-02-02.csv", "--mapping", "open.toml", "--close-absent", "1").succeeded()
    assert open_numbers(lists) == NUMBERS[1:]
    assert "Closed" in answer.out


def test_another_count_closes_nothing(lists_on_one: Console) -> None:
    answer = lists_on_one.run("import", "open-2026-02-02.csv", "--mapping", "open.toml", "--close-absent", "2")
    assert answer.code == 4
    assert "held: 1 open invoices are absent, 2 were approved: nothing was closed; look at the preview again" in answer.err
    assert open_numbers(lists_on_one) == NUMBERS


def test_a_large_share_needs_the_brake_released(lists: Console) -> None:
    command = ("import", "open-2026-02-03.csv", "--mapping", "open.toml", "--close-absent", "3")
    answer = lists.run(*command)
    assert answer.code == 4
    assert "3 of 20 open invoices would be closed, more than 10%: if that is right, import again with --close-absent 3 --release-brake" in answer.err
    assert open_numbers(lists) == NUMBERS
    lists.run(*command, "--release-brake").succeeded()
    assert open_numbers(lists) == NUMBERS[3:]


def test_an_older_list_is_held_back_whole(lists: Console) -> None:
    lists.run("import", "open-2026-02-02.csv", "--mapping", "open.toml", "--close-absent", "1").succeeded()
    before = lists.digest(without=RECORDS_OF_RUNS)
    answer = lists.run("import", "open-2026-02-01.csv", "--mapping", "open.toml")
    assert answer.code == 4
    assert "this file is 2026-02-01, a newer one (2026-02-02) has been imported: it is held back, nothing was changed" in answer.err
    assert lists.digest(without=RECORDS_OF_RUNS) == before


def test_the_day_can_be_given_by_hand(lists_on_one: Console) -> None:
    lists_on_one.write("open.toml", MAPPING.replace("order.name_pattern", "# order.name_pattern"))
    lists_on_one.write("list.csv", listed(*NUMBERS[1:]))
    lost = lists_on_one.run("import", "list.csv", "--mapping", "open.toml")
    assert lost.code == 1
    assert "list.csv is a full list of open items, but of which day?" in lost.err
    lists_on_one.run("import", "list.csv", "--mapping", "open.toml", "--list-date", "2026-02-09", "--close-absent", "1").succeeded()
    [closed] = [row for row in lists_on_one.rows(table_of(Invoice)) if not row["amount_due_minor"]]
    assert (closed["number"], str(closed["stated_paid_on"])) == ("N01", "2026-02-09")


def test_a_row_that_cannot_be_read_keeps_everything_open(lists_on_one: Console) -> None:
    lists_on_one.write("open-2026-02-02.csv", listed(*NUMBERS[2:]) + "N02;C\n")
    answer = lists_on_one.run("import", "open-2026-02-02.csv", "--mapping", "open.toml", "--close-absent", "2")
    assert answer.code == 4
    assert "1 rows could not be read, so the list is not complete and nothing was closed: mend them and import again" in answer.err
    assert open_numbers(lists_on_one) == NUMBERS


def test_the_order_can_be_given_by_hand(console: Console) -> None:
    console.write("open.toml", MAPPING.replace('meaning = "full_open_list"', "").replace("order.name_pattern", "# order.name_pattern"))
    console.write("list.csv", listed("N01"))
    console.run("import", "list.csv", "--mapping", "open.toml", "--sequence", "10").succeeded()
    answer = console.run("import", "list.csv", "--mapping", "open.toml", "--sequence", "9")
    assert answer.code == 4
    assert "open: this file is 9, a newer one (10) has been imported" in answer.err
