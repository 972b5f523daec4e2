"""Whether two databases hold the same rows: counts and digests, table by table."""

from dataclasses import dataclass
from hashlib import blake2b

import sqlalchemy as sa

from hub.model import METADATA
from hub.store.engine import Store

AFTERWARDS = frozenset(
    {"customer_figures", "customer_currency_figures", "figures_state", "dirty_customer", "match_key", "link_suggestion", "unmatched_customer"}
)
"""What the refresh of the figures and the comparison of customers write or consume: the bare loop ends before them."""


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a table has, and a digest of all their values in the order of the key."""

    row_count: int
    digest: str


def contents(url: str) -> dict[str, Content]:
    """The contents of every table but those of what comes afterwards."""
    store = Store(url)
    try:
        return {table.name: _content(store, table) for table in METADATA.sorted_tables if table.name not in AFTERWARDS}
    finally:
        store.dispose()


def require_equal(ours: str, bare: str) -> int:
    """Stop with the tables that differ; returns how many rows each side has.

    Every customer must be marked as dirty on the bare side: our import has consumed the same marks when it brought the figures up.
    """
    own, other = contents(ours), contents(bare)
    differing = [f"{name}: {own[name]} and {other[name]}" for name in own if own[name] != other[name]]
    assert not differing, f"the two ways did not land the same rows: {'; '.join(differing)}"
    assert _keys(bare, "SELECT customer_id FROM dirty_customer ORDER BY 1") == _keys(ours, "SELECT id FROM customer ORDER BY 1"), "not the same marks"
    return sum(content.row_count for content in own.values())


def _content(store: Store, table: sa.Table) -> Content:
    digest = blake2b(digest_size=16)
    count = 0
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    with store.read() as connection:
        rows = connection.execution_options(stream_results=True, yield_per=5_000).exec_driver_sql(f'SELECT {names} FROM "{table.name}" ORDER BY {key}')  # noqa: S608
        for row in rows:
            digest.update(repr(tuple(row)).encode())
            count += 1
    return Content(count, digest.hexdigest())


def _keys(url: str, query: str) -> list[int]:
    store = Store(url)
    try:
        with store.read() as connection:
            return list(connection.exec_driver_sql(query).scalars())
    finally:
        store.dispose()
