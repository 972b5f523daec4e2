"""Every way of paging visits everything once, whatever the size of a page, also where objects of one second lie on two pages."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from tests.connectors.sandbox.server.trio import BASIC, BEARER, Trio, fill, moment, put, read, signed_in

COUNT = 14
LIMITS = [1, 2, 3, 4, 5, 13, 14, 15, 200]

Walk = Callable[[httpx.AsyncClient, dict[str, str], int], AsyncIterator[list[str]]]


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


async def by_offset(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    offset, total = 0, 1
    while offset < total:
        page = await read(client, "/accounting/v1/customers", headers, offset=offset, limit=limit)
        assert page["offset"] == offset
        yield ids(page["items"])
        offset, total = offset + limit, page["total"]


async def by_page_token(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    page = await read(client, "/accounting/v1/invoices", headers, limit=limit)
    yield ids(page["items"])
    while page["next_page_token"]:
        page = await read(client, "/accounting/v1/invoices", headers, limit=limit, page_token=page["next_page_token"])
        yield ids(page["items"])


async def by_cursor(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    page = await read(client, "/crm/v1/companies", headers, limit=limit)
    yield ids(page["results"])
    while page["next_cursor"]:
        page = await read(client, "/crm/v1/companies", headers, limit=limit, cursor=page["next_cursor"])
        yield ids(page["results"])


async def by_keyset(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    page = await read(client, "/accounting/v1/payments", headers, limit=limit)
    yield ids(page["items"])
    while page["has_more"]:
        last = page["items"][-1]
        page = await read(client, "/accounting/v1/payments", headers, limit=limit, after_updated_at=last["updated_at"], after_id=last["id"])
        yield ids(page["items"])


async def newest_first(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    page = await read(client, "/gateway/v1/charges", headers, limit=limit)
    yield ids(page["data"])
    while page["has_more"]:
        page = await read(client, "/gateway/v1/charges", headers, limit=limit, starting_after=page["data"][-1]["id"])
        yield ids(page["data"])


async def by_events(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    page = await read(client, "/gateway/v1/events", headers, limit=limit)
    yield [event["object_id"] for event in page["data"]]
    while page["has_more"]:
        page = await read(client, "/gateway/v1/events", headers, limit=limit, after=page["data"][-1]["id"])
        yield [event["object_id"] for event in page["data"]]


async def by_id(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    page = await read(client, "/accounting/v1/payment_ids", headers, limit=limit)
    yield page["ids"]
    while page["has_more"]:
        page = await read(client, "/accounting/v1/payment_ids", headers, limit=limit, after_id=page["ids"][-1])
        yield page["ids"]


async def by_deletion(client: httpx.AsyncClient, headers: dict[str, str], limit: int) -> AsyncIterator[list[str]]:
    page = await read(client, "/accounting/v1/deletions", headers, limit=limit)
    yield ids(page["items"])
    while page["next_after"] is not None:
        page = await read(client, "/accounting/v1/deletions", headers, limit=limit, after=page["next_after"])
        yield ids(page["items"])


WAYS: dict[str, tuple[Walk, str, str]] = {
    "offset": (by_offset, "accounting", "customers"),
    "page token": (by_page_token, "accounting", "invoices"),
    "cursor": (by_cursor, "crm", "companies"),
    "keyset": (by_keyset, "accounting", "payments"),
}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("way", WAYS)
async def test_what_changed_is_read_once_and_in_order(way: str, limit: int) -> None:
    walk, system, collection = WAYS[way]
    trio = Trio()
    wanted = fill(getattr(trio, system), collection, COUNT)
    async with trio.client() as client:
        headers = await signed_in(client) if system == "accounting" else BEARER
        pages = [page async for page in walk(client, headers, limit)]
    assert [one for page in pages for one in page] == wanted
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]


@pytest.mark.parametrize("limit", LIMITS)
async def test_charges_are_read_once_and_newest_first(limit: int) -> None:
    trio = Trio()
    wanted = fill(trio.gateway, "charges", COUNT)[::-1]
    put(trio.gateway, "charges", wanted[-1], at=99)  # a change does not move a charge
    async with trio.client() as client:
        pages = [page async for page in newest_first(client, BASIC, limit)]
    assert [one for page in pages for one in page] == wanted


@pytest.mark.parametrize("limit", LIMITS)
async def test_events_are_read_once_and_oldest_first(limit: int) -> None:
    trio = Trio()
    fill(trio.gateway, "charges", COUNT)
    async with trio.client() as client:
        pages = [page async for page in by_events(client, BASIC, limit)]
    assert [one for page in pages for one in page] == list(trio.gateway.collections["charges"])


@pytest.mark.parametrize("limit", LIMITS)
async def test_ids_of_payments_are_read_once_and_rising(limit: int) -> None:
    trio = Trio()
    wanted = sorted(fill(trio.accounting, "payments", COUNT))
    async with trio.client() as client:
        pages = [page async for page in by_id(client, await signed_in(client), limit)]
    assert [one for page in pages for one in page] == wanted


@pytest.mark.parametrize("limit", LIMITS)
async def test_deletions_are_read_once_in_the_order_in_which_they_happened(limit: int) -> None:
    trio = Trio()
    wanted = fill(trio.accounting, "invoices", COUNT)
    for name in wanted:
        trio.accounting.remove("invoices", name, at=moment(60))
    async with trio.client() as client:
        pages = [page async for page in by_deletion(client, await signed_in(client), limit)]
    assert [one for page in pages for one in page] == wanted


@pytest.mark.parametrize("way", WAYS)
async def test_reading_since_an_instant_includes_its_second(way: str) -> None:
    _, system, collection = WAYS[way]
    trio = Trio()
    for at in (4, 5, 5, 6):
        put(getattr(trio, system), collection, f"x-{at}", at=at)
    async with trio.client() as client:
        headers = await signed_in(client) if system == "accounting" else BEARER
        name = "modified_since" if system == "crm" else "updated_since"
        page = await read(client, f"/{system}/v1/{collection}", headers, **{name: "2026-11-22T12:00:05Z"})
    assert ids(page.get("items") or page["results"]) == ["x-5", "x-6"]


@pytest.mark.parametrize("way", WAYS)
async def test_the_first_page_of_nothing_is_empty_and_the_last(way: str) -> None:
    walk, system, _ = WAYS[way]
    async with Trio().client() as client:
        headers = await signed_in(client) if system == "accounting" else BEARER
        assert [page async for page in walk(client, headers, 5)] == [[]]


async def test_a_page_token_holds_its_place_when_the_object_before_it_changes() -> None:
    trio = Trio()
    wanted = fill(trio.accounting, "invoices", 4)
    async with trio.client() as client:
        headers = await signed_in(client)
        first = await read(client, "/accounting/v1/invoices", headers, limit=2)
        put(trio.accounting, "invoices", wanted[1], at=90)
        second = await read(client, "/accounting/v1/invoices", headers, limit=5, page_token=first["next_page_token"])
    assert ids(second["items"]) == [*wanted[2:], wanted[1]]


async def test_an_offset_does_not_hold_its_place_and_misses_an_object() -> None:
    trio = Trio()
    wanted = fill(trio.accounting, "customers", 4)
    async with trio.client() as client:
        headers = await signed_in(client)
        await read(client, "/accounting/v1/customers", headers, limit=2)
        put(trio.accounting, "customers", wanted[0], at=90)
        second = await read(client, "/accounting/v1/customers", headers, limit=2, offset=2)
    assert ids(second["items"]) == [wanted[3], wanted[0]]


class TestCharges:
    async def test_a_place_is_kept_by_a_charge_that_was_deleted_since(self) -> None:
        trio = Trio()
        wanted = fill(trio.gateway, "charges", 6)[::-1]
        trio.gateway.remove("charges", wanted[2], at=moment(60))
        async with trio.client() as client:
            page = await read(client, "/gateway/v1/charges", BASIC, starting_after=wanted[2])
        assert ids(page["data"]) == wanted[3:]

    async def test_the_place_after_a_charge_that_never_was_is_refused(self) -> None:
        async with Trio().client() as client:
            answer = await client.get("/gateway/v1/charges", headers=BASIC, params={"starting_after": "ch-1"})
        assert (answer.status_code, answer.json()["error"]) == (400, "unknown_cursor")


WRONG = {
    "limit=0": "limit must be from 1 to 200",
    "limit=201": "limit must be from 1 to 200",
    "limit=ten": "limit must be a whole number",
    "limit=-1": "limit must be a whole number",
    "limit=²": "limit must be a whole number",
    "limit=1&limit=2": "limit is given more than once",
    "since=x": "unknown parameter since; known: updated_since, page_token, limit",
    "page_token=": "page_token is empty",
    "page_token=rubbish": "the page token is none of ours",
    "page_token=WzEsMl0=": "the page token must be an instant such as 2026-11-22T10:00:00Z",
    "page_token=WzFd": "the page token is none of ours",
    "updated_since=yesterday": "updated_since must be an instant such as 2026-11-22T10:00:00Z",
    "updated_since=2026-11-22T10:00:00": "updated_since must say its zone, as in 2026-11-22T10:00:00Z",
}


class TestParameters:
    @pytest.mark.parametrize("query", WRONG)
    async def test_one_that_cannot_be_used_is_refused(self, query: str) -> None:
        async with Trio().client() as client:
            answer = await client.get(f"/accounting/v1/invoices?{query}", headers=await signed_in(client))
        assert (answer.status_code, answer.json()) == (400, {"error": "bad_request", "message": WRONG[query]})

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("/accounting/v1/payments?after_id=x", "after_updated_at and after_id belong together"),
            ("/accounting/v1/customers?include_deleted=yes", "include_deleted must be true or false"),
            ("/accounting/v1/customers?offset=-1", "offset must be a whole number"),
            ("/accounting/v1/payment_ids?limit=1001", "limit must be from 1 to 1000"),
            ("/accounting/v1/payments/p-1?limit=1", "unknown parameter limit; known: none"),
        ],
    )
    async def test_one_that_does_not_fit_its_list_is_refused(self, path: str, message: str) -> None:
        async with Trio().client() as client:
            answer = await client.get(path, headers=await signed_in(client))
        assert (answer.status_code, answer.json()["message"]) == (400, message)

    async def test_a_page_has_a_hundred_objects_unless_more_are_asked_for(self) -> None:
        trio = Trio()
        fill(trio.accounting, "payments", 250)
        async with trio.client() as client:
            headers = await signed_in(client)
            sizes = [
                len((await read(client, path, headers, **asked))[members])
                for path, members, asked in [
                    ("/accounting/v1/payments", "items", dict[str, int]()),
                    ("/accounting/v1/payments", "items", {"limit": 200}),
                    ("/accounting/v1/payment_ids", "ids", {"limit": 1000}),
                ]
            ]
        assert sizes == [100, 200, 250]
