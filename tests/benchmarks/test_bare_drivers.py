from pathlib import Path

from benchmarks.bare_drivers import PRAGMAS, open_bare
from hub.store.engine import Store

READ_BACK = tuple(PRAGMAS)


def test_the_bare_connection_is_set_as_the_hubs_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.db'}"
    store, bare = Store(url), open_bare(url)
    with store.read() as connection:
        ours = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in READ_BACK}
    assert {name: bare.one(f"PRAGMA {name}")[name] for name in READ_BACK} == ours
    bare.close()
    store.dispose()


def test_rows_go_in_as_they_came_out(database_url: str) -> None:
    bare = open_bare(database_url)
    columns = ("id", "name", "connector", "kind", "status", "is_declared", "streams", "sync_from_date", "created_at")
    store = Store(database_url)
    with store.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO connection (id, name, connector, kind, status, is_declared, streams, sync_from_date, created_at) "
            "VALUES (1, 'one', 'test', 'FILES', 'ACTIVE', '1', '[\"INVOICES\"]', '2026-02-28', '2026-11-20 12:00:00.000001')"
        )
    (first,) = bare.rows("connection", columns, key="id", low=0, high=1)
    with bare.transaction():
        bare.insert("connection", columns, [(2, "two", *first[2:])])
    (second,) = bare.rows("connection", columns, key="id", low=1, high=2)
    assert second == (2, "two", *first[2:])
    bare.close()
    store.dispose()
