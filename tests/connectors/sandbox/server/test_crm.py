"""The CRM: one key, and deleted objects that are served as archived."""

import pytest

from connectors.sandbox.server.crm import COLLECTIONS
from tests.connectors.sandbox.server.trio import BEARER, Trio, moment, put, read


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_every_collection_has_a_list_and_single_objects(collection: str) -> None:
    trio = Trio()
    put(trio.crm, collection, "x-1", name="One")
    async with trio.client() as client:
        page = await read(client, f"/crm/v1/{collection}", BEARER)
        assert page == {"results": [await read(client, f"/crm/v1/{collection}/x-1", BEARER)], "next_cursor": None}
        assert page["results"][0]["name"] == "One"
        assert (await client.get(f"/crm/v1/{collection}/x-2", headers=BEARER)).status_code == 404


async def test_a_merged_company_is_archived_and_names_the_other_one() -> None:
    trio = Trio()
    put(trio.crm, "companies", "co-1", merged_into="co-2")
    put(trio.crm, "companies", "co-2", at=1)
    trio.crm.remove("companies", "co-1", at=moment(60))
    async with trio.client() as client:
        page = await read(client, "/crm/v1/companies", BEARER)
        single = await read(client, "/crm/v1/companies/co-1", BEARER)
    assert [(found["id"], found.get("archived"), found.get("merged_into")) for found in page["results"]] == [("co-2", None, None), ("co-1", True, "co-2")]
    assert single == page["results"][1]


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer sandbox-crm-keys", "Bearer ключ", "sandbox-crm-key"])
async def test_another_key_is_refused(header: str) -> None:
    async with Trio().client() as client:
        answer = await client.get("/crm/v1/companies", headers=[(b"authorization", header.encode())])
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorised")
