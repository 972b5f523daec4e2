"""`dunwell run --no-serve` on the example that ships with the project."""

import re
import stat
from decimal import Decimal
from itertools import pairwise

import pytest

from hub.model import SyncRun, table_of
from hub.vocabulary import SyncRunStatus
from tests.console import RECORDS_OF_RUNS, Answer, Console

ROW = re.compile(r"^(?P<customer>\S.*?) {2,}(?P<outstanding>[\d,]+\.\d\d) +(?P<overdue>[\d,]+\.\d\d) +\d+ +\d+ ", re.MULTILINE)
FEEDS = ("example-rates", "example-customers", "example-contacts", "example-invoices", "example-credit-notes", "example-payments")


@pytest.fixture(scope="module")
def first(example: Console) -> Answer:
    return example.run("run", "--no-serve").succeeded()


def test_it_ends_with_the_ten_customers_that_owe_most(first: Answer) -> None:
    owed = [Decimal(found["outstanding"].replace(",", "")) for found in ROW.finditer(first.out)]
    assert len(owed) == 10
    assert all(more >= less for more, less in pairwise(owed))


def test_every_feed_is_told_with_its_counts(first: Answer) -> None:
    created = {feed: int(found[1]) for feed in FEEDS if (found := re.search(rf"^{feed} +\w+ +(\d+) +0 +0$", first.out, re.MULTILINE))}
    assert created.keys() == set(FEEDS)
    assert min(created.values()) > 0


def test_the_ageing_of_all_receivables_is_shown(first: Answer) -> None:
    assert "Ageing of all receivables by days past due, in EUR" in first.out
    assert [label for label in ("current", "1-30", "31-60", "61-90", "91+", "total") if f"\n{label} " not in first.out] == []


@pytest.mark.usefixtures("first")
def test_the_admin_token_is_written_for_its_owner_only(example: Console) -> None:
    path = example.folder / "var" / "admin-token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("dun_")


def test_where_the_token_is_is_said_beside_the_table(first: Answer, example: Console) -> None:
    assert f"the admin token is in {example.folder / 'var' / 'admin-token'}" in first.err
    assert "dun_" not in first.out + first.err


@pytest.mark.usefixtures("first")
def test_a_second_run_changes_nothing(example: Console) -> None:
    token = (example.folder / "var" / "admin-token").read_text()
    before = example.digest(without=RECORDS_OF_RUNS)
    example.run("run", "--no-serve").succeeded()
    assert example.digest(without=RECORDS_OF_RUNS) == before
    assert (example.folder / "var" / "admin-token").read_text() == token


@pytest.mark.usefixtures("first")
def test_customers_and_buckets_add_up_to_what_is_outstanding(example: Console) -> None:
    document = example.run("receivables", "--all", "--json").succeeded().document
    outstanding = Decimal(document["total"]["outstanding"])
    assert sum(Decimal(customer["outstanding"]) for customer in document["customers"]) == outstanding
    assert sum(Decimal(bucket["amount"]) for bucket in document["total"]["ageing"]) == outstanding


class TestAConnectionThatFails:
    def test_does_not_keep_the_others_from_being_synced_and_is_what_the_exit_code_tells(self, example: Console) -> None:
        text = (example.folder / "plugins.toml").read_text(encoding="utf-8")
        lost = '\n[connections.a-lost]\nconnector = "files"\nkind = "CRM"\noptions = { path = "lost.csv", mapping = "open-invoices" }\n'
        example.write("lost.toml", text.replace("[connections.example]", lost + "[connections.example]"))
        answer = example.run("run", "--no-serve", "--settings", "lost.toml")
        assert answer.code == 1
        assert f"failed: there is no file or folder {example.folder / 'lost.csv'}" in answer.err
        assert [run["status"] for run in example.rows(table_of(SyncRun))][-2:] == [SyncRunStatus.FAILED, SyncRunStatus.SUCCEEDED]


class TestAConnectionThatIsBusy:
    def test_is_left_to_whoever_syncs_it_and_the_rest_goes_on(self, example: Console) -> None:
        with example.busy("example"):
            answer = example.run("run", "--no-serve")
        assert answer.code == 1
        assert (
            "example was not synced: the connection 'example' is being read by another process or job: wait until that has ended, then try again" in answer.err
        )
        assert "the 10 customers that owe most" in answer.out
