"""The accounting system: what an object looks like, and the three ways in which a deletion shows."""

import pytest

from connectors.sandbox.server.accounting import COLLECTIONS
from tests.connectors.sandbox.server.trio import Trio, moment, put, read, signed_in


@pytest.fixture
def trio() -> Trio:
    return Trio()


async def test_an_object_has_its_body_its_id_its_version_and_its_times(trio: Trio) -> None:
    put(trio.accounting, "payments", "p-1", at=0, amount="10.00")
    put(trio.accounting, "payments", "p-1", at=5, amount="12.00")
    wanted = {"amount": "12.00", "id": "p-1", "version": 2, "created_at": "2026-11-22T12:00:00Z", "updated_at": "2026-11-22T12:00:05Z"}
    async with trio.client() as client:
        headers = await signed_in(client)
        assert await read(client, "/accounting/v1/payments/p-1", headers) == wanted
        assert await read(client, "/accounting/v1/payments", headers) == {"items": [wanted], "has_more": False}


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_every_collection_has_a_list_and_single_objects(trio: Trio, collection: str) -> None:
    put(trio.accounting, collection, "x-1")
    async with trio.client() as client:
        headers = await signed_in(client)
        assert [item["id"] for item in (await read(client, f"/accounting/v1/{collection}", headers))["items"]] == ["x-1"]
        assert (await read(client, f"/accounting/v1/{collection}/x-1", headers))["version"] == 1
        unknown = await client.get(f"/accounting/v1/{collection}/x-2", headers=headers)
    assert (unknown.status_code, unknown.json()["error"]) == (404, "not_found")


class TestADeletedCustomer:
    @pytest.fixture
    def trio(self) -> Trio:
        trio = Trio()
        put(trio.accounting, "customers", "c-1", name="Gone")
        put(trio.accounting, "customers", "c-2", name="There")
        trio.accounting.remove("customers", "c-1", at=moment(60))
        return trio

    async def test_is_not_listed(self, trio: Trio) -> None:
        async with trio.client() as client:
            page = await read(client, "/accounting/v1/customers", await signed_in(client))
        assert ([item["id"] for item in page["items"]], page["total"]) == (["c-2"], 1)

    async def test_is_listed_with_a_flag_on_request(self, trio: Trio) -> None:
        async with trio.client() as client:
            page = await read(client, "/accounting/v1/customers", await signed_in(client), include_deleted="true")
        assert [(item["id"], item["version"], item.get("deleted")) for item in page["items"]] == [("c-2", 1, None), ("c-1", 2, True)]
        assert page["total"] == 2

    async def test_is_gone(self, trio: Trio) -> None:
        async with trio.client() as client:
            answer = await client.get("/accounting/v1/customers/c-1", headers=await signed_in(client))
        assert answer.status_code == 410
        assert {"id": "c-1", "version": 2, "deleted_at": "2026-11-22T12:01:00Z"}.items() <= answer.json().items()

    async def test_stands_in_no_feed(self, trio: Trio) -> None:
        async with trio.client() as client:
            assert (await read(client, "/accounting/v1/deletions", await signed_in(client)))["items"] == []


class TestADeletedInvoice:
    @pytest.fixture
    def trio(self) -> Trio:
        trio = Trio()
        put(trio.accounting, "invoices", "i-1", total="10.00")
        trio.accounting.remove("invoices", "i-1", at=moment(60))
        return trio

    async def test_vanishes_from_the_list_and_is_gone(self, trio: Trio) -> None:
        async with trio.client() as client:
            headers = await signed_in(client)
            assert (await read(client, "/accounting/v1/invoices", headers))["items"] == []
            assert (await client.get("/accounting/v1/invoices/i-1", headers=headers)).status_code == 410

    async def test_stands_in_the_feed(self, trio: Trio) -> None:
        async with trio.client() as client:
            page = await read(client, "/accounting/v1/deletions", await signed_in(client))
        wanted = {"number": 2, "collection": "invoices", "id": "i-1", "version": 2, "deleted_at": "2026-11-22T12:01:00Z"}
        assert page == {"items": [wanted], "next_after": None}

    async def test_that_was_made_again_is_listed_and_stays_in_the_feed_with_its_old_version(self, trio: Trio) -> None:
        async with trio.client() as client:
            headers = await signed_in(client)
            await read(client, "/accounting/v1/deletions", headers)
            put(trio.accounting, "invoices", "i-1", at=90, total="11.00")
            listed = await read(client, "/accounting/v1/invoices", headers)
            feed = await read(client, "/accounting/v1/deletions", headers)
        assert [(item["total"], item["version"]) for item in listed["items"]] == [("11.00", 3)]
        assert [item["version"] for item in feed["items"]] == [2]

    async def test_that_happens_later_comes_after_the_last_number(self, trio: Trio) -> None:
        async with trio.client() as client:
            headers = await signed_in(client)
            before = await read(client, "/accounting/v1/deletions", headers)
            put(trio.accounting, "invoices", "i-2", at=90)
            trio.accounting.remove("invoices", "i-2", at=moment(91))
            page = await read(client, "/accounting/v1/deletions", headers, after=before["items"][-1]["number"])
        assert [item["id"] for item in page["items"]] == ["i-2"]


async def test_a_deleted_payment_is_as_if_it_had_never_been(trio: Trio) -> None:
    for name in ("p-1", "p-2"):
        put(trio.accounting, "payments", name)
    trio.accounting.remove("payments", "p-1", at=moment(60))
    async with trio.client() as client:
        headers = await signed_in(client)
        assert [item["id"] for item in (await read(client, "/accounting/v1/payments", headers))["items"]] == ["p-2"]
        assert (await read(client, "/accounting/v1/payment_ids", headers)) == {"ids": ["p-2"], "has_more": False}
        assert (await read(client, "/accounting/v1/deletions", headers))["items"] == []
        assert (await client.get("/accounting/v1/payments/p-1", headers=headers)).status_code == 404


async def test_a_late_commit_is_served_only_when_it_is_committed(trio: Trio) -> None:
    trio.accounting.put("invoices", "i-1", {}, at=moment(0), is_visible=False)
    async with trio.client() as client:
        headers = await signed_in(client)
        unlisted = await read(client, "/accounting/v1/invoices", headers)
        unknown = await client.get("/accounting/v1/invoices/i-1", headers=headers)
        trio.accounting.show("invoices", "i-1", written_at=moment(0))
        listed = await read(client, "/accounting/v1/invoices", headers)
        assert [await read(client, "/accounting/v1/invoices/i-1", headers)] == listed["items"]
    assert (unlisted["items"], unknown.status_code) == ([], 404)


@pytest.mark.parametrize("path", ["/accounting/v1/orders", "/accounting/v1/customers/1/2", "/other", "/"])
async def test_an_address_that_is_none_is_told_in_json(trio: Trio, path: str) -> None:
    async with trio.client() as client:
        answer = await client.get(path, headers=await signed_in(client))
    assert (answer.status_code, answer.json()) == (404, {"error": "not_found", "message": "Not Found"})


async def test_nothing_can_be_written(trio: Trio) -> None:
    async with trio.client() as client:
        answer = await client.post("/accounting/v1/customers", headers=await signed_in(client))
    assert (answer.status_code, answer.json()) == (405, {"error": "method_not_allowed", "message": "Method Not Allowed"})
