"""Whatever the order, the repetitions and the delays in which events come, the hub ends as if all had happened before its eyes (R6, P17)."""

from collections.abc import Generator, Sequence
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.config import WorkspaceSettings
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Record
from hub.plugins.webhooks import WebhookEventItem
from hub.store.bulk import chunks
from hub.store.engine import Store
from hub.vocabulary import WebhookEventStatus
from tests.databases import Databases
from tests.examples import examples
from tests.sync.conftest import Hub
from tests.sync.webhooks.world import Chronicler, Form, GivenUp, System, events_of, process, state, statuses, tell, wipe

FINISHED = {WebhookEventStatus.APPLIED}


@pytest.fixture
def witness(databases: Databases) -> Generator[Hub]:
    """Another hub on a database of its own."""
    with databases.fresh(migrated=True) as url:
        store = Store(url)
        yield Hub(store, WorkspaceSettings(name="Test", base_currency="EUR", time_zone=ZoneInfo("Europe/Berlin")))
        store.dispose()


async def see(hub: Hub, history: Sequence[Form], *, at_once: int = 50) -> None:
    """Let a hub see all versions in their order, by ordinary runs."""
    pages: list[Page] = []
    for some in chunks(history, at_once):
        records: list[Record] = [form for form in some if not isinstance(form, Deletion)]
        deletions = [form for form in some if isinstance(form, Deletion)]
        pages.append(Page(records=records, deletions=deletions, cursor=None))
    await hub.sync(*pages)


async def finish(hub: Hub, system: System) -> None:
    """Work on events until none is open, with the clock at each attempt."""
    given_up = GivenUp()
    while (due := (await process(hub, system, give_up=given_up)).next_attempt_at) is not None:
        hub.clock.move_to(due)
    hub.refresh()
    assert given_up.messages == []


async def test_ten_thousand_repeated_late_and_permuted_events_end_like_an_ordered_run(hub: Hub, witness: Hub) -> None:
    random = Random(20261120)  # noqa: S311 - invented, not secret
    history = Chronicler.of(random, customers=30, documents=270).write(2_000)
    system = System(history)
    arrivals = [(number + random.expovariate(1 / 200), number, found) for number, found in enumerate(events_of(history)) for _ in range(5)]
    assert len(arrivals) == 10_000
    happened = 0
    for position, some in enumerate(chunks(sorted(arrivals, key=lambda arrival: arrival[0]), 100)):
        tell(hub, *(found for _, _, found in some))
        happened = max(happened, *(number + 1 for _, number, _ in some))
        if position % 4 == 0:  # the source goes on while the hub works, and its answers lag behind
            system.length, system.lag = happened, random.randint(0, 30)
            hub.clock.move_to(hub.clock.now() + timedelta(seconds=30))
            await process(hub, system)
    system.length, system.lag = None, 0
    await finish(hub, system)
    await see(witness, history, at_once=200)
    assert set(statuses(hub)) == FINISHED
    assert len(statuses(hub)) == 2_000
    assert state(hub) == state(witness)
    assert len(system.fetched) < 10_000


@st.composite
def tales(draw: st.DrawFn) -> tuple[list[Form], list[list[WebhookEventItem]]]:
    """A short history, and its events in batches: repeated and in any order."""
    random = draw(st.randoms(use_true_random=False))
    history = Chronicler.of(random, customers=2, documents=5).write(draw(st.integers(7, 25)))
    told = events_of(history)
    repeated = [*told, *draw(st.lists(st.sampled_from(told), max_size=10))]
    permuted = draw(st.permutations(repeated))
    size = draw(st.integers(1, len(permuted)))
    return history, [list(some) for some in chunks(permuted, size)]


@settings(
    max_examples=examples(4),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tale=tales(), lag=st.integers(0, 3))
async def test_any_order_of_events_ends_like_an_ordered_run(hub: Hub, tale: tuple[list[Form], list[list[WebhookEventItem]]], lag: int) -> None:
    history, batches = tale
    wipe(hub.store)
    await see(hub, history, at_once=3)
    expected = state(hub)
    wipe(hub.store)
    system = System(history, lag=lag)
    for some in batches:
        tell(hub, *some)
        await process(hub, system)
    system.lag = 0
    await finish(hub, system)
    assert state(hub) == expected


async def test_the_comparison_sees_a_single_document_that_differs(hub: Hub, witness: Hub) -> None:
    random = Random(3)  # noqa: S311 - invented, not secret
    history = Chronicler.of(random, customers=2, documents=6).write(20)
    await see(hub, history)
    await see(witness, history[:-1])
    assert state(hub) != state(witness)
