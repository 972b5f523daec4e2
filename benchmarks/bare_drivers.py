"""The drivers without anything around them: executemany of sqlite3, COPY of psycopg."""

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, cast

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.string import TextLoader
from sqlalchemy.engine import make_url

Rows = Sequence[Sequence[Any]]

PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "cache_size": "-65536",
    "temp_store": "MEMORY",
}
"""Those of the hub's own connections (hub/store/engine.py); a test holds them against each other."""


class BareDatabase(Protocol):
    """One connection, in the few ways that the bare loop needs."""

    def one(self, query: str) -> dict[str, Any]:
        """The only row of a query, by column."""
        ...

    def rows(self, table: str, columns: Sequence[str], *, key: str, low: int, high: int) -> Rows:
        """The rows with `low < key ≤ high`, in order, with values that `insert` takes as they are."""
        ...

    def select(self, query: str) -> Rows:
        """All rows of a query, with values that `restate` takes as they are."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """One write transaction."""
        ...

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        """Insert rows."""
        ...

    def update(self, table: str, values: Mapping[str, Any], *, key: str, value: object) -> None:
        """Set columns of one row."""
        ...

    def restate(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        """Set columns of the rows whose id stands at the end of each of `rows`."""
        ...

    def mark_dirty(self, customers: Sequence[int]) -> None:
        """Insert the customers that are not marked yet."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def open_bare(url: str) -> BareDatabase:
    """A connection to the database of a SQLAlchemy URL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDriver(parsed.database or "")
    return PostgresDriver(parsed.set(drivername="postgresql").render_as_string(hide_password=False))


class SqliteDriver:
    """sqlite3 with the pragmas of the hub; see `BareDatabase`. Values are as SQLite stores them: dates are texts already."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for name, value in PRAGMAS.items():
            self._connection.execute(f"PRAGMA {name}={value}")

    def one(self, query: str) -> dict[str, Any]:
        """See `BareDatabase`."""
        cursor = self._connection.execute(query)
        names = [column[0] for column in cursor.description]
        (row,) = cursor.fetchall()
        return dict(zip(names, row, strict=True))

    def rows(self, table: str, columns: Sequence[str], *, key: str, low: int, high: int) -> Rows:
        """See `BareDatabase`."""
        query = f'SELECT {_quoted(columns)} FROM "{table}" WHERE "{key}" > ? AND "{key}" <= ? ORDER BY "{key}"'  # noqa: S608 - names of our own
        return self._connection.execute(query, (low, high)).fetchall()

    def select(self, query: str) -> Rows:
        """See `BareDatabase`."""
        return self._connection.execute(query).fetchall()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """See `BareDatabase`."""
        self._connection.execute("BEGIN IMMEDIATE")
        yield
        self._connection.execute("COMMIT")

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        """See `BareDatabase`."""
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(f'INSERT INTO "{table}" ({_quoted(columns)}) VALUES ({marks})', rows)  # noqa: S608

    def update(self, table: str, values: Mapping[str, Any], *, key: str, value: object) -> None:
        """See `BareDatabase`."""
        assignments = ", ".join(f'"{name}" = ?' for name in values)
        self._connection.execute(f'UPDATE "{table}" SET {assignments} WHERE "{key}" = ?', (*values.values(), value))  # noqa: S608

    def restate(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        """See `BareDatabase`."""
        assignments = ", ".join(f'"{name}" = ?' for name in columns)
        self._connection.executemany(f'UPDATE "{table}" SET {assignments} WHERE id = ?', rows)  # noqa: S608

    def mark_dirty(self, customers: Sequence[int]) -> None:
        """See `BareDatabase`."""
        self._connection.executemany("INSERT INTO dirty_customer (customer_id) VALUES (?) ON CONFLICT DO NOTHING", [(key,) for key in customers])

    def close(self) -> None:
        """See `BareDatabase`."""
        self._connection.close()


class PostgresDriver:
    """psycopg with COPY; see `BareDatabase`. JSON stays text, so that it goes in as it came out."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, row_factory=tuple_row)
        for kind in ("json", "jsonb"):
            self._connection.adapters.register_loader(kind, TextLoader)

    def one(self, query: str) -> dict[str, Any]:
        """See `BareDatabase`."""
        cursor = self._connection.execute(cast("Any", query))  # a text of our own
        names = [column.name for column in cursor.description or ()]
        (row,) = cursor.fetchall()
        return dict(zip(names, row, strict=True))

    def rows(self, table: str, columns: Sequence[str], *, key: str, low: int, high: int) -> Rows:
        """See `BareDatabase`."""
        query = f'SELECT {_quoted(columns)} FROM "{table}" WHERE "{key}" > {low} AND "{key}" <= {high} ORDER BY "{key}"'  # noqa: S608 - names and numbers of our own
        return self.select(query)

    def select(self, query: str) -> Rows:
        """See `BareDatabase`."""
        return self._connection.execute(cast("Any", query)).fetchall()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """See `BareDatabase`."""
        with self._connection.transaction():
            yield

    def insert(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        """See `BareDatabase`."""
        statement = cast("Any", f'COPY "{table}" ({_quoted(columns)}) FROM STDIN')
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def update(self, table: str, values: Mapping[str, Any], *, key: str, value: object) -> None:
        """See `BareDatabase`."""
        assignments = ", ".join(f'"{name}" = %s' for name in values)
        statement = cast("Any", f'UPDATE "{table}" SET {assignments} WHERE "{key}" = %s')  # noqa: S608
        self._connection.execute(statement, (*values.values(), value))

    def restate(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        """See `BareDatabase`. Through a temporary table, for one statement a row takes several times as long."""
        names = (*columns, "id")
        create = f'CREATE TEMP TABLE restated ON COMMIT DROP AS SELECT {_quoted(names)} FROM "{table}" WITH NO DATA'  # noqa: S608
        self._connection.execute(cast("Any", create))
        self.insert("restated", names, rows)
        assignments = ", ".join(f'"{name}" = restated."{name}"' for name in columns)
        self._connection.execute(cast("Any", f'UPDATE "{table}" SET {assignments} FROM restated WHERE "{table}".id = restated.id'))  # noqa: S608

    def mark_dirty(self, customers: Sequence[int]) -> None:
        """See `BareDatabase`."""
        self._connection.execute("INSERT INTO dirty_customer (customer_id) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING", (list(customers),))

    def close(self) -> None:
        """See `BareDatabase`."""
        self._connection.close()


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
