"""Many rows at once: driver executemany on SQLite, COPY on PostgreSQL. Values go in as the driver wants them.

Enums go in by member name (`member.value`), JSON documents as JSON text, instants aware in UTC.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
Rows = Sequence[Sequence[Any]]

_COPY_FROM = 50
"""From this many rows on, PostgreSQL updates go through a temporary table instead of one statement a row."""


def day_form(dialect: str) -> Callable[[date | None], date | str | None]:
    """How a date goes in at the least cost: text for SQLite, whose adapters are slow and whose dates are text; as it is otherwise."""
    return _iso if dialect == "sqlite" else _as_it_is


def instant_form(dialect: str) -> Callable[[datetime | None], datetime | str | None]:
    """The same for an aware instant; its text is the one that SQLAlchemy writes, so that texts compare like instants."""
    return _instant_or_none if dialect == "sqlite" else _as_it_is


@lru_cache(maxsize=16_384)
def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@lru_cache(maxsize=4_096)
def instant_text(instant: datetime) -> str:
    """An aware instant as SQLite keeps it; cached, for a run writes the same few again and again."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def instant_of(kept: datetime | str | None) -> datetime | None:
    """An instant from the form in which the driver gives it: text on SQLite, see `instant_form`."""
    return datetime.fromisoformat(kept).replace(tzinfo=UTC) if isinstance(kept, str) else kept


def _instant_or_none(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def _as_it_is(value: T) -> T:
    return value


def allocate_ids(connection: sa.Connection, table: sa.Table, count: int) -> Sequence[int]:
    """`count` fresh primary keys of `table`, ascending. Call it inside the write transaction that uses them.

    SQLite has one writer, so the next free keys are ours until we commit; PostgreSQL hands them out of the sequence.
    """
    if count <= 0:
        return ()
    if connection.dialect.name == "sqlite":
        last = connection.exec_driver_sql(f'SELECT coalesce(max(id), 0) FROM "{table.name}"').scalar_one()  # noqa: S608 - a table of ours
        return range(last + 1, last + 1 + count)
    result = connection.exec_driver_sql(f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'id')) FROM generate_series(1, {int(count)})")  # noqa: S608
    return result.scalars().all()


def insert_into(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """The database's own INSERT, which knows ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_rows(connection: sa.Connection, table: sa.Table, *, columns: Sequence[str], rows: Rows) -> None:
    """Insert all rows; `columns` names what each position of a row is."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_insert_statement(table.name, tuple(columns)), rows)
        return
    _copy(connection, table.name, columns=columns, rows=rows)


def insert_missing(connection: sa.Connection, table: sa.Table, *, columns: Sequence[str], rows: Rows) -> None:
    """Insert the rows whose key is not there yet; the others are left as they are."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        statement = _insert_statement(table.name, tuple(columns)) + " ON CONFLICT DO NOTHING"
        connection.exec_driver_sql(statement, rows)
        return
    names = _quoted(columns)
    connection.exec_driver_sql(f'CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {names} FROM "{table.name}" WITH NO DATA')  # noqa: S608
    _copy(connection, "incoming", columns=columns, rows=rows)
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) SELECT DISTINCT {names} FROM incoming ON CONFLICT DO NOTHING')  # noqa: S608
    connection.exec_driver_sql("DROP TABLE incoming")


def update_rows(connection: sa.Connection, table: sa.Table, *, columns: Sequence[str], rows: Rows, key: str = "id") -> None:
    """Set `columns` of the rows named by `key`, which is the last position of each row."""
    if not rows:
        return
    if connection.dialect.name == "sqlite" or len(rows) < _COPY_FROM:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        assignments = ", ".join(f'"{name}" = {mark}' for name in columns)
        connection.exec_driver_sql(f'UPDATE "{table.name}" SET {assignments} WHERE "{key}" = {mark}', rows)  # noqa: S608
        return
    names = (*columns, key)
    connection.exec_driver_sql(f'CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {_quoted(names)} FROM "{table.name}" WITH NO DATA')  # noqa: S608
    _copy(connection, "incoming", columns=names, rows=rows)
    assignments = ", ".join(f'"{name}" = incoming."{name}"' for name in columns)
    connection.exec_driver_sql(f'UPDATE "{table.name}" SET {assignments} FROM incoming WHERE "{table.name}"."{key}" = incoming."{key}"')  # noqa: S608
    connection.exec_driver_sql("DROP TABLE incoming")


def chunks(items: Sequence[T], size: int = 10_000) -> Iterable[Sequence[T]]:
    """Slices of at most `size` items: statements stay below the drivers' limits of bound values."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _copy(connection: sa.Connection, table: str, *, columns: Sequence[str], rows: Rows) -> None:
    """COPY goes past SQLAlchemy, so its errors are translated here, as SQLAlchemy would have done."""
    driver: Any = connection.connection.driver_connection
    statement = f'COPY "{table}" ({_quoted(columns)}) FROM STDIN'
    error_class = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except error_class as error:
        raise exc.DBAPIError.instance(statement, None, error, error_class, hide_parameters=True, dialect=connection.dialect) from error


@cache
def _insert_statement(table: str, columns: tuple[str, ...]) -> str:
    return f'INSERT INTO "{table}" ({_quoted(columns)}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
