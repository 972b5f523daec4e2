"""Our import against the bare loop, round by round: a first import, the loop, the same file once more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.bare_loop import BareTimes, land_again
from benchmarks.databases import Databases
from benchmarks.equality import require_equal
from benchmarks.generating import Ledger
from benchmarks.importing import ImportTimes, Parsing, import_ledger, prepare, read_alone
from benchmarks.keeping import Workshop, filled_name, settle
from benchmarks.reporting import Finding, bytes_text, finding, seconds_text, size_text
from benchmarks.timing import Comparison, spread_of

MOST_STORE_TIME = {"sqlite": 1.5, "postgresql": 2.0}
MOST_STORE_TIME_AGAIN = {"sqlite": 1 / 5, "postgresql": 1 / 3}
MOST_MEMORY = 1.3


@dataclass(slots=True)
class ImportRounds:
    """All rounds of one size on one kind of database; the n-th of each list belong together."""

    kind: str
    invoice_count: int
    parsing: list[Parsing] = field(default_factory=list[Parsing])
    first: list[ImportTimes] = field(default_factory=list[ImportTimes])
    bare: list[BareTimes] = field(default_factory=list[BareTimes])
    again: list[ImportTimes] = field(default_factory=list[ImportTimes])
    peaks: list[int] = field(default_factory=list[int])
    equal_rows: int = 0

    def store_seconds(self, imports: Sequence[ImportTimes]) -> list[float]:
        """What is left of each import without its figures and without reading the file alone in the same round."""
        return [times.landing_seconds - parsing.seconds for times, parsing in zip(imports, self.parsing, strict=True)]


def run_rounds(databases: Databases, ledger: Ledger, workshop: Workshop, *, rounds: int) -> ImportRounds:
    """Each step by the workshop's runner, on databases made for it. The rows of the first round are compared; the last import is kept."""
    made = ImportRounds(databases.kind, ledger.invoice_count)
    bare_name = f"{filled_name(ledger)}_bare"
    workshop.forget(databases, ledger)
    for number in range(rounds):
        made.parsing.append(workshop.run(read_alone, ledger).result)
        ours = _prepared(databases, filled_name(ledger), ledger, workshop=workshop)
        first = workshop.run(import_ledger, ours, ledger)
        made.first.append(first.result)
        made.peaks.append(first.peak_bytes)
        bare = _prepared(databases, bare_name, ledger, workshop=workshop)
        made.bare.append(workshop.run(land_again, ours, bare).result)
        if number == 0:
            made.equal_rows = require_equal(ours, bare)
        made.again.append(workshop.run(import_ledger, ours, ledger).result)
    databases.drop(bare_name)
    settle(databases.url(filled_name(ledger)))
    workshop.note_filled(databases, ledger)
    return made


def _prepared(databases: Databases, name: str, ledger: Ledger, *, workshop: Workshop) -> str:
    url = databases.make(name)
    workshop.run(prepare, url, ledger)
    settle(url)
    return url


def findings_of(made: ImportRounds) -> list[Finding]:
    """What the rounds of one size say."""
    size, database = size_text(made.invoice_count), made.kind
    bare = [times.seconds for times in made.bare]
    first, again = made.store_seconds(made.first), made.store_seconds(made.again)
    return [
        finding(
            "import, store time against the bare loop",
            size=size,
            database=database,
            comparison=Comparison(first, bare),
            target=MOST_STORE_TIME[database],
            note=_apart(made),
        ),
        finding(
            "import, its transactions against the bare loop",
            size=size,
            database=database,
            comparison=Comparison([times.transaction_seconds for times in made.first], bare),
        ),
        finding(
            "import again, store time against the first",
            size=size,
            database=database,
            comparison=Comparison(again, first),
            target=MOST_STORE_TIME_AGAIN[database],
        ),
    ]


def memory_finding(smaller: ImportRounds, larger: ImportRounds) -> Finding:
    """The peak memory of our import at two sizes."""
    ratio = median(larger.peaks) / median(smaller.peaks)
    return Finding(
        what="import, peak memory against the smaller size",
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
        f"{made.kind}, {size_text(made.invoice_count)}: of {seconds_text(total)} in all, {seconds_text(parsing)} is parsing and {seconds_text(figures)} "
        f"the refresh of the figures; both ways landed the same {made.equal_rows:,} rows"
    )
