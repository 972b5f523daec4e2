"""For whom and for which day the rows of an operation are read."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.config import WorkspaceSettings
from schema.plan.aliases import Aliases


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom and for which day rows are read. `as_of` None: the figures that are kept for today.

    `customers` selects the customers that are read, so that figures of another day are computed for them only; None: all.
    """

    principal: Principal
    workspace: WorkspaceSettings
    today: date
    as_of: date | None = None
    customers: sa.Select[Any] | None = None
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
