"""A process may die anywhere: the next one goes on, and the end is the same."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from hub.sync.quick_pages import JOINING, PAGE_BY_PAGE
from tests.databases import Databases
from tests.proofs.crashing import Ground, aftermath, counted, finish, grounds, perform, places, some_of_each

SEED = 7
KILLED = -9
LIVES = 6
KINDS_OF_PLACES = 20
PARTS = 8
"""Into so many tests the sweep over every place is cut, so that processes share it."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.prove)])
def crashing_databases(request: pytest.FixtureRequest) -> Databases:
    """Databases of each kind."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def ground(crashing_databases: Databases, tmp_path: Path) -> Generator[Ground]:
    """The company, on each database."""
    with grounds(crashing_databases, tmp_path, SEED) as found:
        yield found


@pytest.fixture
def fresh_ground(crashing_databases: Databases, tmp_path: Path) -> Generator[Ground]:
    """The same without a past."""
    with grounds(crashing_databases, tmp_path, SEED, has_past=False) as found:
        yield found


def crash_and_mend(ground: Ground, dies_at: int, *, has_past: bool = True, tells_again: bool = True, mutant: str | None = None) -> list[str]:
    """Die at a place, and what is wrong after another process has gone on, and a third one was told everything once more.

    `dies_at` is the how-manieth place; `tells_again` false leaves the third process out.
    """
    with ground.database(has_past=has_past) as url:
        ground.start_sandbox()
        errand = replace(ground.errand(url), mutant=mutant)
        assert perform(replace(errand, dies_at=dies_at)) == KILLED
        finish(errand)
        before = counted(url)
        if tells_again:
            finish(replace(errand, round="again"))
        wrong = aftermath(ground, url)
        return wrong if counted(url) == before else [*wrong, "what was known already was kept again"]


def places_of(ground: Ground, *, has_past: bool = True) -> list[str]:
    """The places of a life that nobody ends."""
    with ground.database(has_past=has_past) as url:
        return places(ground, url)


def sweep(ground: Ground, numbers: Iterable[int], *, names: Sequence[str], has_past: bool = True) -> dict[str, list[str]]:
    """What is wrong after dying at each of some places."""
    wrong: dict[str, list[str]] = {}
    for number in numbers:
        name = names[number - 1]
        found = crash_and_mend(ground, number, has_past=has_past, tells_again=name.startswith("webhook"))
        if found:
            wrong[f"{number} {name}"] = found
    return wrong


@pytest.mark.timeout(600)
def test_a_process_may_die_at_one_place_of_seven_kinds(ground: Ground) -> None:
    names = places_of(ground)
    assert len(set(names)) >= KINDS_OF_PLACES, sorted(set(names))
    assert sweep(ground, some_of_each(names, every=7), names=names) == {}


@pytest.mark.prove
@pytest.mark.parametrize("has_past", [True, False])
def test_a_process_may_die_at_each_kind_of_place(ground: Ground, has_past: bool) -> None:  # noqa: FBT001 - a parameter of the test
    names = places_of(ground, has_past=has_past)
    assert sweep(ground, some_of_each(names), names=names, has_past=has_past) == {}


@pytest.mark.prove
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("has_past", [True, False])
def test_a_process_may_die_at_every_place(ground: Ground, has_past: bool, part: int) -> None:  # noqa: FBT001 - a parameter of the test
    names = places_of(ground, has_past=has_past)
    assert sweep(ground, range(1 + part, len(names) + 1, PARTS), names=names, has_past=has_past) == {}


def killed_at_random(ground: Ground, *, kills: int) -> None:
    """Kill processes from outside until so many have died, several of them on one database."""
    random = Random(SEED)  # noqa: S311 - moments, no secret
    died = 0
    while died < kills:
        with ground.database(has_past=False) as url:
            ground.start_sandbox()
            for life in range(LIVES):
                moment = random.uniform(0.02, 1.5)
                joining = JOINING if life % 2 else PAGE_BY_PAGE
                died += perform(replace(ground.errand(url), round=f"life {life}", joining=joining), killed_after=moment) == KILLED
            finish(ground.errand(url))
            assert aftermath(ground, url) == []


@pytest.mark.timeout(300)
def test_a_process_may_be_killed_at_any_moment(fresh_ground: Ground) -> None:
    killed_at_random(fresh_ground, kills=2)


@pytest.mark.prove
def test_two_hundred_processes_may_be_killed_at_any_moment(fresh_ground: Ground) -> None:
    killed_at_random(fresh_ground, kills=200)


class TestPlantedBugs:
    """The proof is worth something: it finds what is planted."""

    @pytest.mark.parametrize(
        ("mutant", "place"),
        [
            ("cursor_saved_before_rows", "page.before_begin"),
            ("token_saved_after_use", "tokens.before_commit"),
            ("dedupe_in_memory_only", "run.ended"),
        ],
    )
    def test_a_planted_bug_is_found(self, fresh_ground: Ground, mutant: str, place: str) -> None:
        names = places_of(fresh_ground, has_past=False)
        numbers = [number for number, name in enumerate(names, 1) if name == place]
        found = (crash_and_mend_or_fail(fresh_ground, number, mutant=mutant) for number in numbers[:: max(1, len(numbers) // 8)])
        assert any(found)


def crash_and_mend_or_fail(ground: Ground, dies_at: int, *, mutant: str) -> list[str]:
    """The same with a planted bug, of which a process may die in another way than the one that was meant."""
    try:
        return crash_and_mend(ground, dies_at, has_past=False, mutant=mutant)
    except AssertionError as error:
        return [str(error)]
