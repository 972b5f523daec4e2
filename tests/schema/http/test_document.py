import httpx
import pytest

PATH = "/graphql/schema.graphql"


async def test_the_schema_is_given_as_text(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)
    assert answer.status_code == 200
    assert "type Query {" in answer.text
    assert answer.headers["content-type"] == "application/graphql; charset=utf-8"


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
async def test_a_caller_who_knows_the_text_gets_304(client: httpx.AsyncClient, form: str) -> None:
    tag = (await client.get(PATH)).headers["etag"]
    answer = await client.get(PATH, headers={"if-none-match": form.format(tag=tag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


async def test_a_caller_who_knows_another_text_gets_this_one(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH, headers={"if-none-match": '"other"'})).status_code == 200


async def test_another_method_gets_405(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
