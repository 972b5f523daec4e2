"""The sandbox's three systems, with names spelt differently, shared domains, merges and customers entered anew, end as the sandbox's own truth says."""

from pathlib import Path

import pytest

from hub.store.engine import Store
from tests.databases import Databases
from tests.proofs.identities import Verdict, crowd, judge, sync_customers

LEAST_RECALL = 0.95
ORDERS = [("accounting", "crm", "gateway"), ("gateway", "crm", "accounting")]


def _hold(verdict: Verdict) -> None:
    print(f"\n{verdict}")  # noqa: T201 - precision and recall are shown
    assert verdict.wrong == []
    assert verdict.precision == 1
    assert verdict.recall >= LEAST_RECALL, verdict.missed[:20]


def _prove(databases: Databases, folder: Path, *, seed: int, customers: int, order: tuple[str, ...] = ("accounting", "crm", "gateway")) -> None:
    world = crowd(seed, customers)
    with databases.fresh(migrated=True) as url:
        store = Store(url)
        sync_customers(store, world, folder, order=order)
        _hold(judge(store, world))
        store.dispose()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("order", ORDERS)
def test_what_is_decided_is_true_and_nearly_all_is_found(sqlite_databases: Databases, tmp_path: Path, order: tuple[str, ...]) -> None:
    _prove(sqlite_databases, tmp_path, seed=1, customers=100, order=order)


@pytest.mark.timeout(600)
def test_also_on_postgresql(postgresql_databases: Databases, tmp_path: Path) -> None:
    _prove(postgresql_databases, tmp_path, seed=2, customers=80)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("order", ORDERS)
def test_so_it_is_for_hundreds_of_customers_in_every_order(databases: Databases, tmp_path: Path, order: tuple[str, ...]) -> None:
    _prove(databases, tmp_path, seed=1, customers=250, order=order)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(10))
def test_also_for_some_thousands_of_customers(databases: Databases, tmp_path: Path, seed: int) -> None:
    _prove(databases, tmp_path, seed=seed, customers=2_000)


def test_a_wrong_decision_and_a_missed_pair_are_told() -> None:
    with pytest.raises(AssertionError):
        _hold(Verdict(10, 0, ["two customers"], [], 10, 0))
    with pytest.raises(AssertionError):
        _hold(Verdict(10, 0, [], ["a pair"], 10, 0))
