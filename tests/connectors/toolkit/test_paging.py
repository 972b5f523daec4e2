"""Whatever happens to a list while it is read, and wherever the read is cut off, nothing is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.toolkit.cursors import OVERLAP, Behind, Place, ReadPosition, read_cursor, write_cursor
from connectors.toolkit.http import UnknownPlaceError
from connectors.toolkit.paging import MOST_PASSES, Ask, Portion, Slice, read_behind, read_in_passes, read_onwards
from hub.plugins import SourceContractError, TransientSourceError
from tests.connectors.toolkit.workbench import NOON, client_of

CLIENT = client_of()
EARLIER = NOON - timedelta(days=1)


@dataclass
class Books:
    """A list by (change, id), which may change before any answer."""

    size: int = 2
    objects: dict[str, tuple[datetime, int]] = field(default_factory=dict[str, tuple[datetime, int]])
    changes: list[Callable[["Books"], None]] = field(default_factory=list[Callable[["Books"], None]])
    asked_from: list[datetime | None] = field(default_factory=list[datetime | None])

    def change(self, name: str, at: datetime) -> None:
        self.objects[name] = (at, self.objects.get(name, (at, 0))[1] + 1)

    def drop(self, name: str) -> None:
        del self.objects[name]

    async def by_keyset(self, start: datetime | None, place: Place | None) -> Slice:
        items = [item for item in self._listed(start) if not isinstance(place, tuple) or (item["at"].isoformat(), item["id"]) > place]
        page, rest = items[: self.size], items[self.size :]
        return Slice(page, _newest(page), (page[-1]["at"].isoformat(), page[-1]["id"]) if rest else None)

    async def by_offset(self, start: datetime | None, place: Place | None) -> Slice:
        offset, items = (place if isinstance(place, int) else 0), self._listed(start)
        page = items[offset : offset + self.size]
        reached = offset + len(page)
        return Slice(page, _newest(page), reached if page and reached < len(items) else None, len(items))

    def _listed(self, start: datetime | None) -> list[dict[str, Any]]:
        self.asked_from.append(start)
        if self.changes:
            self.changes.pop(0)(self)
        rows = sorted((at, name, version) for name, (at, version) in self.objects.items() if start is None or at >= start)
        return [{"id": name, "version": version, "at": at} for at, name, version in rows]


def _newest(items: list[dict[str, Any]]) -> datetime | None:
    return max((item["at"] for item in items), default=None)


def books(count: int, *, size: int = 2, at: datetime = EARLIER) -> Books:
    """So many objects, all of which were changed in the same second."""
    found = Books(size)
    for number in range(count):
        found.change(f"o{number:02}", at)
    return found


def state(item: Mapping[str, Any]) -> tuple[str, int]:
    return item["id"], item["version"]


async def onwards(ask: Ask, cursor: str | None = None) -> list[Portion]:
    return [portion async for portion in read_onwards(ask, CLIENT, cursor=cursor)]


async def passes(ask: Ask, cursor: str | None = None) -> list[Portion]:
    return [portion async for portion in read_in_passes(ask, CLIENT, cursor=cursor, identity=state)]


def seen(portions: list[Portion]) -> dict[str, int]:
    """What somebody who keeps everything knows in the end: the newest version of each object."""
    newest: dict[str, int] = {}
    for portion in portions:
        for item in portion.items:
            newest[item["id"]] = max(newest.get(item["id"], 0), item["version"])
    return newest


def truth(source: Books) -> dict[str, int]:
    return {name: version for name, (_, version) in source.objects.items()}


class TestOnwards:
    async def test_objects_of_one_second_are_not_lost_at_the_edge_of_a_page(self) -> None:
        source = books(7)
        portions = await onwards(source.by_keyset)
        assert [len(portion.items) for portion in portions] == [2, 2, 2, 1]
        assert seen(portions) == truth(source)

    async def test_only_the_last_portion_ends_the_read(self) -> None:
        portions = await onwards(books(5).by_keyset)
        assert [portion.cursor is None for portion in portions] == [False, False, True]
        assert [portion.ends_at is None for portion in portions] == [True, True, False]

    async def test_from_every_portion_on_the_rest_is_the_same(self) -> None:
        whole = await onwards(books(9).by_keyset)
        for position, portion in enumerate(whole[:-1], start=1):
            rest = await onwards(books(9).by_keyset, portion.cursor)
            assert [list(found.items) for found in rest] == [list(found.items) for found in whole[position:]]
            assert rest[-1].ends_at == whole[-1].ends_at

    async def test_the_next_read_begins_some_time_before_the_last_change_that_was_seen(self) -> None:
        source = books(3)
        (*_, last) = await onwards(source.by_keyset)
        source.change("late", EARLIER - OVERLAP)
        source.change("later", EARLIER - OVERLAP - timedelta(seconds=1))
        source.asked_from.clear()
        again = await onwards(source.by_keyset, last.ends_at)
        assert source.asked_from[0] == EARLIER - OVERLAP
        assert "late" in seen(again)
        assert "later" not in seen(again)

    async def test_an_empty_read_keeps_the_end_of_the_one_before(self) -> None:
        (*_, last) = await onwards(books(3).by_keyset)
        (only,) = await onwards(Books().by_keyset, last.ends_at)
        assert only.ends_at == last.ends_at

    async def test_a_read_that_never_saw_anything_begins_at_the_start_again(self) -> None:
        (only,) = await onwards(Books().by_keyset)
        source = books(1)
        await onwards(source.by_keyset, only.ends_at)
        assert source.asked_from == [None]

    async def test_a_change_of_the_future_does_not_hide_those_until_then(self) -> None:
        source = books(1, at=NOON + timedelta(days=365))
        (*_, last) = await onwards(source.by_keyset)
        source.asked_from.clear()
        await onwards(source.by_keyset, last.ends_at)
        assert source.asked_from == [NOON - OVERLAP]

    async def test_a_list_that_goes_round_in_circles_breaks_the_contract(self) -> None:
        async def ask(_start: datetime | None, _place: Place | None) -> Slice:
            return Slice([{"id": "a"}], NOON, "same")

        with pytest.raises(SourceContractError, match="the same page again"):
            await onwards(ask)


@dataclass
class Forgetful(Books):
    """Books with tokens. Each of those in `expired` is unknown once, when it is used next; `is_closed`: the list is not there any more."""

    expired: list[str] = field(default_factory=list[str])
    is_closed: bool = False
    places: list[Place | None] = field(default_factory=list[Place | None])

    async def by_token(self, start: datetime | None, place: Place | None) -> Slice:
        self.places.append(place)
        if place in self.expired:
            self.expired.remove(str(place))
            raise UnknownPlaceError("the token has expired", connection="books", feed="invoices")
        if self.is_closed:
            raise CLIENT.contract_error("there is nothing at this address")
        found = await self.by_offset(start, 0 if place is None else int(str(place)))
        return Slice(found.items, found.newest, None if found.next_place is None else str(found.next_place))


class TestALostPlace:
    """A token of the source may expire before the next run, or in the middle of one."""

    async def test_the_same_window_is_read_again_from_its_start(self) -> None:
        source = Forgetful(objects=books(5).objects, expired=["2"])
        start = EARLIER - timedelta(hours=1)
        again = await onwards(source.by_token, write_cursor(ReadPosition(start=start, newest=EARLIER, place="2")))
        assert (source.places, source.asked_from) == (["2", None, "2", "4"], [start] * 3)
        assert seen(again) == truth(source)

    async def test_a_source_that_keeps_forgetting_is_read_again_once(self) -> None:
        source = Forgetful(objects=books(5).objects, expired=["2", "2"])
        with pytest.raises(SourceContractError, match=r"has expired.*`dunwell sync books --full`"):
            await onwards(source.by_token)
        assert source.places == [None, "2", None, "2"]

    async def test_a_window_whose_start_cannot_be_read_either_says_what_to_do(self) -> None:
        source = Forgetful(expired=["2"], is_closed=True)
        with pytest.raises(SourceContractError, match=r"nothing at this address.*`dunwell sync books --full`"):
            await onwards(source.by_token, write_cursor(ReadPosition(place="2")))

    async def test_a_list_that_is_not_as_agreed_is_not_read_again(self) -> None:
        source = Forgetful(is_closed=True)
        with pytest.raises(SourceContractError, match=r"nothing at this address$"):
            await onwards(source.by_token)
        assert source.places == [None]


class TestPasses:
    async def test_a_list_of_one_page_is_read_once(self) -> None:
        source = books(2)
        (only,) = await passes(source.by_offset)
        assert (seen([only]), only.cursor, len(source.asked_from)) == (truth(source), None, 1)

    async def test_a_list_at_rest_is_read_twice_and_kept_once(self) -> None:
        source = books(5)
        portions = await passes(source.by_offset)
        assert sum(len(portion.items) for portion in portions) == 5
        assert len(source.asked_from) == 6
        assert portions[-1].cursor is None

    async def test_an_object_that_moves_over_the_edge_of_a_page_is_found_by_the_second_pass(self) -> None:
        source = books(6)
        source.changes = [lambda _: None, lambda books: books.change("o00", NOON)]
        portions = await passes(source.by_offset)
        assert seen(portions) == truth(source)
        assert "o02" in seen(portions)

    async def test_an_object_that_vanishes_does_not_take_another_with_it(self) -> None:
        source = books(6)
        source.changes = [lambda _: None, lambda books: books.drop("o00")]
        assert seen(await passes(source.by_offset)) == truth(source) | {"o00": 1}

    async def test_a_list_that_does_not_come_to_rest_is_tried_again_later(self) -> None:
        source = books(6)
        source.changes = [lambda books: books.change("o00", NOON) for _ in range(100)]
        with pytest.raises(TransientSourceError, match=f"while it was read {MOST_PASSES} times"):
            await passes(source.by_offset)

    @given(
        count=st.integers(min_value=0, max_value=9),
        size=st.integers(min_value=1, max_value=4),
        moves=st.lists(st.one_of(st.none(), st.integers(min_value=0, max_value=8)), max_size=8),
        cut=st.integers(min_value=0, max_value=12),
    )
    async def test_whatever_changes_and_wherever_it_is_cut_off_everything_is_seen(self, *, count: int, size: int, moves: list[int | None], cut: int) -> None:
        source = books(count, size=size)
        source.changes = [_moving(move, number) for number, move in enumerate(moves)]
        kept: list[Portion] = []
        try:
            kept += (await passes(source.by_offset))[:cut]
            cursor = kept[-1].cursor if kept else None
            if not kept or cursor is not None:
                kept += await passes(source.by_offset, cursor)
        except TransientSourceError:
            return
        assert seen(kept) == truth(source)


def _moving(move: int | None, number: int) -> Callable[[Books], None]:
    def change(source: Books) -> None:
        if move is not None and f"o{move:02}" in source.objects:
            source.change(f"o{move:02}", EARLIER + timedelta(seconds=number + 1))

    return change


class TestBehind:
    async def test_a_log_goes_on_behind_its_last_entry(self) -> None:
        log = list(range(1, 6))

        async def ask(place: Place | None) -> Slice:
            rest = [number for number in log if number > (place if isinstance(place, int) else 0)]
            page = rest[:2]
            last = page[-1] if page else None
            return Slice([{"id": number} for number in page], next_place=last if rest[2:] else None, last_place=last)

        async def read(cursor: str | None) -> list[Portion]:
            return [portion async for portion in read_behind(ask, CLIENT, cursor=cursor)]

        portions = await read(None)
        assert [[item["id"] for item in portion.items] for portion in portions] == [[1, 2], [3, 4], [5]]
        assert [[item["id"] for item in portion.items] for portion in await read(portions[0].cursor)] == [[3, 4], [5]]
        (nothing,) = await read(portions[-1].ends_at)
        assert (nothing.items, nothing.ends_at) == ([], portions[-1].ends_at)
        log.append(6)
        assert [[item["id"] for item in portion.items] for portion in await read(nothing.ends_at)] == [[6]]


class TestCursors:
    def test_a_cursor_is_compact_text_with_a_version(self) -> None:
        position = ReadPosition(start=EARLIER, newest=NOON, place=("2026-11-22T12:00:00Z", "o1"))
        text = write_cursor(position)
        assert text == '{"v":1,"start":"2026-11-21T12:00:00Z","newest":"2026-11-22T12:00:00Z","place":["2026-11-22T12:00:00Z","o1"]}'
        assert read_cursor(text, ReadPosition, CLIENT) == position

    @pytest.mark.parametrize("text", ["", "page-2", "[]", '{"v":2}', '{"v":1,"newer":1}', '{"v":1,"place":1.5}'])
    def test_a_cursor_of_something_else_breaks_the_contract(self, text: str) -> None:
        with pytest.raises(SourceContractError, match="is none of this connector's"):
            read_cursor(text, ReadPosition, CLIENT)

    def test_a_cursor_of_another_way_of_reading_is_refused(self) -> None:
        with pytest.raises(SourceContractError):
            read_cursor(write_cursor(Behind(5)), ReadPosition, CLIENT)
