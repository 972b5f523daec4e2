"""Bugs that are planted to see whether the proofs find them. Each replaces a piece of the hub or of the toolkit, and puts it back."""

# pyright: reportPrivateUsage=false
# A bug that is planted sits where the code is, not where others may reach.

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import msgspec

from connectors.toolkit.cursors import ReadPosition
from connectors.toolkit.paging import _Pass
from connectors.toolkit.tokens import RefreshedToken
from hub.sync import run_log
from hub.sync.feed_run import FeedRun
from hub.sync.references import Known
from hub.sync.webhooks import events


@contextmanager
def _replaced(owner: Any, **new: Any) -> Generator[None]:  # noqa: ANN401 - classes and modules
    before: dict[str, Any] = {name: vars(owner)[name] for name in new}
    for name, value in new.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


@contextmanager
def cursor_saved_before_rows() -> Generator[None]:
    """The position after a page is committed before the page is."""
    original = FeedRun._apply_page

    def apply(self: FeedRun, writer: Any, page: Any, read_on: Any, *, is_of_several: bool = False) -> None:  # noqa: ANN401, PLR0917 - as the original
        writer.transact(partial(FeedRun._save_position, self, page=page))
        original(self, writer, page, read_on, is_of_several=is_of_several)

    with _replaced(FeedRun, _apply_page=apply):
        yield


@contextmanager
def later_instead_of_at_or_later() -> Generator[None]:
    """The next read asks for what changed after the last change that was seen, without that instant and without overlap."""

    def resumed(self: ReadPosition, overlap: timedelta = timedelta()) -> ReadPosition:
        if self.place is not None or self.newest is None:
            return self
        return ReadPosition(start=self.newest - min(overlap, timedelta()) + timedelta(seconds=1), newest=self.newest)

    with _replaced(ReadPosition, resumed=resumed):
        yield


@contextmanager
def dedupe_in_memory_only() -> Generator[None]:
    """Which events are known is remembered by the process; in the table each delivery of one is an event of its own."""
    seen: set[tuple[int, str]] = set()
    numbers = count()
    original = events.keep_events

    def unknown_ids(_connection: Any, connection_id: int, event_ids: Any) -> set[str]:  # noqa: ANN401
        new = {name for name in event_ids if (connection_id, name) not in seen}
        seen.update((connection_id, name) for name in new)
        return new

    def keep_events(connection: Any, connection_id: int, items: Any, **more: Any) -> set[str]:  # noqa: ANN401
        renamed = [type(item)(f"{item.event_id}#{more['delivery_id']}.{next(numbers)}", item.hints) for item in items]
        original(connection, connection_id, renamed, **more)
        return {item.event_id for item in items}

    with _replaced(events, unknown_ids=unknown_ids, keep_events=keep_events):
        yield


@contextmanager
def no_version_check() -> Generator[None]:
    """Whatever comes last overwrites what is there, however old it is, and whatever was read since it was fetched."""

    def never(_known: Known, _incoming: object) -> bool:
        return False

    def nothing(_connection: object, _connection_id: int) -> tuple[()]:
        return ()

    with _replaced(Known, is_newer_than=never), _replaced(run_log, reads_of=nothing):
        yield


@contextmanager
def one_pass_over_offsets() -> Generator[None]:
    """A list that is paged by offset is read once, however it shifts meanwhile."""
    with _replaced(_Pass, is_at_rest=property(lambda _self: True)):
        yield


@contextmanager
def token_saved_after_use() -> Generator[None]:
    """New tokens are saved when they are asked for the second time: they have been used by then."""
    unsaved: dict[RefreshedToken, str] = {}
    used: set[RefreshedToken] = set()
    original = RefreshedToken.headers

    async def refreshed(self: RefreshedToken, kept: Any) -> Any:  # noqa: ANN401
        form = {"grant_type": "refresh_token", "refresh_token": kept.refresh_token}
        fresh = self._read(await self._client.post_form(self._path, form), kept)
        unsaved[self] = msgspec.json.encode(fresh).decode()
        return fresh

    async def headers(self: RefreshedToken) -> Mapping[str, str]:
        if self in used and self in unsaved:
            await self._store.save(unsaved.pop(self))
        used.add(self)
        return await original(self)

    with _replaced(RefreshedToken, _refreshed=refreshed, headers=headers):
        yield


MUTANTS: Mapping[str, Callable[[], AbstractContextManager[None]]] = {
    found.__name__: found
    for found in (
        cursor_saved_before_rows,
        later_instead_of_at_or_later,
        dedupe_in_memory_only,
        no_version_check,
        one_pass_over_offsets,
        token_saved_after_use,
    )
}
