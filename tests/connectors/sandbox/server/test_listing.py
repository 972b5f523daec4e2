"""A listing follows its system's log: at any moment it is what sorting everything anew would give."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.server.listing import by_change, by_creation, by_id, is_any
from connectors.sandbox.system import Stored, System
from tests.connectors.sandbox.server.trio import moment, put

IDS = [f"x-{number}" for number in range(6)]
STEPS = st.lists(st.tuples(st.sampled_from(["put", "late", "remove", "show", "read"]), st.sampled_from(IDS), st.integers(0, 3)), max_size=40)


def visible(system: System, *, deleted: bool) -> list[Stored]:
    return [found for found in system.collections.get("x", {}).values() if found.is_visible and (deleted or not found.is_deleted)]


@given(STEPS)
def test_it_is_what_sorting_everything_would_give(steps: list[tuple[str, str, int]]) -> None:
    system = System("any")
    changes, everything, creations, ids = by_change(system, "x"), by_change(system, "x", wants=is_any), by_creation(system, "x"), by_id(system, "x")
    for number, (what, name, back) in enumerate([*steps, ("read", "", 0)]):
        found = system.collections.get("x", {}).get(name)
        match what:
            case "put":
                system.put("x", name, {}, at=moment(number - back))
            case "late":
                system.put("x", name, {}, at=moment(number - back), is_visible=False)
            case "remove" if found is not None:
                system.remove("x", name, at=moment(number - back))
            case "show" if found is not None:
                system.show("x", name, written_at=moment(number - back))
            case _:
                wanted = sorted(visible(system, deleted=False), key=lambda one: (one.updated_at, one.id))
                assert changes.between(0, 9) == wanted
                assert everything.between(0, 9) == sorted(visible(system, deleted=True), key=lambda one: (one.updated_at, one.id))
                assert creations.between(0, 9) == sorted(wanted, key=lambda one: (one.created_at, one.id))
                assert ids.between(0, 9) == sorted(wanted, key=lambda one: one.id)
                assert len(changes) == len(wanted)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(IDS)), unique_by=lambda pair: pair[1]), st.integers(-1, 5), st.sampled_from(["", *IDS]))
def test_places_are_those_that_counting_gives(objects: list[tuple[int, str]], at: int, name: str) -> None:
    system = System("any")
    for second, made in objects:
        put(system, "x", made, at=second)
    listing = by_change(system, "x")
    assert listing.start_at(moment(at)) == sum(second < at for second, _ in objects)
    assert listing.start_before(moment(at), name) == sum((second, made) < (at, name) for second, made in objects)
    assert listing.start_after(moment(at), name) == sum((second, made) <= (at, name) for second, made in objects)


def test_a_late_commit_shows_behind_what_a_reader_has_seen() -> None:
    system = System("any")
    put(system, "x", "early", at=0)
    system.put("x", "late", {}, at=moment(10), is_visible=False)
    put(system, "x", "next", at=20)
    listing = by_change(system, "x")
    before = [found.id for found in listing.between(0, 9)]
    system.show("x", "late", written_at=moment(15))
    assert (before, [found.id for found in listing.between(0, 9)]) == (["early", "next"], ["early", "late", "next"])
