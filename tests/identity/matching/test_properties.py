"""The finder under any history: what it says follows from what there is, not from the order in which it came or from how often it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.identity.matching import Evidence
from hub.plugins.records import CustomerRecord
from hub.store.engine import Store
from hub.vocabulary import ConnectionKind, SuggestionKind
from tests.databases import Databases
from tests.examples import examples
from tests.identity.matching.register import SYSTEMS, Place, Register, known, record

MANY = settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
_IDS = ("1", "2", "3")
_KINDS = (ConnectionKind.ACCOUNTING, ConnectionKind.CRM, ConnectionKind.GATEWAY)

Shown = dict[frozenset[Place], tuple[SuggestionKind, int, tuple[Evidence, ...]]]


@dataclass(frozen=True)
class Step:
    """A record that comes, or goes: `merged_into` is what took its place."""

    system: str
    record: CustomerRecord
    is_deleted: bool = False
    merged_into: str | None = None
    is_found_after: bool = False


_RECORDS = st.builds(
    record,
    st.sampled_from(_IDS),
    st.sampled_from(("Acme Ltd", "ACME", "Acme – Phase 1", "Acme – Phase 2", "Zephyr GmbH", "Zephir")),
    email=st.sampled_from((None, "ap@acme.example", "office@books.example", "x@gmail.com")),
    phone=st.sampled_from((None, "+44 20 7946 0001", "+44 20 7946 0002")),
    city=st.sampled_from((None, "Leeds", "York")),
    tax_id=st.sampled_from((None, None, "GB123456782", "GB987654390")),
    known_as=st.one_of(st.just([]), st.builds(known, st.sampled_from(_KINDS), st.sampled_from(_IDS))),
    parent_external_id=st.sampled_from((None, None, None, "P")),
)
_STEPS = st.lists(
    st.builds(
        Step, st.sampled_from(list(SYSTEMS)[:3]), _RECORDS, st.sampled_from((False, False, False, True)), st.sampled_from((None, None, *_IDS)), st.booleans()
    ),
    min_size=2,
    max_size=14,
)


def _last(steps: Sequence[Step]) -> list[Step]:
    """The last form of each object."""
    return list({(step.system, step.record.external_id): step for step in steps}.values())


def _apply(register: Register, steps: Sequence[Step], batch: int) -> None:
    for step in steps:
        if not step.is_deleted or (step.system, step.record.external_id) not in register.customers:
            register.put(step.system, step.record)
        if step.is_deleted:
            merged_into = None if step.merged_into == step.record.external_id else step.merged_into
            register.delete(step.system, step.record.external_id, merged_into=merged_into)
        if step.is_found_after:
            register.find(batch)
    register.find(batch)


def _with_kept_records(steps: Sequence[Step]) -> list[Step]:
    """A deletion says nothing of the record: what was there before stays."""
    kept: dict[Place, CustomerRecord] = {}
    found: list[Step] = []
    for step in steps:
        place = step.system, step.record.external_id
        values = kept.get(place, step.record) if step.is_deleted else step.record
        kept[place] = values
        found.append(Step(step.system, values, step.is_deleted, step.merged_into, step.is_found_after))
    return found


def _shown(register: Register) -> Shown:
    return {places: (each.kind, each.score, each.evidence) for places, each in register.suggestions().items()}


def _decided(register: Register) -> dict[frozenset[Place], object]:
    """What is decided when all are compared with each other."""
    register.matches.clear()
    register.queue_all()
    register.find()
    return {places: each.rule for places, each in register.matches.items()}


@MANY
@given(steps=_STEPS, batch=st.integers(1, 5))
def test_what_is_found_follows_from_what_there_is(sqlite_databases: Databases, steps: list[Step], batch: int) -> None:
    steps = _with_kept_records(steps)
    with sqlite_databases.fresh(migrated=True) as url, sqlite_databases.fresh(migrated=True) as other_url:
        step_by_step, at_once = Register(Store(url)), Register(Store(other_url))
        _apply(step_by_step, steps, batch)
        _apply(at_once, [Step(step.system, step.record, step.is_deleted, step.merged_into) for step in reversed(_last(steps))], 1_000)
        assert _shown(step_by_step) == _shown(at_once)
        assert _decided(step_by_step) == _decided(at_once)
        step_by_step.store.dispose()
        at_once.store.dispose()


@MANY
@given(steps=_STEPS, batch=st.integers(1, 5))
def test_finding_again_changes_nothing(sqlite_databases: Databases, steps: list[Step], batch: int) -> None:
    with sqlite_databases.fresh(migrated=True) as url:
        register = Register(Store(url))
        _apply(register, _with_kept_records(steps), batch)
        before = _shown(register)
        register.queue_all()
        again = register.find(batch)
        assert [found.written.opened + found.written.changed + found.written.withdrawn for found in again] == [0] * len(again)
        assert _shown(register) == before
        register.store.dispose()


@MANY
@given(steps=_STEPS)
def test_no_decision_makes_one_of_two_living_customers_of_one_system(sqlite_databases: Databases, steps: list[Step]) -> None:
    with sqlite_databases.fresh(migrated=True) as url:
        register = Register(Store(url))
        _apply(register, _with_kept_records(steps), 1_000)
        deleted = {(step.system, step.record.external_id) for step in _last(steps) if step.is_deleted}
        groups: dict[Place, set[Place]] = {place: {place} for place in register.customers}
        for one, other in map(sorted, _decided(register)):
            joined = groups[one] | groups[other]
            groups |= dict.fromkeys(joined, joined)
        for group in groups.values():
            living = [system for system, external_id in group if (system, external_id) not in deleted]
            assert len(living) == len(set(living))
        register.store.dispose()
