"""The least that could land the same rows: one transaction a page, rows straight to the driver, nothing looked up and nothing checked.

The rows come from a database that our import filled, read outside the timed part, as the driver stores them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.bare_drivers import BareDatabase, open_bare
from connectors.files.reading import PAGE_ROWS
from hub.model import Checkpoint, Customer, Event, ExternalReference, Invoice, Row, SourceRecord, SyncRun, table_of

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Landing:
    """Which rows of a table one page lands: those whose key lies above `low` and up to `high`."""

    table: str
    columns: tuple[str, ...]
    key: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class BareTimes:
    """What the loop took. `seconds` has its transactions only, from begin to the end of the commit."""

    seconds: float
    page_count: int
    row_count: int


@dataclass(slots=True)
class _Stopwatch:
    seconds: float = 0.0
    _started: float = 0.0

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += perf_counter() - self._started


def land_again(source_url: str, target_url: str) -> BareTimes:
    """Write what the last run of one database landed into another, which holds what came before that run."""
    source, target = open_bare(source_url), open_bare(target_url)
    try:
        return _Loop(source, target).run()
    finally:
        source.close()
        target.close()


class _Loop:
    """The run of `source` once more, on `target`."""

    def __init__(self, source: BareDatabase, target: BareDatabase) -> None:
        self._source = source
        self._target = target
        self._watch = _Stopwatch()
        self._row_count = 0
        self._run = source.one(f"SELECT {_names(SyncRun)} FROM sync_run ORDER BY id DESC LIMIT 1")  # noqa: S608 - names of our own
        self._run_id = int(self._run["id"])
        self._checkpoint = source.one(f"SELECT {_names(Checkpoint)} FROM checkpoint WHERE feed = 'benchmark-invoices'")  # noqa: S608

    def run(self) -> BareTimes:
        """All pages of it."""
        pages = list(self._pages())
        self._start()
        for number, page in enumerate(pages, start=1):
            loaded = [(part, self._source.rows(part.table, part.columns, key=part.key, low=part.low, high=part.high)) for part in page]
            dirty = sorted({row[1] for part, rows in loaded if part.table == "invoice" for row in rows})
            progress = self._progress(number, len(pages))
            with self._watch, self._target.transaction():
                for part, rows in loaded:
                    self._target.insert(part.table, part.columns, rows)
                self._target.mark_dirty(dirty)
                self._save(progress, is_first=number == 1)
            self._row_count += sum(len(rows) for _, rows in loaded)
        self._end()
        return BareTimes(self._watch.seconds, len(pages), self._row_count)

    def _pages(self) -> Iterable[list[Landing]]:
        """What each page landed: invoices by the thousand, the customers that they are the first to name, and the references of both."""
        one = self._source.one
        references = one("SELECT min(id) AS first FROM external_reference WHERE stream IN ('CUSTOMERS', 'INVOICES')")
        invoices = one("SELECT min(id) AS first, max(id) AS last FROM invoice")
        customer = int(one("SELECT min(id) AS first FROM customer")["first"]) - 1
        reference, invoice, last = int(references["first"]) - 1, int(invoices["first"]) - 1, int(invoices["last"])
        while invoice < last:
            up_to = min(invoice + PAGE_ROWS, last)
            named = one(f"SELECT max(customer_id) AS last FROM invoice WHERE id > {invoice} AND id <= {up_to}")  # noqa: S608 - numbers of our own
            customers = max(customer, int(named["last"]))
            landed = reference + (customers - customer) + (up_to - invoice)
            yield [
                Landing("customer", _columns(Customer), "id", customer, customers),
                Landing("invoice", _columns(Invoice), "id", invoice, up_to),
                Landing("external_reference", _columns(ExternalReference), "id", reference, landed),
                Landing("source_record", _columns(SourceRecord), "reference_id", reference, landed),
            ]
            customer, invoice, reference = customers, up_to, landed

    # --- the run's own rows -----------------------------------------------------------------------

    def _start(self) -> None:
        counts = {name: 0 for name in self._run if name.endswith("_count")}
        row = self._run | counts | {"status": "RUNNING", "ended_at": None, "message": None, "feeds": None}
        with self._watch, self._target.transaction():
            self._target.insert("sync_run", tuple(row), [tuple(row.values())])
            self._note("sync_run.started")

    def _progress(self, number: int, page_count: int) -> dict[str, Any]:
        """The counts after a page. The last page's are those of the run; how the others come to them does not matter to the store."""
        return {name: int(value) * number // page_count for name, value in self._run.items() if name.endswith("_count") and value}

    def _save(self, progress: dict[str, Any], *, is_first: bool) -> None:
        if is_first:
            self._target.insert("checkpoint", tuple(self._checkpoint), [tuple(self._checkpoint.values())])
        else:
            position = {name: self._checkpoint[name] for name in ("cursor", "content_digest", "updated_at", "data_as_of", "sequence")}
            self._target.update("checkpoint", position, key="feed", value=self._checkpoint["feed"])
        self._target.update("sync_run", progress, key="id", value=self._run_id)

    def _end(self) -> None:
        outcome = {name: self._run[name] for name in ("status", "ended_at", "message", "feeds")}
        with self._watch, self._target.transaction():
            self._target.update("sync_run", outcome, key="id", value=self._run_id)
            self._note("sync_run.ended")

    def _note(self, kind: str) -> None:
        event = self._source.one(f"SELECT {_names(Event)} FROM event WHERE kind = '{kind}' AND run_id = {self._run_id}")  # noqa: S608 - words of our own
        self._target.insert("event", tuple(event), [tuple(event.values())])


def _columns(row: type[Row]) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(row).columns)


def _names(row: type[Row]) -> str:
    return ", ".join(f'"{name}"' for name in _columns(row))
