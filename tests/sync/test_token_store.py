"""The changing secrets of connections: durable when saved, asked for once at a time, and in plain text nowhere."""

import base64
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa

from hub.access.sealing import Sealer
from hub.access.sealing_keys import KeyPlace, SealingError
from hub.config import ConnectionOrigin, ConnectionSettings
from hub.crashpoints import watch_crashpoints
from hub.errors import NotFoundError, StoreError, TransientSourceError
from hub.model import Connection, ConnectionSecret, table_of
from hub.plugins.tokens import TokenStore
from hub.store.engine import Store, sqlite_path
from hub.sync.token_store import TokenSafe, is_anything_sealed, seal_anew
from hub.vocabulary import ConnectionKind
from tests.sync.conftest import Hub

CANARY = "rt-canary-5f0c3a-{}"
SECRETS = table_of(ConnectionSecret)
CONNECTIONS = table_of(Connection)
OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()


class DiedError(Exception):
    """The process died."""


def sealer_beside(folder: Path, store: Store) -> Sealer:
    return Sealer(KeyPlace({}, folder, is_anything_sealed=lambda: is_anything_sealed(store)))


def sealer_with(text: str) -> Sealer:
    return Sealer(KeyPlace({"DUNWELL_SECRET_KEY": text}, Path("/nowhere"), is_anything_sealed=lambda: True))


@pytest.fixture
def safe(hub: Hub, tmp_path: Path) -> TokenSafe:
    hub.connect("books")
    hub.connect("shop")
    return TokenSafe(hub.store, sealer_beside(tmp_path, hub.store), hub.clock)


def ciphertexts(store: Store) -> list[bytes]:
    with store.read() as connection:
        return list(connection.execute(sa.select(SECRETS.c.ciphertext).order_by(SECRETS.c.connection_id)).scalars())


async def test_nothing_is_loaded_before_something_was_saved(safe: TokenSafe) -> None:
    tokens: TokenStore = safe.of("books")
    assert await tokens.load() is None


async def test_what_was_saved_last_is_loaded_by_another_process(hub: Hub, safe: TokenSafe, tmp_path: Path) -> None:
    for text in ("first", "second", "dritte Fassung €"):
        await safe.of("books").save(text)
    await safe.of("shop").save("of the shop")
    later = TokenSafe(hub.store, sealer_beside(tmp_path, hub.store), hub.clock)
    assert await later.of("books").load() == "dritte Fassung €"
    assert await later.of("shop").load() == "of the shop"
    assert hub.rows(ConnectionSecret, "name", "updated_at") == [("tokens", hub.clock.now())] * 2


async def test_tokens_of_a_connection_that_does_not_exist_are_not_kept(safe: TokenSafe) -> None:
    with pytest.raises(NotFoundError, match="'cellar'"):
        await safe.of("cellar").save("x")
    assert await safe.of("cellar").load() is None


async def test_a_run_that_began_before_a_connection_led_elsewhere_keeps_no_tokens_for_the_new_place(hub: Hub, safe: TokenSafe) -> None:
    key, table = hub.connect("shop"), table_of(Connection)
    with hub.store.write() as connection:
        connection.execute(sa.update(table).where(table.c.id == key).values(is_declared=False, options={"company": "north"}))
    found = ConnectionSettings("shop", "test", ConnectionKind.CRM, options={"company": "north"}, origin=ConnectionOrigin.MADE)
    tokens = safe.of_connection(found)
    await tokens.save("of the north")
    with hub.store.write() as connection:
        connection.execute(sa.update(table).where(table.c.id == key).values(options={"company": "south"}))
    with pytest.raises(NotFoundError, match="leads elsewhere"):
        await tokens.save("of the north, too late")
    assert await tokens.load() == "of the north"


async def test_the_ciphertexts_of_two_connections_cannot_be_swapped(hub: Hub, safe: TokenSafe) -> None:
    await safe.of("books").save("of the books")
    await safe.of("shop").save("of the shop")
    first, second = ciphertexts(hub.store)
    with hub.store.write() as connection:
        connection.execute(sa.update(SECRETS).values(ciphertext=sa.case((SECRETS.c.ciphertext == first, second), else_=first)))
    for name in ("books", "shop"):
        with pytest.raises(SealingError, match=rf"{name}.*another place"):
            await safe.of(name).load()


async def test_a_key_file_that_was_lost_is_told_and_nothing_is_saved_over(hub: Hub, safe: TokenSafe, tmp_path: Path) -> None:
    await safe.of("books").save("precious")
    (tmp_path / "secret-key").unlink()
    later = TokenSafe(hub.store, sealer_beside(tmp_path, hub.store), hub.clock)
    with pytest.raises(SealingError, match="put it back"):
        await later.of("books").load()
    with pytest.raises(SealingError, match="put it back"):
        await later.of("shop").save("new")
    assert len(ciphertexts(hub.store)) == 1


async def test_a_database_that_does_not_take_the_tokens_is_told_without_them(hub: Hub) -> None:
    hub.connect("books")
    with hub.store.write() as connection:
        connection.execute(sa.text("DROP TABLE connection_secret"))
    tokens = TokenSafe(hub.store, sealer_with(NEW), hub.clock).of("books")
    with pytest.raises(StoreError, match="'books' could not be kept") as raised:
        await tokens.save(CANARY.format("x"))
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(("point", "kept"), [("tokens.before_commit", "old"), ("tokens.saved", "new")])
async def test_a_process_that_dies_has_saved_all_or_nothing(safe: TokenSafe, point: str, kept: str) -> None:
    await safe.of("books").save("old")

    def die(name: str) -> None:
        if name == point:
            raise DiedError

    watch_crashpoints(die)
    try:
        with pytest.raises(DiedError):
            await safe.of("books").save("new")
    finally:
        watch_crashpoints(None)
    assert await safe.of("books").load() == kept


class RotatingSource:
    """Hands out a new secret for the last one; one that it has taken back is refused."""

    def __init__(self) -> None:
        self.newest = 0
        self.asked = 0

    async def exchange(self, text: str) -> str:
        assert text == f"rt-{self.newest}", "this secret was taken back"
        self.asked += 1
        self.newest += 1
        await anyio.lowlevel.checkpoint()
        return f"rt-{self.newest}"


async def refresh_once(tokens: TokenStore, source: RotatingSource, *, stale: str | None) -> str:
    """What a connector does whose secret has gone stale: ask for a new one unless somebody else has."""
    async with tokens.exclusive():
        present = await tokens.load()
        if present == stale:
            present = await source.exchange(present or "rt-0")
            await tokens.save(present)
    return present or ""


async def test_fifty_who_ask_at_once_ask_the_source_once(safe: TokenSafe) -> None:
    source = RotatingSource()
    found: list[str] = []

    async def ask() -> None:
        found.append(await refresh_once(safe.of("books"), source, stale=None))

    async with anyio.create_task_group() as together:
        for _ in range(50):
            together.start_soon(ask)
    assert source.asked == 1
    assert found == ["rt-1"] * 50
    assert await safe.of("books").load() == "rt-1"


def test_threads_with_event_loops_of_their_own_take_turns(safe: TokenSafe) -> None:
    source = RotatingSource()

    async def refresh() -> None:
        tokens = safe.of("books")
        async with tokens.exclusive():
            await tokens.save(await source.exchange(await tokens.load() or "rt-0"))

    with ThreadPoolExecutor(4) as pool:
        for running in [pool.submit(anyio.run, refresh) for _ in range(12)]:
            running.result()
    assert (source.asked, source.newest) == (12, 12)


async def test_processes_that_ask_at_once_ask_the_source_once(hub: Hub, safe: TokenSafe, tmp_path: Path) -> None:
    source = RotatingSource()
    found: list[str] = []
    others = [TokenSafe(hub.store, sealer_beside(tmp_path, hub.store), hub.clock) for _ in range(3)]

    async def ask(process: TokenSafe) -> None:
        found.append(await refresh_once(process.of("books"), source, stale=None))

    async with anyio.create_task_group() as together:
        for process in (safe, *others):
            together.start_soon(ask, process)
    assert source.asked == 1
    assert found == ["rt-1"] * 4


async def test_a_process_that_comes_to_no_end_is_told_as_a_fault_that_passes(hub: Hub, safe: TokenSafe, tmp_path: Path) -> None:
    impatient = TokenSafe(hub.store, sealer_beside(tmp_path, hub.store), hub.clock, patience_seconds=0.001).of("books")
    async with safe.of("books").exclusive():
        with pytest.raises(TransientSourceError, match="another process"):
            await impatient.exclusive().__aenter__()
    async with TokenSafe(hub.store, sealer_beside(tmp_path, hub.store), hub.clock).of("books").exclusive():
        assert not impatient.lock.locked()


async def test_who_waits_and_is_cancelled_leaves_the_lock_to_others(safe: TokenSafe) -> None:
    tokens = safe.of("books")

    async def wait_forever() -> None:
        async with tokens.exclusive():
            pytest.fail("the lock was free")

    async with tokens.exclusive(), anyio.create_task_group() as waiting:
        waiting.start_soon(wait_forever)
        await anyio.lowlevel.checkpoint()
        waiting.cancel_scope.cancel()
    with anyio.fail_after(5):
        async with safe.of("books").exclusive():
            pass


async def test_connections_do_not_wait_for_each_other(safe: TokenSafe) -> None:
    with anyio.fail_after(5):
        async with safe.of("books").exclusive(), safe.of("shop").exclusive():
            assert safe.of("books").lock is not safe.of("shop").lock


class TestAnotherKey:
    async def test_all_are_sealed_anew_and_the_old_key_can_go(self, hub: Hub) -> None:
        names = [f"c{number}" for number in range(20)]
        for name in names:
            hub.connect(name)
            await TokenSafe(hub.store, sealer_with(OLD), hub.clock).of(name).save(name)
        both = sealer_with(f"{NEW},{OLD}")
        assert seal_anew(hub.store, both) == 20
        assert seal_anew(hub.store, both) == 0
        after = TokenSafe(hub.store, sealer_with(NEW), hub.clock)
        assert [await after.of(name).load() for name in names] == names

    async def test_a_stop_in_the_middle_leaves_everything_readable_and_the_rest_follows(self, hub: Hub) -> None:
        for name in ("a", "b", "c", "d"):
            hub.connect(name)
            await TokenSafe(hub.store, sealer_with(OLD), hub.clock).of(name).save(name)
        both = sealer_with(f"{NEW},{OLD}")
        watch_crashpoints(dying_at_second("tokens.sealed_anew"))
        try:
            with pytest.raises(DiedError):
                seal_anew(hub.store, both)
        finally:
            watch_crashpoints(None)
        assert [both.is_outdated(found) for found in ciphertexts(hub.store)].count(True) == 2
        assert [await TokenSafe(hub.store, both, hub.clock).of(name).load() for name in ("a", "b", "c", "d")] == ["a", "b", "c", "d"]
        assert seal_anew(hub.store, both) == 2

    async def test_what_is_saved_meanwhile_is_not_overwritten(self, hub: Hub) -> None:
        for name in ("a", "b"):
            hub.connect(name)
            await TokenSafe(hub.store, sealer_with(OLD), hub.clock).of(name).save("old")
        both = sealer_with(f"{NEW},{OLD}")

        def save_meanwhile(name: str) -> None:
            if name == "tokens.sealed_anew":
                watch_crashpoints(None)
                anyio.run(TokenSafe(hub.store, both, hub.clock).of("b").save, "newer")

        watch_crashpoints(save_meanwhile)
        await anyio.to_thread.run_sync(seal_anew, hub.store, both)
        assert await TokenSafe(hub.store, sealer_with(NEW), hub.clock).of("b").load() == "newer"


def dying_at_second(point: str) -> Callable[[str], None]:
    seen: list[str] = []

    def die(name: str) -> None:
        if name == point:
            seen.append(name)
            if len(seen) == 2:
                raise DiedError

    return die


def test_the_plain_text_is_nowhere(hub: Hub, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hub.connect("books")
    tokens = TokenSafe(hub.store, sealer_beside(tmp_path, hub.store), hub.clock).of("books")
    for number in range(20):
        anyio.run(tokens.save, CANARY.format(number))
    assert anyio.run(tokens.load) == CANARY.format(19)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    database = sqlite_path(hub.store.url)
    if database is not None:
        files += list(database.parent.glob(f"{database.name}*"))
        assert any(file.name.endswith("-wal") for file in files)
    assert next(file.name for file in files) == "secret-key"
    assert [file.name for file in files if b"canary" in file.read_bytes()] == []
    shown = [repr(tokens), caplog.text, *(str(row) for rows in hub.everything().values() for row in rows)]
    assert [text for text in shown if "canary" in text] == []
