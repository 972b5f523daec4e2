"""The least that could land the same rows: one transaction a page, rows straight to the driver, nothing looked up and nothing checked.

The rows come from a database that our run filled, read outside the timed part, as the driver stores them: nothing is decoded either.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.bare_drivers import BareDatabase, Rows, open_bare
from benchmarks.bare_pages import BarePage, Landing, Plan
from connectors.files.reading import PAGE_ROWS
from hub.model import Checkpoint, Event, Row, SourceField, SyncRun, table_of
from hub.sync.run_log import RUN_PAGE


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


def land_barely(source_url: str, target_url: str, plan: Plan, *, page_size: int = PAGE_ROWS) -> BareTimes:
    """Write what the last run of one database landed into another, which holds what came before that run. `plan` finds its pages."""
    source, target = open_bare(source_url), open_bare(target_url)
    try:
        return _Loop(source, target, list(plan(source, page_size))).run()
    finally:
        source.close()
        target.close()


class _Loop:
    """The run of `source` once more, on `target`."""

    def __init__(self, source: BareDatabase, target: BareDatabase, pages: list[BarePage]) -> None:
        self._source = source
        self._target = target
        self._pages = pages
        self._watch = _Stopwatch()
        self._row_count = 0
        self._begun: set[str] = set()
        self._run = source.one(f"SELECT {_names(SyncRun)} FROM sync_run ORDER BY id DESC LIMIT 1")  # noqa: S608 - names of our own
        self._run_id = int(self._run["id"])
        self._told = source.select(f"SELECT {_names(Event)} FROM event WHERE kind = '{RUN_PAGE}' AND run_id = {self._run_id} ORDER BY id")  # noqa: S608 - words of our own

    def run(self) -> BareTimes:
        """All pages of it."""
        self._start()
        for number, page in enumerate(self._pages, start=1):
            self._land(page, self._progress(number), told=self._told[number - 1 : number])
        self._end()
        return BareTimes(self._watch.seconds, len(self._pages), self._row_count)

    def _land(self, page: BarePage, progress: dict[str, Any], *, told: Rows) -> None:
        loaded = [(part, self._source.rows(part.table, part.columns, key=part.key, low=part.low, high=part.high)) for part in page.landings]
        dirty = sorted({key for part, rows in loaded for key in _customers(part, rows)})
        checkpoint = self._source.one(f"SELECT {_names(Checkpoint)} FROM checkpoint WHERE feed = '{page.feed}'")  # noqa: S608 - names of our own
        restated: Rows = [] if page.restating is None else self._source.select(page.restating.query)
        with self._watch, self._target.transaction():
            for part, rows in loaded:
                self._target.insert(part.table, part.columns, rows)
            if page.restating is not None:
                self._target.restate(page.restating.table, page.restating.columns, restated)
            self._target.mark_dirty(dirty)
            self._save(checkpoint)
            self._target.update("sync_run", progress, key="id", value=self._run_id)
            self._target.insert("event", _columns(Event), told)
        self._row_count += sum(len(rows) for _, rows in loaded)

    # --- the run's own rows -----------------------------------------------------------------------

    def _start(self) -> None:
        counts = {name: 0 for name in self._run if name.endswith("_count")}
        row = self._run | counts | {"status": "RUNNING", "ended_at": None, "message": None, "feeds": None}
        with self._watch, self._target.transaction():
            self._target.insert("sync_run", tuple(row), [tuple(row.values())])
            self._note("sync_run.started")

    def _progress(self, number: int) -> dict[str, Any]:
        """The counts after a page. The last page's are those of the run; how the others come to them does not matter to the store."""
        return {name: int(value) * number // len(self._pages) for name, value in self._run.items() if name.endswith("_count") and value}

    def _save(self, checkpoint: dict[str, Any]) -> None:
        """The position of the page's feed: a new row with its first page."""
        feed = checkpoint["feed"]
        if feed not in self._begun:
            self._begun.add(feed)
            self._target.insert("checkpoint", tuple(checkpoint), [tuple(checkpoint.values())])
        else:
            position = {name: checkpoint[name] for name in ("cursor", "then_cursor", "content_digest", "updated_at", "data_as_of", "sequence")}
            self._target.update("checkpoint", position, key="feed", value=feed)

    def _end(self) -> None:
        outcome = {name: self._run[name] for name in ("status", "ended_at", "message", "feeds")}
        fields = self._new_fields()
        with self._watch, self._target.transaction():
            self._target.update("sync_run", outcome, key="id", value=self._run_id)
            self._target.insert("source_field", _columns(SourceField), fields)
            self._note("sync_run.ended")

    def _new_fields(self) -> Rows:
        """What the run has learnt of the payloads' fields."""
        known = self._target.one("SELECT coalesce(max(id), 0) AS last FROM source_field")
        last = self._source.one("SELECT coalesce(max(id), 0) AS last FROM source_field")
        return self._source.rows("source_field", _columns(SourceField), key="id", low=int(known["last"]), high=int(last["last"]))

    def _note(self, kind: str) -> None:
        event = self._source.one(f"SELECT {_names(Event)} FROM event WHERE kind = '{kind}' AND run_id = {self._run_id}")  # noqa: S608 - words of our own
        self._target.insert("event", tuple(event), [tuple(event.values())])


def _customers(part: Landing, rows: Rows) -> set[int]:
    """The customers that rows name as stale."""
    if part.customer is None:
        return set()
    position = part.columns.index(part.customer)
    return {row[position] for row in rows}


def _columns(row: type[Row]) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(row).columns)


def _names(row: type[Row]) -> str:
    return ", ".join(f'"{name}"' for name in _columns(row))
