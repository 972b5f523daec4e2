"""Our sync against the bare loop, round by round: a first sync, the loop, the same source once more."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Protocol

from benchmarks.bare_loop import BareTimes
from benchmarks.databases import Databases
from benchmarks.equality import require_equal
from benchmarks.keeping import settle
from benchmarks.measuring import ImportTimes, Parsing
from benchmarks.processes import Runner
from benchmarks.reporting import Finding, bytes_text, finding, rate_text, seconds_text, size_text
from benchmarks.timing import Comparison, spread_of

MOST_STORE_TIME = {"sqlite": 1.5, "postgresql": 2.0}
MOST_STORE_TIME_AGAIN = {"sqlite": 1 / 5, "postgresql": 1 / 3}
MOST_MEMORY = 1.3


class Way(Protocol):
    """A way into the hub, as steps of which each can run in a process of its own.

    `what` is its name in the findings, `name` that of the databases.
    """

    @property
    def what(self) -> str:
        """For people: `import`."""
        ...

    @property
    def name(self) -> str:
        """For databases."""
        ...

    @property
    def invoice_count(self) -> int:
        """How many invoices come this way."""
        ...

    def prepare(self, url: str) -> None:
        """What comes before the invoices, on a database that has the tables: the connection and the exchange rates."""
        ...

    def read_alone(self) -> Parsing:
        """Read everything, and keep nothing."""
        ...

    def land(self, url: str) -> ImportTimes:
        """Bring everything into a database that is prepared for it."""
        ...

    def land_again(self, url: str) -> ImportTimes:
        """Bring everything once more, unchanged."""
        ...

    def land_barely(self, source_url: str, target_url: str) -> BareTimes:
        """Land with the bare loop what `land` has landed in another database."""
        ...


@dataclass(slots=True)
class ImportRounds:
    """All rounds of one way and size on one kind of database; the n-th of each list belong together."""

    what: str
    kind: str
    invoice_count: int
    parsing: list[Parsing] = field(default_factory=list[Parsing])
    first: list[ImportTimes] = field(default_factory=list[ImportTimes])
    bare: list[BareTimes] = field(default_factory=list[BareTimes])
    again: list[ImportTimes] = field(default_factory=list[ImportTimes])
    peaks: list[int] = field(default_factory=list[int])
    equal_rows: int = 0

    def store_seconds(self, imports: Sequence[ImportTimes]) -> list[float]:
        """What is left of each sync without its figures and without reading the source alone in the same round."""
        return [times.landing_seconds - parsing.seconds for times, parsing in zip(imports, self.parsing, strict=True)]


def run_rounds(databases: Databases, way: Way, run: Runner, *, rounds: int) -> ImportRounds:
    """Each step by `run`, on databases made for it. The rows of the first round are compared; the last filled database is kept."""
    made = ImportRounds(way.what, databases.kind, way.invoice_count)
    bare_name = f"{way.name}_bare"
    for number in range(rounds):
        made.parsing.append(run(way.read_alone).result)
        ours = _prepared(databases, way.name, way, run=run)
        first = run(way.land, ours)
        made.first.append(first.result)
        made.peaks.append(first.peak_bytes)
        bare = _prepared(databases, bare_name, way, run=run)
        made.bare.append(run(way.land_barely, ours, bare).result)
        if number == 0:
            made.equal_rows = require_equal(ours, bare)
        made.again.append(run(way.land_again, ours).result)
    databases.drop(bare_name)
    settle(databases.url(way.name))
    return made


def _prepared(databases: Databases, name: str, way: Way, *, run: Runner) -> str:
    url = databases.make(name)
    run(way.prepare, url)
    settle(url)
    return url


def findings_of(made: ImportRounds) -> list[Finding]:
    """What the rounds of one size say."""
    size, database = size_text(made.invoice_count), made.kind
    bare = [times.seconds for times in made.bare]
    first, again = made.store_seconds(made.first), made.store_seconds(made.again)
    return [
        finding(
            f"{made.what}, store time against the bare loop",
            size=size,
            database=database,
            comparison=Comparison(first, bare),
            target=MOST_STORE_TIME[database],
            note=_apart(made),
        ),
        finding(
            f"{made.what}, its transactions against the bare loop",
            size=size,
            database=database,
            comparison=Comparison([times.transaction_seconds for times in made.first], bare),
        ),
        finding(
            f"{made.what} again, store time against the first",
            size=size,
            database=database,
            comparison=Comparison(again, first),
            target=MOST_STORE_TIME_AGAIN[database],
        ),
        _records_a_second(made),
    ]


def _records_a_second(made: ImportRounds) -> Finding:
    """The whole run, figures included, against reading alone and the bare loop one after the other; in records a second."""
    least = [parsing.seconds + bare.seconds for parsing, bare in zip(made.parsing, made.bare, strict=True)]
    whole = [times.total_seconds for times in made.first]
    found = finding(
        f"{made.what}, whole run against reading and the bare loop",
        size=size_text(made.invoice_count),
        database=made.kind,
        comparison=Comparison(whole, least),
    )
    count = made.parsing[0].record_count
    return replace(found, ours=rate_text(count / median(whole)), reference=rate_text(count / median(least)))


def memory_finding(smaller: ImportRounds, larger: ImportRounds) -> Finding:
    """The peak memory of our sync at two sizes."""
    ratio = median(larger.peaks) / median(smaller.peaks)
    return Finding(
        what=f"{larger.what}, peak memory against the smaller size",
        size=f"{size_text(larger.invoice_count)} : {size_text(smaller.invoice_count)}",
        database=larger.kind,
        ours=bytes_text(int(median(larger.peaks))),
        reference=bytes_text(int(median(smaller.peaks))),
        ratio=ratio,
        spread=spread_of([peak / median(smaller.peaks) for peak in larger.peaks]),
        rounds=len(larger.peaks),
        target=MOST_MEMORY,
        is_met=ratio <= MOST_MEMORY,
    )


def _apart(made: ImportRounds) -> str:
    """What the store time leaves out, and what was compared."""
    parsing = median(parsing.seconds for parsing in made.parsing)
    figures = median(times.figures_seconds for times in made.first)
    total = median(times.total_seconds for times in made.first)
    return (
        f"{made.what}, {made.kind}, {size_text(made.invoice_count)}: of {seconds_text(total)} in all, {seconds_text(parsing)} ({parsing / total:.0%}) is "
        f"reading and {seconds_text(figures)} the refresh of the figures; both ways landed the same {made.equal_rows:,} rows"
    )
