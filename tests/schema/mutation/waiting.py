"""Several who ask at a time while somebody else has the books, on PostgreSQL."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from hub.store.lock import own_books
from tests.schema.hub import Answer, Hub

_WAITING = sa.text("""
    SELECT pg_sleep(0.01), count(DISTINCT pid) AS number FROM pg_locks
    WHERE NOT granted AND pid IN (SELECT pid FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()))
""")


def answers_after(hub: Hub, asks: Sequence[Callable[[], Answer]], meanwhile: Callable[[sa.Connection], object]) -> list[Answer]:
    """What is answered to callers who all have to wait until whoever has the books has done something with them."""
    with ThreadPoolExecutor(len(asks)) as threads:
        with hub.store.write() as connection:
            own_books(connection)
            asked = [threads.submit(ask) for ask in asks]
            assert any(connection.execute(_WAITING).one().number == len(asks) for _ in range(2_000))
            meanwhile(connection)
        return [each.result(timeout=30) for each in asked]
