"""Filled databases that are kept from one benchmark to the next, as long as nothing that they depend on has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import exc

from benchmarks import generating, rendering
from benchmarks.databases import Databases
from benchmarks.generating import Ledger, write_ledger
from benchmarks.importing import FileImport, filled_name
from benchmarks.processes import Runner, in_own_process
from benchmarks.rendering import PAGE_SIZE, Pages, write_pages
from hub.store import migrate
from hub.store.engine import Store


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where a benchmark finds its ledgers and its filled databases: below one folder. `run` runs the steps of filling one."""

    folder: Path
    run: Runner = in_own_process

    def ledger(self, invoice_count: int) -> Ledger:
        """The files of a ledger, written now if they are not those that this version writes."""
        return self._kept_ledger(invoice_count) or self._write_ledger(invoice_count)

    def pages(self, invoice_count: int, *, page_size: int = PAGE_SIZE) -> Pages:
        """The same ledger as rendered pages, rendered now if they are not those that this version renders."""
        pages = Pages(self._files, invoice_count, page_size)
        stamp = self.folder / f"{pages.name}.stamp"
        if not pages.file("invoices", 1).exists() or _read(stamp) != _fingerprint():
            stamp.unlink(missing_ok=True)
            write_pages(self._files, invoice_count, page_size=page_size)
            stamp.write_text(_fingerprint(), encoding="ascii")
        return pages

    def filled(self, databases: Databases, ledger: Ledger) -> str:
        """The URL of a database that our import has filled with a ledger; it is filled now if there is none."""
        if not self._is_filled(databases, ledger):
            self.forget(databases, ledger)
            url = databases.make(filled_name(ledger))
            filling = FileImport(ledger)
            self.run(filling.prepare, url)
            self.run(filling.land, url)
            settle(url)
            self.note_filled(databases, ledger)
        return databases.url(filled_name(ledger))

    def forget(self, databases: Databases, ledger: Ledger) -> None:
        """The database is about to change."""
        self._stamp(databases.kind, ledger).unlink(missing_ok=True)

    def note_filled(self, databases: Databases, ledger: Ledger) -> None:
        """The database that is called `filled_name` is filled and settled."""
        self._stamp(databases.kind, ledger).write_text(_fingerprint(), encoding="ascii")

    def _kept_ledger(self, invoice_count: int) -> Ledger | None:
        ledger = Ledger(self._files, invoice_count)
        is_current = ledger.invoices.exists() and _read(self._stamp("files", ledger)) == _fingerprint()
        return ledger if is_current else None

    def _write_ledger(self, invoice_count: int) -> Ledger:
        ledger = write_ledger(self._files, invoice_count)
        self._stamp("files", ledger).write_text(_fingerprint(), encoding="ascii")
        return ledger

    def _is_filled(self, databases: Databases, ledger: Ledger) -> bool:
        if _read(self._stamp(databases.kind, ledger)) != _fingerprint():
            return False
        store = Store(databases.url(filled_name(ledger)))
        try:
            with store.read() as connection:
                return connection.exec_driver_sql("SELECT count(*) FROM invoice").scalar_one() == ledger.invoice_count
        except exc.DBAPIError:  # somebody dropped it
            return False
        finally:
            store.dispose()

    @property
    def _files(self) -> Path:
        return self.folder / "files"

    def _stamp(self, kind: str, ledger: Ledger) -> Path:
        return self.folder / f"{kind}-{ledger.name}.stamp"


def settle(url: str) -> None:
    """What a running database does by itself before long: statistics and free space on PostgreSQL, an empty log on SQLite."""
    store = Store(url)
    try:
        if store.dialect == "sqlite":
            with store.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
    finally:
        store.dispose()


def _fingerprint() -> str:
    """A digest of what the files and the databases depend on: the made-up ledger and the schema."""
    digest = blake2b(digest_size=8)
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterable[Path]:
    yield Path(generating.__file__)
    yield Path(rendering.__file__)
    yield from sorted((Path(migrate.__file__).parent / "migrations").rglob("*.py"))


def _read(path: Path) -> str | None:
    return path.read_text(encoding="ascii") if path.exists() else None
