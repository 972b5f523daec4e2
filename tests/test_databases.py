"""Every test gets a database of its own, on SQLite and on PostgreSQL."""

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from tests.databases import Databases


def connect(url: str) -> Engine:
    return create_engine(url)


def tables(url: str) -> set[str]:
    engine = connect(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_a_fresh_database_has_the_tables_of_the_hub(database_url: str) -> None:
    assert "customer" in tables(database_url)


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    assert tables(empty_database_url) == set()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_writes_no_other_sees(database_url: str, turn: str) -> None:
    engine = connect(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE only_here (turn TEXT)"))
        connection.execute(text("INSERT INTO only_here VALUES (:turn)"), {"turn": turn})
    engine.dispose()

    assert "only_here" in tables(database_url)


def test_a_database_still_in_use_is_removed_all_the_same(databases: Databases) -> None:
    with databases.fresh(migrated=True) as url:
        connection = connect(url).connect()
        connection.execute(text("SELECT 1"))
    connection.invalidate()

    with pytest.raises(OperationalError):
        tables(url.replace("sqlite:///", "sqlite:///file:") + "?mode=rw&uri=true" if url.startswith("sqlite") else url)
