"""Whatever happens, and whatever goes wrong meanwhile: in the end the store is equal to the ledger, none missing, none twice, none stale."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.store.engine import Store
from tests.databases import Databases
from tests.proofs.company import prove_now
from tests.proofs.mutants import MUTANTS

SUITE = {"sqlite": 50, "postgresql": 10}
PROOF = {"sqlite": 1_000, "postgresql": 100}
GROUP = 5


@dataclass(frozen=True)
class Seeds:
    """Some seeds on one kind of database."""

    kind: str
    seeds: range

    def __str__(self) -> str:
        return f"{self.kind}-{self.seeds.start}"


@pytest.fixture
def databases(request: pytest.FixtureRequest, some: Seeds) -> Databases:
    """Databases of the kind that the seeds are for."""
    found: Databases = request.getfixturevalue(f"{some.kind}_databases")
    return found


def _prove(databases: Databases, seeds: range, folder: Path) -> None:
    problems: dict[int, list[str]] = {}
    for seed in seeds:
        with databases.fresh(migrated=True) as url:
            store = Store(url)
            found = prove_now(store, seed, folder)
            store.dispose()
        if found:
            problems[seed] = found[:10]
    assert problems == {}


def groups(counts: dict[str, int], first: int = 0) -> list[Seeds]:
    """Seeds in groups, so that several processes share them."""
    return [Seeds(kind, range(start, start + GROUP)) for kind, count in counts.items() for start in range(first, first + count, GROUP)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("some", groups(SUITE), ids=str)
def test_the_store_ends_equal_to_the_ledger(databases: Databases, some: Seeds, tmp_path: Path) -> None:
    _prove(databases, some.seeds, tmp_path)


@pytest.mark.prove
@pytest.mark.parametrize("some", groups(PROOF, first=1_000), ids=str)
def test_it_does_so_a_thousand_times(databases: Databases, some: Seeds, tmp_path: Path) -> None:
    _prove(databases, some.seeds, tmp_path)


FINDERS = {
    "later_instead_of_at_or_later": (19, *range(1, 60, 3)),
    "no_version_check": (2, *range(2, 60, 3)),
    "one_pass_over_offsets": (6, *range(0, 60, 3)),
}
"""Seeds that find a planted bug, tried first, and others, for when a change of the world lets them find something else."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", FINDERS)
def test_a_planted_bug_is_found(sqlite_databases: Databases, mutant: str, tmp_path: Path) -> None:
    def finds(seed: int) -> bool:
        with sqlite_databases.fresh(migrated=True) as url, MUTANTS[mutant]():
            store = Store(url)
            try:
                return bool(prove_now(store, seed, tmp_path))
            except AssertionError:
                return True
            finally:
                store.dispose()

    assert any(finds(seed) for seed in FINDERS[mutant])
