"""The gateway: deleted objects that still answer, and a log of events that forgets after thirty days."""

from base64 import b64encode

import pytest

from connectors.sandbox.server.gateway import COLLECTIONS
from tests.connectors.sandbox.server.trio import BASIC, Trio, moment, put, read

DAY = 86_400


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_every_collection_has_a_list_and_single_objects(collection: str) -> None:
    trio = Trio()
    put(trio.gateway, collection, "x-1", name="One")
    async with trio.client() as client:
        page = await read(client, f"/gateway/v1/{collection}", BASIC)
        assert page == {"data": [await read(client, f"/gateway/v1/{collection}/x-1", BASIC)], "has_more": False}
        assert (await client.get(f"/gateway/v1/{collection}/x-2", headers=BASIC)).status_code == 404


async def test_a_deleted_object_is_not_listed_and_says_so_by_itself() -> None:
    trio = Trio()
    put(trio.gateway, "payment_methods", "pm-1", brand="Visa")
    trio.gateway.remove("payment_methods", "pm-1", at=moment(60))
    async with trio.client() as client:
        assert (await read(client, "/gateway/v1/payment_methods", BASIC))["data"] == []
        single = await read(client, "/gateway/v1/payment_methods/pm-1", BASIC)
    assert single == {"id": "pm-1", "deleted": True, "version": 2, "updated_at": "2026-11-22T12:01:00Z"}


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic ???", basic("other:"), basic("sandbox-gateway-key:password"), basic("sandbox-gateway-key:").removeprefix("Basic "), "Basic ключ"],
)
async def test_another_key_is_refused(header: str) -> None:
    async with Trio().client() as client:
        answer = await client.get("/gateway/v1/customers", headers=[(b"authorization", header.encode())])
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorised")


class TestEvents:
    @pytest.fixture
    def trio(self) -> Trio:
        """One charge that changed 31 days ago, exactly 30 days ago, and yesterday."""
        trio = Trio()
        for days in (31, 30, 1):
            put(trio.gateway, "charges", "ch-1", at=-days * DAY)
        return trio

    async def test_tell_what_happened_to_which_object(self, trio: Trio) -> None:
        async with trio.client() as client:
            page = await read(client, "/gateway/v1/events", BASIC, after="evt_000000002")
        wanted = {"id": "evt_000000003", "type": "charge.updated", "created": "2026-11-21T12:00:00Z", "collection": "charges", "object_id": "ch-1"}
        assert page == {"data": [wanted | {"version": 3}], "has_more": False}

    async def test_begin_with_the_oldest_that_is_kept(self, trio: Trio) -> None:
        async with trio.client() as client:
            page = await read(client, "/gateway/v1/events", BASIC)
        assert [event["version"] for event in page["data"]] == [2, 3]

    async def test_after_one_that_is_no_longer_kept_are_refused(self, trio: Trio) -> None:
        async with trio.client() as client:
            answer = await client.get("/gateway/v1/events", headers=BASIC, params={"after": "evt_000000001"})
        assert (answer.status_code, answer.json()["error"]) == (410, "cursor_expired")

    async def test_after_a_kept_one_are_kept_though_they_were_written_earlier(self, trio: Trio) -> None:
        put(trio.gateway, "charges", "ch-2", at=-30 * DAY - 50)
        async with trio.client() as client:
            page = await read(client, "/gateway/v1/events", BASIC)
            late = await read(client, "/gateway/v1/events", BASIC, after="evt_000000004")
        assert [event["id"][-1] for event in page["data"]] == ["2", "3", "4"]
        assert late["data"] == []

    async def test_are_forgotten_as_time_goes_by(self, trio: Trio) -> None:
        async with trio.client() as client:
            kept = await client.get("/gateway/v1/events", headers=BASIC, params={"after": "evt_000000002"})
            trio.pass_time(seconds=1)
            forgotten = await client.get("/gateway/v1/events", headers=BASIC, params={"after": "evt_000000002"})
        assert (kept.status_code, forgotten.status_code) == (200, 410)

    @pytest.mark.parametrize("after", ["evt_000000004", "evt_000000000", "evt_3", "3", "evt_00000000³"])
    async def test_after_one_that_never_was_are_refused(self, trio: Trio, after: str) -> None:
        async with trio.client() as client:
            answer = await client.get("/gateway/v1/events", headers=BASIC, params={"after": after})
        assert (answer.status_code, answer.json()["error"]) == (400, "unknown_cursor")

    async def test_the_newest_one_alone_can_be_asked_for(self, trio: Trio) -> None:
        async with trio.client() as client:
            page = await read(client, "/gateway/v1/events", BASIC, latest="true")
            refused = await client.get("/gateway/v1/events", headers=BASIC, params={"latest": "true", "after": "evt_000000003"})
        assert [event["id"] for event in page["data"]] == ["evt_000000003"]
        assert refused.status_code == 400

    async def test_there_is_no_newest_one_when_all_are_forgotten(self, trio: Trio) -> None:
        trio.pass_time(days=30)
        async with trio.client() as client:
            assert await read(client, "/gateway/v1/events", BASIC, latest="true") == {"data": [], "has_more": False}
