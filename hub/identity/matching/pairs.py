"""Pairs of customers, and groups of those that pairs connect."""

from collections.abc import Iterable
from dataclasses import dataclass, field

Pair = tuple[int, int]
"""Two customers by id, the smaller one first."""


def pair_of(one: int, other: int) -> Pair:
    """Two customers as a pair."""
    return (one, other) if one < other else (other, one)


@dataclass(slots=True)
class Groups:
    """Customers that pairs connect, directly or by others."""

    _leaders: dict[int, int] = field(default_factory=dict[int, int])

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> "Groups":
        """The groups that some pairs make."""
        found = cls()
        for one, other in pairs:
            found.join(one, other)
        return found

    def leader(self, customer_id: int) -> int:
        """The one that stands for a customer's group; two customers of one group have one."""
        while (leader := self._leaders.get(customer_id, customer_id)) != customer_id:
            self._leaders[customer_id] = self._leaders.get(leader, leader)
            customer_id = leader
        return customer_id

    def join(self, one: int, other: int) -> None:
        """Make one group of two."""
        first, second = sorted((self.leader(one), self.leader(other)))
        self._leaders[second] = first

    def is_together(self, pair: Pair) -> bool:
        """Whether two customers are in one group."""
        return self.leader(pair[0]) == self.leader(pair[1])
