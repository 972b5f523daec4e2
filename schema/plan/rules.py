"""What plans know of rules: what they mean here, and which are kept under names."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa

from hub.errors import RequestError
from hub.evaluation.asking import TEXT, usable_rule
from hub.evaluation.book import RuleBook, book_of
from hub.evaluation.rule_sets import KnownRuleSet, read_rule_sets
from hub.plugins.services import HubServices
from rules.fields import Level
from rules.model import Expression
from rules.writing import write_rule

MOST_CHARACTERS = 30_000
"""Of all rules that one operation asks for: to make their statements takes time that no database limits."""


@dataclass(slots=True)
class RulesAsked:
    """The rules that one operation has asked for so far, each once."""

    known: dict[tuple[Level, str], Expression] = field(default_factory=dict[tuple[Level, str], Expression])
    texts: set[str] = field(default_factory=set[str])
    characters: int = 0

    def add(self, rule: Expression, path: tuple[str, ...]) -> None:
        """Raise RequestError where all rules together are too long."""
        text = write_rule(rule)
        self.characters += 0 if text in self.texts else len(text)
        self.texts.add(text)
        if self.characters > MOST_CHARACTERS:
            message = f"The rules of this operation have more than {MOST_CHARACTERS:,} characters together: ask for fewer, or for shorter ones."
            raise RequestError(message, path=path)


@dataclass(frozen=True)
class RuleAccess:
    """The rules of one operation. `connection` is its read transaction; None: it has none yet, and what is asked is read in one of its own."""

    services: HubServices
    connection: sa.Connection | None
    asked: RulesAsked = field(default_factory=RulesAsked)

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

    def usable(self, level: Level, text: str, *, path: tuple[str, ...]) -> Expression:
        """The rule of a text, read once. Raises RequestError where it cannot be used, or all rules of the operation together are too long."""
        if (level, text) not in self.asked.known:
            rule = usable_rule(self.book, level, {TEXT: text}, path=path)
            self.asked.add(rule, path)
            self.asked.known[level, text] = rule
        return self.asked.known[level, text]

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        if self.connection is not None:
            yield self.connection
            return
        with self.services.store.read() as connection:
            yield connection
