"""Worlds for tests, and everything of one that a reader could ever see."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

from connectors.sandbox.system import System
from connectors.sandbox.world.world import World

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@cache
def demo() -> World:
    """The world of the size that the sandbox has by itself. Shared: tests only read it."""
    return World(1, 150, NOW)


def young(seed: int, now: datetime = NOW, customers: int = 10) -> World:
    """A world whose history began in the spring of the year."""
    return World(seed, customers, now, founded=date(2026, 3, 2))


def chance(seed: int) -> Random:
    """Chance that repeats itself."""
    return Random(seed)  # noqa: S311 - invented, not secret


def lived_in(seed: int, activities: int) -> World:
    """A small world in which some activities have happened."""
    world, random = World.small(seed, NOW), chance(seed)
    at = NOW
    for _ in range(activities):
        at += timedelta(seconds=random.choice((0, 0, 1, 45, 4_000, 50_000)))
        world.act(random, at)
    return world


def mend_all(world: World) -> None:
    """Put everything right that is poisoned."""
    while any(world.ledger.poisoned(system.name) for system in world.systems):
        world.perform("mended", chance(0), world.now)


def printed(world: World) -> str:
    """All objects with their versions and times, all logs, and the truth, as one text."""
    return json.dumps([_printed(system) for system in world.systems] + [world.ledger.truth(system.name) for system in world.systems], default=str)


def _printed(system: System) -> list[object]:
    objects = [[repr(stored) for stored in found.values()] for found in system.collections.values()]
    return [system.name, list(system.collections), objects, [repr(event) for event in system.events]]
