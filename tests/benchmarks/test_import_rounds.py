import math

import pytest
import sqlalchemy as sa

from benchmarks.equality import contents, require_equal
from benchmarks.generating import Ledger
from benchmarks.import_rounds import ImportRounds, findings_of, memory_finding
from benchmarks.importing import FileImport
from hub.model import Invoice, table_of
from hub.store.engine import Store
from tests.benchmarks.conftest import INVOICES, Measured

CUSTOMERS = INVOICES // 10
RECORDS = INVOICES + CUSTOMERS


def test_reading_alone_needs_no_database(ledger: Ledger) -> None:
    parsing = FileImport(ledger).read_alone()
    assert (parsing.page_count, parsing.record_count) == (2, RECORDS)


def test_our_import_and_the_bare_loop_land_the_same_rows(measured: Measured) -> None:
    assert [times.created_count for times in measured.rounds.first] == [RECORDS, RECORDS]
    assert {times.row_count for times in measured.rounds.bare} == {3 * RECORDS}  # the row, its reference, and what its source said
    assert measured.rounds.equal_rows > 3 * RECORDS


def test_the_loop_has_as_many_pages_as_the_file(measured: Measured) -> None:
    assert {times.page_count for times in measured.rounds.bare} == {2}


def test_the_same_file_again_changes_nothing(measured: Measured) -> None:
    assert [(times.created_count, times.unchanged_count) for times in measured.rounds.again] == [(0, RECORDS)] * 2


def test_the_parts_of_an_import_add_up_to_less_than_all_of_it(measured: Measured) -> None:
    for times in measured.rounds.first:
        assert 0 < times.figures_seconds < times.total_seconds
        assert 0 < times.transaction_seconds < times.landing_seconds


def test_a_difference_between_the_two_databases_is_found(measured: Measured) -> None:
    other = measured.databases.make("other")
    way = FileImport(measured.ledger)
    way.prepare(other)
    way.land_barely(measured.url, other)
    ours = contents(measured.url)["invoice"]
    assert contents(other)["invoice"] == ours
    store = Store(other)
    with store.write() as connection:
        invoices = table_of(Invoice)
        connection.execute(sa.update(invoices).where(invoices.c.id == 7).values(total_minor=invoices.c.total_minor + 1))
    store.dispose()
    assert contents(other)["invoice"] != ours
    with pytest.raises(AssertionError, match=r"did not land the same rows: .*invoice: "):
        require_equal(measured.url, other)
    measured.databases.drop("other")


def test_findings_name_what_was_measured(measured: Measured) -> None:
    store, transactions, again, whole = findings_of(measured.rounds)
    assert (store.size, store.database, store.rounds) == ("1,200", measured.databases.kind, 2)
    assert f"the same {measured.rounds.equal_rows:,} rows" in store.note
    assert transactions.target is None
    assert again.target is not None
    assert whole.ours.endswith("/s")


def test_memory_is_compared_from_size_to_size() -> None:
    smaller, larger = ImportRounds("import", "sqlite", 100, peaks=[100 * 2**20]), ImportRounds("import", "sqlite", 1_000, peaks=[120 * 2**20])
    found = memory_finding(smaller, larger)
    assert (found.size, found.ours, found.reference, found.is_met) == ("1,000 : 100", "120 MiB", "100 MiB", True)
    assert math.isclose(found.ratio, 1.2)
