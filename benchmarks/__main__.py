"""The benchmarks as a command: `python -m benchmarks`, or `make bench`."""

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.databases import Databases, Kind, open_databases
from benchmarks.figures import measure_figures
from benchmarks.import_rounds import ImportRounds, findings_of, memory_finding, run_rounds
from benchmarks.importing import FileImport
from benchmarks.keeping import Workshop
from benchmarks.lists import measure_lists
from benchmarks.matching import measure_matching
from benchmarks.pushing import measure_pushing
from benchmarks.rendering import PAGE_SIZE
from benchmarks.reporting import Finding, as_document, print_findings
from benchmarks.rule_engine import PYTHON
from benchmarks.rules import Rounds as RuleRounds
from benchmarks.rules import measure_rules
from benchmarks.subscribing import measure_subscribing
from benchmarks.syncing import PageSync
from hub.app.memory import settle_memory
from tests.locking import locked

LARGE = 1_000_000
SMALL = 100_000
_LARGE_ROUNDS = 1
_SMALL_ROUNDS = 3
_FOLDER = Path("var/bench")
_PAGE_WIDTH = 180  # of a table in a file

Measure = Callable[[Databases, Workshop], list[Finding]]

Sizes = Annotated[list[int], typer.Option("--invoices", min=100, help="How many invoices; give it twice for two sizes.")]
Size = Annotated[int, typer.Option("--invoices", min=100, help="How many invoices; ten belong to each customer.")]
Database = Annotated[Kind, typer.Option("--database", help="Which databases.")]
Rounds = Annotated[int, typer.Option("--rounds", min=1, help="How many interleaved rounds count.")]
ImportRoundsCount = Annotated[int | None, typer.Option("--rounds", min=1, help="How many rounds; three, and one from a million invoices on.")]
RefreshRounds = Annotated[int, typer.Option("--refresh-rounds", min=1, help="The same for what writes all figures.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write the findings to this file.")]
Folder = Annotated[Path, typer.Option("--folder", help="Where files and databases are made and kept.")]

application = typer.Typer(no_args_is_help=False, add_completion=False, help="How fast the hub is, against the least that could do the same work.")
console = Console(width=None if Console().is_terminal else _PAGE_WIDTH)


@application.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Measure everything at both sizes, when no command is named."""
    if context.invoked_subcommand is None:
        measure_all()


@application.command("import")
def measure_import(
    *,
    invoices: Sizes = [SMALL],  # noqa: B006 - typer reads it, nobody changes it
    database: Database = Kind.BOTH,
    rounds: ImportRoundsCount = None,
    json_file: JsonFile = None,
    folder: Folder = _FOLDER,
) -> None:
    """Our import of a CSV file against a bare loop that lands the same rows in the same tables."""
    report(lambda databases, workshop: import_findings(databases, workshop, sizes=invoices, rounds=rounds), database, folder, json_file=json_file)


@application.command("sync")
def measure_sync(
    *,
    invoices: Sizes = [SMALL],  # noqa: B006 - typer reads it, nobody changes it
    database: Database = Kind.BOTH,
    rounds: ImportRoundsCount = None,
    page_size: Annotated[int, typer.Option("--page-size", min=1, help="How many objects a page has.")] = PAGE_SIZE,
    json_file: JsonFile = None,
    folder: Folder = _FOLDER,
) -> None:
    """Our sync of customers, invoices and payments over HTTP, from pages made before, against a bare loop that lands the same rows."""

    def measure(databases: Databases, workshop: Workshop) -> list[Finding]:
        return sync_findings(databases, workshop, sizes=invoices, rounds=rounds, page_size=page_size)

    report(measure, database, folder, json_file=json_file)


@application.command("push")
def measure_pushes(
    *,
    invoices: Size = SMALL,
    database: Database = Kind.BOTH,
    rounds: Rounds = _SMALL_ROUNDS,
    json_file: JsonFile = None,
    folder: Folder = _FOLDER,
) -> None:
    """The ledger pushed by the API in batches of a thousand, through the application in the process, against our import of its file."""

    def measure(databases: Databases, workshop: Workshop) -> list[Finding]:
        return measure_pushing(databases, workshop, invoice_count=invoices, rounds=rounds)

    report(measure, database, folder, json_file=json_file)


@application.command("figures")
def measure_figures_of_all(
    *,
    invoices: Size = LARGE,
    database: Database = Kind.BOTH,
    rounds: Rounds = 15,
    refresh_rounds: RefreshRounds = 5,
    json_file: JsonFile = None,
    folder: Folder = _FOLDER,
) -> None:
    """All customers' figures against the best that was written by hand, and refreshes of the kept ones."""

    def measure(databases: Databases, workshop: Workshop) -> list[Finding]:
        url = workshop.filled(databases, workshop.ledger(invoices))
        return measure_figures(url, invoice_count=invoices, rounds=rounds, refresh_rounds=refresh_rounds)

    report(measure, database, folder, json_file=json_file)


@application.command("list")
def measure_work_list(
    *, invoices: Size = LARGE, database: Database = Kind.BOTH, rounds: Rounds = 31, json_file: JsonFile = None, folder: Folder = _FOLDER
) -> None:
    """A page of a hundred customers with figures and open invoices: its statements against the best that were written by hand."""

    def measure(databases: Databases, workshop: Workshop) -> list[Finding]:
        url = workshop.filled(databases, workshop.ledger(invoices))
        return measure_lists(url, workshop.folder, invoice_count=invoices, rounds=rounds)

    report(measure, database, folder, json_file=json_file)


@application.command("matching")
def measure_finding_matches(
    *,
    customers: Annotated[list[int], typer.Option("--customers", min=1, help="How many customers are there; give it twice for two sizes.")] = [10_000, 100_000],  # noqa: B006 - as above
    new: Annotated[int, typer.Option("--new", min=1, help="How many new ones come.")] = 1_000,
    database: Database = Kind.BOTH,
    rounds: Rounds = 3,
    json_file: JsonFile = None,
    folder: Folder = _FOLDER,
) -> None:
    """New customers of a second system compared with those that are there: seconds, and how they grow with those that are there."""

    def measure(databases: Databases, _workshop: Workshop) -> list[Finding]:
        return measure_matching(databases, sizes=customers, new=new, rounds=rounds)

    report(measure, database, folder, json_file=json_file)


@application.command("rules")
def measure_rules_of_all(
    *,
    invoices: Sizes = [SMALL, LARGE],  # noqa: B006 - as above
    database: Database = Kind.BOTH,
    rounds: Rounds = 15,
    rule_engine_rounds: Annotated[int, typer.Option("--rule-engine-rounds", min=0, help="The same for rule-engine, which takes a minute each; 0: none.")] = 3,
    rule_engine: Annotated[Path, typer.Option("--rule-engine", help="The Python of an environment with rule-engine.")] = PYTHON,
    json_file: JsonFile = None,
    folder: Folder = _FOLDER,
) -> None:
    """Rules over all customers and invoices: against one scan by hand, at the smallest size against rule-engine, and hundreds of them."""
    counts = RuleRounds(scans=rounds, rule_engine=rule_engine_rounds)

    def measure(databases: Databases, workshop: Workshop) -> list[Finding]:
        return rule_findings(databases, workshop, sizes=invoices, rounds=counts, rule_engine=rule_engine)

    report(measure, database, folder, json_file=json_file)


@application.command("subscribe")
def measure_events(*, database: Database = Kind.BOTH, rounds: Rounds = 31, json_file: JsonFile = None, folder: Folder = _FOLDER) -> None:
    """An event on its way from its commit to a hundred subscribers, each with a socket of its own."""

    def measure(databases: Databases, workshop: Workshop) -> list[Finding]:
        return measure_subscribing(databases, workshop.folder, rounds=rounds)

    report(measure, database, folder, json_file=json_file)


@application.command("all")
def measure_all(
    *,
    invoices: Sizes = [SMALL, LARGE],  # noqa: B006 - typer reads it, nobody changes it
    database: Database = Kind.BOTH,
    json_file: JsonFile = None,
    folder: Folder = _FOLDER,
) -> None:
    """Everything: imports, syncs and rules at each size, pushes at the smallest, figures, lists and matching at the largest, and events."""
    largest = max(invoices)

    def measure(databases: Databases, workshop: Workshop) -> list[Finding]:
        imports = import_findings(databases, workshop, sizes=invoices, rounds=None)
        syncs = sync_findings(databases, workshop, sizes=invoices, rounds=None, page_size=PAGE_SIZE)
        pushes = measure_pushing(databases, workshop, invoice_count=min(invoices), rounds=_SMALL_ROUNDS)
        url = workshop.filled(databases, workshop.ledger(largest))
        lists = measure_lists(url, workshop.folder, invoice_count=largest, rounds=31)
        figures = measure_figures(url, invoice_count=largest, rounds=15, refresh_rounds=5)
        matching = measure_matching(databases, sizes=[largest // 100, largest // 10], new=1_000, rounds=3)
        rules = rule_findings(databases, workshop, sizes=invoices, rounds=RuleRounds(), rule_engine=PYTHON)
        events = measure_subscribing(databases, workshop.folder, rounds=31)
        return [*imports, *syncs, *pushes, *figures, *lists, *matching, *rules, *events]

    report(measure, database, folder, json_file=json_file)


def import_findings(databases: Databases, workshop: Workshop, *, sizes: Sequence[int], rounds: int | None) -> list[Finding]:
    """The imports at some sizes; the last round's database is kept for other benchmarks."""

    def measure(size: int, count: int) -> ImportRounds:
        ledger = workshop.ledger(size)
        workshop.forget(databases, ledger)
        made = run_rounds(databases, FileImport(ledger), workshop.run, rounds=count)
        workshop.note_filled(databases, ledger)
        return made

    return _at_sizes(measure, sizes, rounds)


def sync_findings(databases: Databases, workshop: Workshop, *, sizes: Sequence[int], rounds: int | None, page_size: int) -> list[Finding]:
    """The syncs over HTTP at some sizes."""

    def measure(size: int, count: int) -> ImportRounds:
        way = PageSync(workshop.pages(size, page_size=page_size))
        made = run_rounds(databases, way, workshop.run, rounds=count)
        databases.drop(way.name)
        return made

    return _at_sizes(measure, sizes, rounds)


def rule_findings(databases: Databases, workshop: Workshop, *, sizes: Sequence[int], rounds: RuleRounds, rule_engine: Path) -> list[Finding]:
    """The rules at some sizes, smallest first; with rule-engine at the smallest only."""
    findings: list[Finding] = []
    for size in sorted(set(sizes)):
        url = workshop.filled(databases, workshop.ledger(size))
        python = rule_engine if rounds.rule_engine and size == min(sizes) else None
        findings += measure_rules(url, workshop.folder, invoice_count=size, rounds=rounds, python=python)
    return findings


def _at_sizes(measure: Callable[[int, int], ImportRounds], sizes: Sequence[int], rounds: int | None) -> list[Finding]:
    """What is measured at some sizes, smallest first; with several, the memory of the largest against that of the smallest."""
    made = [measure(size, rounds or (_LARGE_ROUNDS if size >= LARGE else _SMALL_ROUNDS)) for size in sorted(set(sizes))]
    memory = [memory_finding(made[0], made[-1])] if len(made) > 1 else []
    return [*(found for rounds_of_size in made for found in findings_of(rounds_of_size)), *memory]


def report(measure: Measure, database: Kind, folder: Path, *, json_file: Path | None) -> None:
    """Measure on each database, print one table, and write the findings where a file is named."""
    settle_memory()  # as the command does it
    findings: list[Finding] = []
    with _workshop(folder) as workshop, open_databases(database, folder) as opened:
        for databases in opened:
            with console.status(f"measuring on {databases.kind} …"):
                findings += measure(databases, workshop)
    print_findings(findings, console)
    if json_file is not None:
        json_file.write_text(json.dumps(as_document(findings), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if any(found.is_met is False for found in findings):
        raise typer.Exit(1)


@contextmanager
def _workshop(folder: Path) -> Generator[Workshop]:
    """The folder, which one benchmark uses at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "lock"):
        yield Workshop(folder.absolute())


if __name__ == "__main__":
    application()
