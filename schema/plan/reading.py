"""For whom and for which day the rows of an operation are read."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.config import WorkspaceSettings
from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.health.reading import is_kept
from schema.plan.aliases import Aliases
from schema.plan.rules import RuleAccess


@dataclass(frozen=True)
class KeptFigures:
    """Whether the figures that are kept hold for the business date of an operation; between midnight and their refresh they do not.

    `transaction` opens what it is asked in.
    """

    basis: Basis
    transaction: Callable[[], AbstractContextManager[sa.Connection]]

    @cached_property
    def hold(self) -> bool:
        """Asked once, when something first rests on it."""
        with self.transaction() as connection:
            return is_kept(connection, self.basis)


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom and for which day rows are read. `as_of` None: today, with the kept figures where they hold.

    `customers` selects the customers that are read, so that figures of another day are computed for them only; None: all. `rules` None: nothing
    that is read may ask for rules.
    """

    principal: Principal
    workspace: WorkspaceSettings
    kept: KeptFigures
    as_of: date | None = None
    customers: sa.Select[Any] | None = None
    rules: RuleAccess | None = field(default=None, compare=False)
    aliases: Aliases = field(default_factory=Aliases, compare=False)

    def rows_of(self, table: sa.Table) -> sa.FromClause:
        """A table under a name that nothing else in the plan has."""
        return self.aliases.of(table)

    def on(self, day: date | None) -> "Reading":
        """The same reading on another day; None and today are the same."""
        return replace(self, as_of=None if day == self.today else day)

    def of_customers(self, customers: sa.Select[Any] | None) -> "Reading":
        """The same reading of some customers."""
        return replace(self, customers=customers)

    @property
    def today(self) -> date:
        """The business date."""
        return self.kept.basis.as_of

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
    def basis(self) -> Basis:
        """What the figures of the day rest on."""
        return Basis.of(self.workspace, self.day)

    @property
    def is_kept(self) -> bool:
        """Whether the figures of the day are those that are kept; else they are computed from dated facts."""
        return self.as_of is None and self.kept.hold

    @property
    def facts(self) -> Facts:
        """What rules are held against."""
        return Facts(self.basis, self.is_kept)
