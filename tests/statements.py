"""Statements that are compiled once for all databases of a process: tests open a database every second, and compiling takes most of one."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.util import LRUCache

from hub.store.engine import Store

_MANY = 5_000


@contextmanager
def shared_statements() -> Generator[None]:
    """Let every store know the statements of the stores before it."""
    known: dict[str, tuple[sa.Dialect, LRUCache[object, object]]] = {}
    open_store = Store.__init__

    def open_familiar(store: Store, url: str) -> None:
        open_store(store, url)
        engine = store._engine  # pyright: ignore[reportPrivateUsage] - no code of the hub shares an engine
        if store.dialect not in known or known[store.dialect][0].server_version_info is None:
            known[store.dialect] = (engine.dialect, LRUCache(_MANY))  # that of a store which never connected knows no version
        dialect, statements = known[store.dialect]
        engine.dialect = dialect  # a statement is known by its dialect
        store._engine = engine.execution_options(compiled_cache=statements)  # pyright: ignore[reportPrivateUsage]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "__init__", open_familiar)
        yield
