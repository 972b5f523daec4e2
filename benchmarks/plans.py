"""What a database means to do for a statement: how often it goes through a whole table."""

import re
from collections.abc import Collection, Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

Statement = sa.Select[*tuple[Any, ...]] | sa.TextualSelect


def full_reads(connection: sa.Connection, statement: Statement, table: str) -> int:
    """How many times the plan of a statement reads a table, or an index of all its rows, from end to end.

    On PostgreSQL an index of some rows does not count; SQLite's plan does not tell it apart.
    """
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    text = str(compiled).replace("%%", "%")
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    if connection.dialect.name == "sqlite":
        names = {table, *_aliases(text, table)}
        cursor.execute(f"EXPLAIN QUERY PLAN {text}", [compiled.params[name] for name in _bound(compiled)])
        return sum(1 for row in cursor.fetchall() if (found := re.match(r"SCAN (\w+)", row[3])) and found[1] in names)
    cursor.execute(f"EXPLAIN (FORMAT JSON) {text}")
    (plan,) = cursor.fetchone()
    cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL AND indrelid = %s::regclass", (table,))
    partial = {name for (name,) in cursor.fetchall()}
    return sum(1 for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == table and _is_full(node, partial))


def _bound(compiled: sa.Compiled) -> list[str]:
    """The parameters that stay: SQLite's limit of an offset without one is never written out."""
    return list(compiled.positiontup or []) if isinstance(compiled, SQLCompiler) else []


def _is_full(node: dict[str, Any], partial: Collection[str]) -> bool:
    kind = node["Node Type"]
    return kind == "Seq Scan" or (kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node and node["Index Name"] not in partial)


def _aliases(text: str, table: str) -> list[str]:
    return re.findall(rf"\b{table}(?: AS)? (\w+)\b", text)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in cast("list[dict[str, Any]]", node.get("Plans", [])):
        yield from _nodes(child)
