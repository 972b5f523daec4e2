"""A crowd in the sandbox, its three systems synced, and what the finder makes of it, held against who is who in truth."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import NamedTuple

import anyio
import sqlalchemy as sa

from connectors.sandbox.connector import SandboxConnector
from connectors.sandbox.in_process import World as SandboxWorld
from connectors.sandbox.world import World
from connectors.sandbox.world.crm_postings import Company
from connectors.sandbox.world.gateway_postings import GatewayCustomer
from connectors.sandbox.world.identity import parties_of
from connectors.sandbox.world.postings import Customer
from hub.clock import FixedClock
from hub.identity.matching import Suggestion, open_suggestions
from hub.model import Connection, CustomerMerge, ExternalReference, table_of
from hub.store.engine import Store
from hub.sync.service import SyncOptions, sync_connection
from hub.vocabulary import Entity, MergeKind, Stream, SyncRunStatus
from tests.proofs.hubs import make_hub

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
_REFERENCES = table_of(ExternalReference)
_CONNECTIONS = table_of(Connection)
_MERGES = table_of(CustomerMerge)

Place = tuple[str, str]


@dataclass(frozen=True)
class Verdict:
    """How the findings compare with the truth. Ratios are 0 to 1; `wrong` names automatic decisions that are false."""

    automatic: int
    suggested: int
    wrong: list[str]
    missed: list[str]
    expected: int
    right_suggestions: int

    @property
    def precision(self) -> float:
        """Of automatic decisions."""
        return 1 - len(self.wrong) / max(1, self.automatic)

    @property
    def recall(self) -> float:
        """Of automatic decisions and open suggestions together."""
        return 1 - len(self.missed) / max(1, self.expected)

    def __str__(self) -> str:
        """For people."""
        return (
            f"{self.automatic} decided, precision {self.precision:.2%}; {self.suggested} suggested, {self.right_suggestions} of them right; "
            f"recall of both {self.recall:.2%} of {self.expected} pairs"
        )


class Merged(NamedTuple):
    """Two customers that a rule has made one."""

    pair: tuple[int, int]
    kind: MergeKind


def crowd(seed: int, customers: int) -> World:
    """A world in which so many customers have come at once."""
    world = World.small(seed, START)
    world.gather(customers, Random(seed), START)  # noqa: S311 - a history, no secret
    return world


def sync_customers(store: Store, world: World, folder: Path, *, order: tuple[str, ...] = ("accounting", "crm", "gateway")) -> None:
    """Sync the customers of the three systems, in an order."""

    def made(seed: int, customers: int, now: datetime, *, base_currency: str) -> SandboxWorld:
        del seed, customers, now, base_currency
        return world

    async def no_sleep(seconds: float) -> None:
        clock.move_to(clock.now() + timedelta(seconds=seconds))

    clock = FixedClock(START)
    services = make_hub(store, folder, SandboxConnector(made), clock=clock, sleep=no_sleep).services
    for name in order:
        connection = next(found for found in services.settings.connections if found.name == name)
        report = anyio.run(sync_connection, services, replace(connection, streams=(Stream.CUSTOMERS,)), SyncOptions())
        if report.status is not SyncRunStatus.SUCCEEDED:
            raise AssertionError(f"{name} was not synced: {report.error}")


def judge(store: Store, world: World) -> Verdict:
    """Compare what was merged and suggested after the runs with the truth: each customer here was made by one object of one system."""
    with store.read() as connection:
        merges = sa.select(_MERGES.c.customer_id, _MERGES.c.into_id, _MERGES.c.kind).where(_MERGES.c.unmerged_at.is_(None))
        automatic = [Merged((row[0], row[1]), row[2]) for row in connection.execute(merges)]
        suggested = open_suggestions(connection, most=1_000_000)
        columns = _REFERENCES.c
        statement = (
            sa.select(sa.func.coalesce(columns.home_id, columns.entity_id), _CONNECTIONS.c.name, columns.external_id)
            .join(_CONNECTIONS, _CONNECTIONS.c.id == columns.connection_id)
            .where(columns.entity == Entity.CUSTOMER)
        )
        places: dict[int, Place] = {row[0]: (row[1], row[2]) for row in connection.execute(statement)}
    return _compare(world, places, automatic=automatic, suggested=suggested)


def _compare(world: World, places: dict[int, Place], *, automatic: Sequence[Merged], suggested: Sequence[Suggestion]) -> Verdict:
    parties = parties_of(world.ledger.entries)
    party = {customer_id: parties[place] for customer_id, place in places.items()}
    wrong = [f"{places[each.pair[0]]} {places[each.pair[1]]} {each.kind}" for each in automatic if party[each.pair[0]] != party[each.pair[1]]]
    right = [each.pair for each in (*automatic, *suggested) if party[each.pair[0]] == party[each.pair[1]]]
    together = _connected(right)
    expected = _expected(world, places, party)
    missed = [f"{places[one]} {places[other]}" for one, other in expected if together.get(one, one) != together.get(other, other)]
    right_suggestions = sum(party[each.pair[0]] == party[each.pair[1]] for each in suggested)
    return Verdict(len(automatic), len(suggested), wrong, missed, len(expected), right_suggestions)


def _expected(world: World, places: dict[int, Place], party: dict[int, str]) -> list[tuple[int, int]]:
    """The pairs that a hub must find: living ones of one party, what was entered anew with what it was, and what was merged with what it was merged into."""
    entries = world.ledger.entries
    postings = {posting.place: posting for kind in (Customer, Company, GatewayCustomer) for posting in entries.of(kind).values()}
    of_place = {(place.system, place.id): posting for place, posting in postings.items()}
    by_party: defaultdict[str, list[int]] = defaultdict(list)
    for customer_id, name in party.items():
        by_party[name].append(customer_id)
    found: list[tuple[int, int]] = []
    for members in by_party.values():
        for one, other in combinations(sorted(members), 2):
            first, second = of_place[places[one]], of_place[places[other]]
            is_gone = first.is_deleted + second.is_deleted
            if is_gone == 0 or (is_gone == 1 and first.system == second.system):
                found.append((one, other))
    return found


def _connected(pairs: list[tuple[int, int]]) -> dict[int, int]:
    leaders: dict[int, int] = {}

    def leader(key: int) -> int:
        while leaders.get(key, key) != key:
            key = leaders[key]
        return key

    for one, other in pairs:
        first, second = sorted((leader(one), leader(other)))
        leaders[second] = first
    return {key: leader(key) for key in {key for pair in pairs for key in pair}}
