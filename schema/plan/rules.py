"""What plans know of rules: what they mean here, and which are kept under names."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from hub.evaluation.book import RuleBook, book_of
from hub.evaluation.rule_sets import KnownRuleSet, read_rule_sets
from hub.plugins.services import HubServices
from rules.fields import Level


@dataclass(frozen=True)
class RuleAccess:
    """The rules of one operation. `connection` is its read transaction; None: it has none yet, and what is asked is read in one of its own."""

    services: HubServices
    connection: sa.Connection | None

    @cached_property
    def book(self) -> RuleBook:
        """What rules mean in this workspace."""
        return book_of(self.services.fields, self.services.settings.workspace)

    @property
    def was_asked(self) -> bool:
        """Whether a plan rests on the rule sets that were there when it was made."""
        return "sets" in vars(self)

    @cached_property
    def sets(self) -> Sequence[KnownRuleSet]:
        """All rule sets that are not deleted; read once."""
        with self._transaction() as connection:
            return read_rule_sets(connection, self.book)

    def sets_of(self, *levels: Level) -> Sequence[KnownRuleSet]:
        """Those of some levels."""
        return [known for known in self.sets if known.level in levels]

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        if self.connection is not None:
            yield self.connection
            return
        with self.services.store.read() as connection:
            yield connection
