"""The ledger: what is true in the three systems, whatever their bodies say.

The bodies that the systems serve are rendered from it, never the other way round, so that whoever reads them can be checked against it.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from connectors.sandbox.world.entries import KINDS, Entries
from connectors.sandbox.world.postings import Place, Posting
from connectors.sandbox.world.truth import Facts, facts_of


@dataclass(slots=True)
class Ledger:
    """The truth, and which objects nobody can read it from.

    Attributes:
        entries: all postings that have happened for everybody.
        held: postings that nobody can know yet: written but not committed, or never served without a broken value. They are in no sum.
        poison: places of objects whose body has a broken value.
    """

    entries: Entries
    held: dict[Place, Posting] = field(default_factory=dict[Place, Posting])
    poison: set[Place] = field(default_factory=set[Place])

    @property
    def today(self) -> date:
        """The day for which everything is summed."""
        return self.entries.today

    def truth(self, system: str) -> dict[str, dict[str, Facts]]:
        """The facts of a system by collection and id, as of today.

        A poisoned object has those of its last good version, marked by `last_good`; one that never had a good version is absent, and so
        is one that is not committed.
        """
        return {kind.collection: self._facts(kind) for kind in KINDS if kind.system == system}

    def poisoned(self, system: str) -> dict[str, set[str]]:
        """The ids of objects with a broken value by collection; collections without any are left out."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for place in self.poison:
            if place.system == system:
                found[place.collection].add(place.id)
        return dict(found)

    def _facts(self, kind: type[Posting]) -> dict[str, Facts]:
        return {key: self._marked(posting.place, facts_of(self.entries, posting)) for key, posting in self.entries.of(kind).items()}

    def _marked(self, place: Place, facts: Facts) -> Facts:
        return {**facts, "last_good": True} if place in self.poison else facts
