"""What a store holds, told without the keys and stamps of its rows: two stores that got the same by different ways are equal in it."""

from typing import Any

import sqlalchemy as sa

from hub.model import METADATA
from hub.store.engine import Store

_OF_RUNS = frozenset(
    "sync_run sync_notice checkpoint event change connection job_run unmatched_customer rate_window figures_state audit_entry request_outcome".split()
)
_OWN_TO_A_STORE = frozenset(
    "id run_id connection_id created_run_id changed_run_id rate_window_id changed_at first_seen_at updated_at feed place rejected_at resolved_at "
    "waiting_since attempt_count deleted_at".split()
)
_NAMED_BY = {"segment": "name"}


OLDEST = frozenset({"oldest_invoice_id", "oldest_overdue_invoice_id"})
"""Columns that name one of several invoices of a day: the one that came first."""


def contents(store: Store, *, without: frozenset[str] = frozenset(), untold: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """The rows of all tables that tell of records but for some columns, each as a text, with the external ids of objects in place of their keys."""
    with store.read() as connection:
        rows = {table.name: connection.execute(sa.select(table)).mappings().all() for table in METADATA.sorted_tables if table.name not in _OF_RUNS}
    names = _names(rows)
    return {
        name: sorted(_told(METADATA.tables[name], row, names, untold=untold) for row in found) for name, found in rows.items() if name not in without and found
    }


def _names(rows: dict[str, Any]) -> dict[tuple[str, int], str]:
    found = {
        (row["entity"].value.lower(), row["home_id"] or row["entity_id"]): f"{row['stream'].value} {row['external_id']}" for row in rows["external_reference"]
    }
    found |= {("external_reference", row["id"]): f"{row['stream'].value} {row['external_id']}" for row in rows["external_reference"]}
    return found | {(table, row["id"]): row[column] for table, column in _NAMED_BY.items() for row in rows[table]}


def _told(table: sa.Table, row: Any, names: dict[tuple[str, int], str], *, untold: frozenset[str]) -> str:  # noqa: ANN401 - a row of any table
    shown = {column.name: _value(column, row, names) for column in table.columns if column.name not in _OWN_TO_A_STORE | untold}
    return repr(sorted(shown.items()))


def _value(column: sa.Column[Any], row: Any, names: dict[tuple[str, int], str]) -> object:  # noqa: ANN401 - the same
    value = row[column.name]
    if column.name in {"entity_id", "home_id"} and value is not None:
        return names[row["entity"].value.lower(), value]
    leads_to = next((key.column.table.name for key in column.foreign_keys), "invoice" if column.name.startswith("oldest_") else None)
    return value if leads_to is None or value is None else names.get((leads_to, value), "unnamed")
