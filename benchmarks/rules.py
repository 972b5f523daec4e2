"""Rules over all customers and all invoices: against one scan by hand, against the rule-engine package, and as they become more."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

import sqlalchemy as sa

from benchmarks.generating import TODAY
from benchmarks.handwritten_rules import customers_by_hand, invoice_values, invoices_by_hand
from benchmarks.hubs import WORKSPACE, hub_on
from benchmarks.plans import full_reads
from benchmarks.reporting import Finding, finding, size_text
from benchmarks.rule_engine import PYTHON, rule_engine_over
from benchmarks.rule_texts import CUSTOMERS, INVOICES, LARGE_RULE, VARIANTS, MeasuredRule
from benchmarks.timing import Comparison, compare, fastest, seconds_of
from hub.evaluation.book import RuleBook, book_of
from hub.evaluation.evaluating import Match, masks, matches, matching_ids
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Rows
from hub.health.basis import Basis
from hub.store.engine import Store
from rules.fields import Level
from rules.model import Expression
from rules.parsing import parse_rule

MOST = 1.1
MOST_WHERE_WIDE = 1.25
MOST_OF_RULE_ENGINE = {"sqlite": 1 / 100, "postgresql": 1 / 40}
MOST_SECONDS_TO_COMPILE = 0.005
_COMPILED = 31
"""How many rules are compiled."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """How many rounds count: of single scans, of rule-engine, which takes long, and of many rules."""

    scans: int = 15
    rule_engine: int = 3
    many: int = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """Rules of one level, and the same scan by hand."""

    level: Level
    name: str
    rules: Sequence[MeasuredRule]
    by_hand: dict[str, str]

    def parsed(self, variants: int = 1) -> list[Expression]:
        """The rules of each kind, so many of each."""
        return [parse_rule(rule.variant(number)) for number in range(variants) for rule in self.rules]


def measure_rules(url: str, folder: Path, *, invoice_count: int, rounds: Rounds, python: Path | None = PYTHON) -> list[Finding]:
    """On a filled database. `python` is that of an environment with rule-engine; None: not compared with it."""
    with hub_on(url, folder) as hub:
        book = book_of(hub.services.fields, WORKSPACE)
        measured = _Rules(hub.store, book, size_text(invoice_count))
        findings = [measured.scan(level, rounds.scans) for level in measured.levels]
        if python is not None:
            findings.append(measured.against_rule_engine(rounds.rule_engine, python))
        return [*findings, *(measured.many(level, rounds.many) for level in measured.levels), measured.compiling()]


class _Rules:
    """The comparisons on one database."""

    def __init__(self, store: Store, book: RuleBook, size: str) -> None:
        self._store = store
        self._book = book
        self._size = size
        self._facts = Facts(Basis.of(WORKSPACE, TODAY), is_kept=True)
        self.levels = (
            Measured(Level.CUSTOMER, "customers", CUSTOMERS, customers_by_hand(CUSTOMERS, store.dialect, TODAY)),
            Measured(Level.INVOICE, "invoices", INVOICES, invoices_by_hand(INVOICES, store.dialect, TODAY)),
        )

    def scan(self, measured: Measured, rounds: int) -> Finding:
        """Twenty rules in one run, from the expressions to the rows in memory, against the fastest scan by hand."""
        rules = measured.parsed()
        with self._store.read() as connection:
            own = self._matches(connection, measured.level, rules)
            for name, text in measured.by_hand.items():
                require_same_matches(own, by_hand(connection, text), what=name)
            best = fastest({name: lambda text=text: by_hand(connection, text) for name, text in measured.by_hand.items()})
            reference = measured.by_hand[best]
            comparison = compare(lambda: self._matches(connection, measured.level, rules), lambda: by_hand(connection, reference), rounds=rounds)
            statement = masks(rules, self._rows(measured.level))
            reads = full_reads(connection, statement, "invoice"), full_reads(connection, _typed(reference), "invoice")
        dialect = self._store.dialect
        note = (
            f"{dialect}: {len(own):,} rows have a bit; the best of {len(measured.by_hand)} by hand is {best}; "
            f"full reads of the invoices: ours {reads[0]}, by hand {reads[1]}"
        )
        wide = MOST_WHERE_WIDE if reads[0] <= reads[1] else None
        what = f"{len(rules)} rules over {measured.name}"
        return finding(what, size=self._size, database=dialect, comparison=comparison, target=MOST, wide_target=wide, note=note)

    def against_rule_engine(self, rounds: int, python: Path) -> Finding:
        """The rules about invoices against the same in rule-engine, whose rows are in memory already."""
        (measured,) = (each for each in self.levels if each.level is Level.INVOICE)
        rules = measured.parsed()
        with self._store.read() as connection:
            values = connection.execute(_values(invoice_values(self._store.dialect, TODAY))).mappings()
            rows = [dict(row) for row in values]
            with rule_engine_over(rows, [rule.rule_engine for rule in measured.rules], python=python) as engine:
                own = self._matches(connection, measured.level, rules)
                require_same_matches(own, [Match(key, mask) for key, mask in engine.matches()], what="rule-engine")
                seconds = [(seconds_of(lambda: self._matches(connection, measured.level, rules)), engine.seconds()) for _ in range(rounds)]
        comparison = Comparison([each for each, _ in seconds], [each for _, each in seconds])
        dialect = self._store.dialect
        note = f"{dialect}: {1 / comparison.ratio:,.0f} times as fast; the rows of rule-engine are in memory before, ours are read"
        what = f"{len(rules)} rules over {measured.name}, against rule-engine"
        return finding(what, size=self._size, database=dialect, comparison=comparison, target=MOST_OF_RULE_ENGINE[dialect], note=note)

    def many(self, measured: Measured, rounds: int) -> Finding:
        """Hundreds of rules in one run against twenty, both by the rule."""
        many, few = measured.parsed(VARIANTS), measured.parsed()
        with self._store.read() as connection:
            first = self._matches(connection, measured.level, few)
            require_same_matches(first, _first_bits(self._matches(connection, measured.level, many), len(few)), what="the first of many")
            compared = compare(lambda: self._matches(connection, measured.level, many), lambda: self._matches(connection, measured.level, few), rounds=rounds)
        by_rule = Comparison([each / len(many) for each in compared.ours], [each / len(few) for each in compared.reference])
        what = f"{len(many)} rules over {measured.name}, each, against one of {len(few)}"
        return finding(what, size=self._size, database=self._store.dialect, comparison=by_rule, target=1.0)

    def compiling(self) -> Finding:
        """Rules with twenty comparisons, each another one, from the text to the statement of a list of whom it holds for, in processor time."""
        texts = [LARGE_RULE.format(v=number) for number in range(_COMPILED)]
        self._compile(texts[0])  # what is made once only is made now
        seconds = [seconds_of(lambda text=text: self._compile(text), clock=process_time) for text in texts]
        note = f"{self._store.dialect}: the median is {median(seconds) * 1e3:.2f} ms of processor time"
        what = "read, check and compile a rule of 20 comparisons"
        comparison = Comparison(seconds, [MOST_SECONDS_TO_COMPILE] * len(seconds))
        return finding(what, size="", database=self._store.dialect, comparison=comparison, target=1.0, note=note)

    def _compile(self, text: str) -> None:
        rule = parse_rule(text)
        wrong = [found.message for found in self._book.check(rule, Level.CUSTOMER) if found.is_error]
        assert not wrong, wrong
        matching_ids(rule, self._rows(Level.CUSTOMER)).compile(dialect=self._store.engine.dialect)

    def _rows(self, level: Level) -> Rows:
        return self._book.rows(level, self._facts)

    def _matches(self, connection: sa.Connection, level: Level, rules: Sequence[Expression]) -> list[Match]:
        return matches(connection, rules, self._rows(level))


def by_hand(connection: sa.Connection, text: str) -> list[Match]:
    """The rows of a scan by hand, as the objects that ours gives."""
    return [Match(key, mask) for key, mask in connection.execute(_typed(text))]


def require_same_matches(ours: Sequence[Match], others: Sequence[Match], *, what: str) -> None:
    """Stop unless both are the same rows in the same order, each with the same bits."""
    own, other = {match.id: match.mask for match in ours}, {match.id: match.mask for match in others}
    differing = [key for key in sorted(own.keys() | other.keys()) if own.get(key, 0) != other.get(key, 0)]
    assert not differing, f"{what}: {len(differing)} rows with other bits, the first of them {differing[0]}"
    assert list(ours) == list(others), f"{what}: the same rows in another order, or some twice"


def _first_bits(found: Sequence[Match], count: int) -> list[Match]:
    cut = [Match(match.id, match.mask & ((1 << count) - 1)) for match in found]
    return [match for match in cut if match.mask]


def _typed(text: str) -> sa.TextualSelect:
    return sa.text(text).columns(sa.column("id", sa.BigInteger), sa.column("mask", sa.BigInteger))


def _values(text: str) -> sa.TextualSelect:
    """Rows with their yes or no as such, which SQLite has as 0 and 1."""
    return sa.text(text).columns(disputed=sa.Boolean(), paid=sa.Boolean())
