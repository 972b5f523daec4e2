"""A world: an invented company's customers, documents and money in three systems, and the ledger that knows what is true of them."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Self

from connectors.sandbox.system import System
from connectors.sandbox.world.acts.activity import ACTIVITIES, RARE_ACTIVITIES, perform_any
from connectors.sandbox.world.acts.scene import Scene
from connectors.sandbox.world.books import Books
from connectors.sandbox.world.currencies import CURRENCIES
from connectors.sandbox.world.entries import Entries
from connectors.sandbox.world.faults import DRIFTS, DriftKind
from connectors.sandbox.world.hiding import LateCommits
from connectors.sandbox.world.ledger import Ledger
from connectors.sandbox.world.life.agenda import Agenda, midnight
from connectors.sandbox.world.life.buyers import Life
from connectors.sandbox.world.life.crowd import gather
from connectors.sandbox.world.life.exchange import plan_rates
from connectors.sandbox.world.life.population import Population

FOUNDED = date(2023, 11, 20)
"""The day on which a world's history begins. It does not follow from today, so that tomorrow's world is today's and one day more."""

_SMALL_CUSTOMERS = 8
_SMALL_DAYS = 210


class World:
    """The accounting system, the CRM and the gateway of one company, and the truth about them.

    Amounts are in five currencies; `base_currency` is the one that rates lead to. Raises ValueError for any other, and for a `now` before
    the first day.

    The same seed, number of customers, first day and activities give the same world, to the byte, in however many steps time passes.
    """

    def __init__(self, seed: int, customers: int, now: datetime, *, base_currency: str = "EUR", founded: date = FOUNDED) -> None:
        if base_currency not in CURRENCIES:
            raise ValueError(f"{base_currency!r} is none of the currencies of the sandbox: {', '.join(CURRENCIES)}")
        began = midnight(founded)
        self.accounting, self.crm, self.gateway = System("accounting"), System("crm"), System("gateway")
        self.ledger = Ledger(Entries(founded))
        self._books = Books(self.ledger, {system.name: system for system in self.systems}, began)
        self._late = LateCommits(self._books)
        self._life = Life(self._books, Agenda(), seed)
        self._population = Population(self._life)
        plan_rates(self._life, base_currency, began)
        self._population.plan(customers, founded)
        self.advance(now)

    @classmethod
    def small(cls, seed: int, now: datetime) -> Self:
        """A world of 8 customers and about 40 invoices, for proofs that read it many times. Its first day follows from `now`."""
        return cls(seed, _SMALL_CUSTOMERS, now, founded=now.astimezone(UTC).date() - timedelta(days=_SMALL_DAYS))

    @property
    def systems(self) -> tuple[System, System, System]:
        """The three systems."""
        return self.accounting, self.crm, self.gateway

    @property
    def now(self) -> datetime:
        """Up to when everything has happened."""
        return self._books.now

    @property
    def misreported(self) -> frozenset[str]:
        """The ids of customers whose reported balances are wrong on purpose."""
        return frozenset(self._population.misreported)

    # --- time ---

    def advance(self, to: datetime) -> None:
        """Let ordinary life go on up to an instant, that one included. Raises ValueError for an instant before now."""
        to = _whole_seconds(to)
        while (planned := self._life.agenda.take_until(to)) is not None:
            at, action = planned
            self._books.turn_to(max(at, self.now))
            action(self.now)
        self._books.turn_to(to)

    def act(self, random: Random, at: datetime) -> str:
        """Do one activity of any kind at an instant, and return its name. Ordinary life stands still meanwhile.

        Raises ValueError for an instant before now.
        """
        return perform_any(self._scene(random, at))

    def perform(self, name: str, random: Random, at: datetime) -> bool:
        """Do one activity of a kind, rare ones too, if there is anything to do it with. Raises KeyError for a name that no activity has."""
        activity = ACTIVITIES.get(name) or RARE_ACTIVITIES[name]
        return activity(self._scene(random, at))

    def gather(self, count: int, random: Random, at: datetime) -> None:
        """Let many customers come at once who buy nothing: some are projects, entered twice, merged, entered anew or mistyped.

        Raises ValueError for an instant before now.
        """
        gather(self._scene(random, at), count)

    def commit_late(self, at: datetime | None = None) -> None:
        """Commit what was written and not committed; it shows now and says it was written up to a minute earlier. None: at `now`."""
        self._books.turn_to(self.now if at is None else _whole_seconds(at))
        self._late.commit(self.now)

    def drift(self, kind: DriftKind) -> None:
        """Change an API for all objects, those that are there already and those to come; no version changes.

        Raises KeyError for an unknown kind.
        """
        self._books.begin_drift(DRIFTS[kind])

    def end_drift(self, kind: DriftKind) -> None:
        """Take a change of an API back. Raises ValueError for one that was not made."""
        self._books.end_drift(DRIFTS[kind])

    def _scene(self, random: Random, at: datetime) -> Scene:
        self._books.turn_to(_whole_seconds(at))
        return Scene(self._books, self._population.names, self._late, random, self.now)


def _whole_seconds(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
