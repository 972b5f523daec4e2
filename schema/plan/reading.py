"""For whom and for which day the rows of an operation are read."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.config import WorkspaceSettings
from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from schema.plan.aliases import Aliases
from schema.plan.rules import RuleAccess


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom and for which day rows are read. `as_of` None: the figures that are kept for today.

    `customers` selects the customers that are read, so that figures of another day are computed for them only; None: all. `rules` None: nothing
    that is read may ask for rules.
    """

    principal: Principal
    workspace: WorkspaceSettings
    today: date
    as_of: date | None = None
    customers: sa.Select[Any] | None = None
    rules: RuleAccess | None = field(default=None, compare=False)
    aliases: Aliases = field(default_factory=Aliases, compare=False)

    def rows_of(self, table: sa.Table) -> sa.FromClause:
        """A table under a name that nothing else in the plan has."""
        return self.aliases.of(table)

    def on(self, day: date | None) -> "Reading":
        """The same reading on another day; None and today both mean the kept figures."""
        return replace(self, as_of=None if day == self.today else day)

    def of_customers(self, customers: sa.Select[Any] | None) -> "Reading":
        """The same reading of some customers."""
        return replace(self, customers=customers)

    @property
    def day(self) -> date:
        """The day that figures and derived states hold for."""
        return self.as_of or self.today

    @property
    def known_rules(self) -> RuleAccess:
        """The rules of the operation."""
        if self.rules is None:
            message = "this reading was made without rules"
            raise TypeError(message)
        return self.rules

    @property
    def facts(self) -> Facts:
        """What rules are held against."""
        return Facts(Basis.of(self.workspace, self.day), is_kept=self.as_of is None)
