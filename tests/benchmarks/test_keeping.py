from benchmarks.importing import filled_name
from benchmarks.keeping import Workshop
from hub.store.engine import Store
from tests.benchmarks.conftest import Measured

NAME = "SELECT name FROM customer WHERE id = 1"


def mark(url: str) -> None:
    """Leave something in a database by which it is known again."""
    store = Store(url)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE customer SET name = 'Marked' WHERE id = 1")
    store.dispose()


def is_marked(url: str) -> bool:
    store = Store(url)
    with store.read() as connection:
        name = connection.exec_driver_sql(NAME).scalar_one()
    store.dispose()
    return name == "Marked"


def test_a_filled_database_is_kept_until_the_schema_or_the_ledger_is_another(measured: Measured) -> None:
    workshop, databases, ledger = measured.workshop, measured.databases, measured.ledger
    mark(measured.url)
    assert is_marked(workshop.filled(databases, ledger))
    (workshop.folder / f"{databases.kind}-{ledger.name}.stamp").write_text("another", encoding="ascii")
    assert not is_marked(workshop.filled(databases, ledger))


def test_a_database_that_was_dropped_is_filled_again(measured: Measured) -> None:
    measured.databases.drop(filled_name(measured.ledger))
    assert not is_marked(measured.workshop.filled(measured.databases, measured.ledger))


def test_files_are_kept_and_written_again_when_they_are_of_another_version(workshop: Workshop) -> None:
    small = workshop.ledger(100)
    small.invoices.write_text("changed", encoding="utf-8")
    assert workshop.ledger(100).invoices.read_text(encoding="utf-8") == "changed"
    (workshop.folder / f"files-{small.name}.stamp").unlink()
    assert workshop.ledger(100).invoices.read_text(encoding="utf-8") != "changed"


def test_pages_are_kept_and_rendered_again_when_they_are_of_another_version(workshop: Workshop) -> None:
    first = workshop.pages(100, page_size=50).file("invoices", 1)
    rendered = first.read_bytes()
    first.write_bytes(b"changed")
    assert workshop.pages(100, page_size=50).file("invoices", 1).read_bytes() == b"changed"
    (workshop.folder / "pages-100-by-50.stamp").unlink()
    assert workshop.pages(100, page_size=50).file("invoices", 1).read_bytes() == rendered
