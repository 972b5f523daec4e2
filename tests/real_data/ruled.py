"""Portfolios that rules are held against: a file in a hub that takes some day for today, and the same file in plain Python."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path

import anyio
import sqlalchemy as sa

from hub.app import Hub, open_hub
from hub.clock import FixedClock
from hub.config import load_settings
from hub.evaluation.book import RuleBook
from hub.evaluation.evaluating import matches
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Rows
from hub.health.basis import Basis
from hub.model import ExternalReference, table_of
from hub.sync.imports.connection import import_connection
from hub.sync.service import SyncOptions, sync_connection
from hub.vocabulary import Entity
from rules.fields import Level
from rules.parsing import parse_rule
from tests.databases import Databases
from tests.real_data.books import Account, Bill, Rates, Row, accounts_on

CustomerRule = tuple[str, Callable[[Account], bool]]
InvoiceRule = tuple[str, Callable[[Bill], bool]]

Sets = Mapping[str, frozenset[str]]
"""For each rule, the ids that the file gives to those it holds for."""


@dataclass(frozen=True)
class Portfolio:
    """A file, the day that is today, two days before it, and rules with what they say in Python.

    `write_files` gives the files to import, each with its mapping. `settings` follow the workspace's name and time zone.
    """

    name: str
    settings: str
    write_files: Callable[[Path], Iterable[tuple[Path, str]]]
    read_rows: Callable[[], Sequence[Row]]
    rates: Rates
    today: date
    past: tuple[date, date]
    customer_rules: Sequence[CustomerRule]
    invoice_rules: Sequence[InvoiceRule]

    @property
    def days(self) -> tuple[date, date, date]:
        """Today and the two days before it."""
        return (self.today, *self.past)

    def texts(self, level: Level) -> list[str]:
        """The rules of a level."""
        return [text for text, _ in (self.customer_rules if level is Level.CUSTOMER else self.invoice_rules)]

    @cached_property
    def rows(self) -> Sequence[Row]:
        """What the file says."""
        return self.read_rows()

    def everybody(self, level: Level) -> frozenset[str]:
        """The ids of all customers or invoices in the file."""
        return frozenset(row.customer if level is Level.CUSTOMER else row.number for row in self.rows)

    def expected(self, level: Level, day: date) -> Sets:
        """Whom each rule holds for on one of the days, by plain Python."""
        return self._expected[level, day]

    @cached_property
    def _expected(self) -> Mapping[tuple[Level, date], Sets]:
        found: dict[tuple[Level, date], Sets] = {}
        for day in self.days:
            accounts = accounts_on(self.rows, day, self.rates)
            bills = [bill for account in accounts for bill in account.all]
            found[Level.CUSTOMER, day] = {text: frozenset(one.id for one in accounts if holds(one)) for text, holds in self.customer_rules}
            found[Level.INVOICE, day] = {text: frozenset(one.row.number for one in bills if holds(one)) for text, holds in self.invoice_rules}
        return found


@dataclass(frozen=True)
class Ruled:
    """A portfolio that has been imported into a hub."""

    portfolio: Portfolio
    hub: Hub
    book: RuleBook
    _ids: dict[Level, dict[int, str]] = field(default_factory=dict[Level, dict[int, str]])

    def rows(self, connection: sa.Connection, level: Level, day: date) -> Rows:
        """All customers or invoices on a day."""
        return self.rows_of(Facts.on(connection, self.basis(day)), level)

    def rows_of(self, facts: Facts, level: Level) -> Rows:
        """All customers or invoices of some facts."""
        return self.book.customers(facts) if level is Level.CUSTOMER else self.book.invoices(facts)

    def basis(self, day: date) -> Basis:
        """A day with the settings of the workspace."""
        return Basis.of(self.hub.settings.workspace, day)

    def held(self, connection: sa.Connection, level: Level, rows: Rows) -> Sets:
        """Whom each rule of a level holds for, by one call for all of them."""
        texts = self.portfolio.texts(level)
        found = matches(connection, [parse_rule(text) for text in texts], rows)
        names = self.names(connection, level)
        return {text: frozenset(names[match.id] for match in found if match.holds(number)) for number, text in enumerate(texts)}

    def names(self, connection: sa.Connection, level: Level) -> Mapping[int, str]:
        """What the file calls the rows of a level, by key."""
        if level not in self._ids:
            reference, entity = table_of(ExternalReference), Entity.CUSTOMER if level is Level.CUSTOMER else Entity.INVOICE
            query = sa.select(reference.c.entity_id, reference.c.external_id).where(reference.c.entity == entity)
            self._ids[level] = {row.entity_id: row.external_id for row in connection.execute(query)}
        return self._ids[level]


@contextmanager
def ruled(portfolio: Portfolio, databases: Databases, folder: Path) -> Generator[Ruled]:
    """A portfolio imported, while the clock stands at noon of its today."""
    settings_file = folder / "plugins.toml"
    settings_file.write_text(f'[workspace]\nname = "Real data"\ntime_zone = "UTC"\n{portfolio.settings}')
    clock = FixedClock(datetime.combine(portfolio.today, datetime.min.time(), UTC).replace(hour=12))
    with databases.fresh(migrated=True) as url:
        settings = load_settings(settings_file, {"DUNWELL_DATABASE_URL": url})
        with open_hub(settings, clock=clock, environ={}) as hub:
            for path, mapping in portfolio.write_files(folder):
                wanted = import_connection(settings, Path(mapping).stem, {"path": str(path), "mapping": mapping})
                outcome = anyio.run(partial(sync_connection, hub.sync, wanted, SyncOptions(trigger="IMPORT")))
                assert outcome.error is None, outcome
            yield Ruled(portfolio, hub, RuleBook(hub.catalogue.fields, settings.workspace))


def differences(found: Sets, expected: Sets) -> dict[str, tuple[list[str], list[str]]]:
    """The rules that hold for others than they should: whom too few, whom too many."""
    return {text: (sorted(expected[text] - found[text])[:5], sorted(found[text] - expected[text])[:5]) for text in expected if found[text] != expected[text]}
