"""What is wrong with a request is found before GraphQL sees it, with the status that says so, and never with 500."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from hub.access.requests import is_same_origin
from schema.limits.numbers import Limits
from tests.schema.http.conftest import AUTHORISED, MakeApp

JSON_TYPE = {"content-type": "application/json"}
HELLO = {"query": "{ hello }"}


async def post(client: httpx.AsyncClient, content: bytes | str, **headers: str) -> httpx.Response:
    return await client.post("/graphql", content=content, headers=JSON_TYPE | headers)


def code(answer: httpx.Response) -> str:
    return answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{}",
        '{"query": "{ hello }"}'.encode("utf-16"),
        b'{"query": "\xc3"}',
        b'"text"',
        b"null",
        b"1",
        b"true",
        b"[]",
        json.dumps([HELLO, HELLO]).encode(),
        json.dumps([HELLO] * 50).encode(),
        b"[" * 10_000 + b"]" * 10_000,
        b'{"query": "{ hello }", "variables": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
        b'{"query": "{ hello }", "variables": {"n": ' + b"9" * 20_000 + b"}}",
        b'{"query": "{ hello }", "variables": {"n": NaN}}',
        b'{"query": "{ hello }", "variables": {"n": 1e400}}',
        b'{"query": "{ hello }", "query": "{ boom }"}',
        b'{"query": "{ hello }", "variables": {"a": 1, "a": 2}}',
        b'{"query": "{ hello }", "variables": {"a": "\\u0000"}}',
        b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}',
        b'{"query": "{ hello \\u0000 }"}',
        b'{"query": ""}',
        b'{"query": null}',
        b"{}",
        b'{"query": "{ hello }", "variables": "{}"}',
        json.dumps(HELLO | {"variables": {"ids": list(range(1_001))}}).encode(),
        json.dumps(HELLO | {"variables": {"where": {"or": [{"ids": list(range(1_001))}]}}}).encode(),
        json.dumps(HELLO | {"variables": {"where": {"or": [{"name": {"contains": "x"}}] * 250}}}).encode(),
        b"-----\r\nContent-Disposition: form-data",
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_a_malformed_body_gets_400(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)
    assert answer.status_code == 400
    assert code(answer) == "BAD_USER_INPUT"
    assert "data" not in answer.json()


@pytest.mark.parametrize("body", [b'{"query": "# ' + b"x" * 10_000_000 + b'\\n{ hello }"}', b" " * 4_000_001], ids=["10 MB comment", "4 MB and one byte"])
async def test_a_large_body_gets_413(client: httpx.AsyncClient, body: bytes) -> None:
    assert (await post(client, body)).status_code == 413


async def test_a_query_text_over_100_kilobytes_gets_413_though_its_body_is_small_enough(client: httpx.AsyncClient) -> None:
    answer = await post(client, json.dumps({"query": "#" + "é" * 50_001 + "\n{ hello }"}, ensure_ascii=False))
    assert answer.status_code == 413


async def test_a_large_body_without_a_stated_length_is_counted(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 100_000

    answer = await client.post("/graphql", content=endless(), headers=JSON_TYPE)
    assert answer.status_code == 413
    assert sent <= 42


@pytest.mark.parametrize("length", ["99999999999999999999999999", "4000001"])
async def test_a_stated_length_over_the_limit_is_refused_unread(client: httpx.AsyncClient, length: str) -> None:
    assert (await post(client, b"{}", **{"content-length": length})).status_code == 413


async def test_a_body_in_chunks_without_length_is_read(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        for byte in json.dumps(HELLO).encode():
            yield bytes([byte])

    answer = await client.post("/graphql", content=chunks(), headers=JSON_TYPE)
    assert answer.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin-1",
        "",
        "json",
    ],
)
async def test_another_type_of_body_gets_415(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post("/graphql", content=json.dumps(HELLO), headers={"content-type": content_type})
    assert answer.status_code == 415


async def test_a_compressed_body_gets_415(client: httpx.AsyncClient) -> None:
    assert (await post(client, b"\x1f\x8b", **{"content-encoding": "gzip"})).status_code == 415


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "FROBNICATE"])
async def test_another_method_gets_405_with_those_that_are_allowed(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("accept", ["text/html", "multipart/mixed"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_caller_who_takes_no_json_gets_406(client: httpx.AsyncClient, method: str, accept: str) -> None:
    answer = await client.request(method, "/graphql", params={"query": "{ hello }"} if method == "GET" else None, headers={"accept": accept} | JSON_TYPE)
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


class TestGet:
    async def get(self, client: httpx.AsyncClient, query_string: str) -> httpx.Response:
        return await client.get(f"/graphql?{query_string}")

    async def test_a_query_is_answered(self, client: httpx.AsyncClient) -> None:
        answer = await self.get(client, "query=query+Q($n:String!){hello(name:$n)}&variables=%7B%22n%22:%22%C3%A9%22%7D&operationName=Q")
        assert answer.json() == {"data": {"hello": "hello é"}}

    @pytest.mark.parametrize(
        "query_string",
        [
            "",
            "query=",
            "query=%FF",
            "query=%00",
            "query={hello}&query={boom}",
            "query={hello}&variables=nonsense",
            "query={hello}&variables=[]",
            "query={hello}&extensions=1",
            "query={hello}&variables={%22a%22:%22%5Cu0000%22}",
        ],
    )
    async def test_malformed_parameters_get_400(self, client: httpx.AsyncClient, query_string: str) -> None:
        answer = await self.get(client, query_string)
        assert answer.status_code == 400
        assert "data" not in answer.json()

    @pytest.mark.parametrize("empty", ["variables", "extensions", "operationName"])
    async def test_an_empty_parameter_counts_as_missing(self, client: httpx.AsyncClient, empty: str) -> None:
        assert (await self.get(client, f"query={{hello}}&{empty}=")).json() == {"data": {"hello": "hello world"}}

    async def test_a_mutation_gets_405_and_is_not_executed(self, client: httpx.AsyncClient) -> None:
        answer = await self.get(client, "query=mutation{change}")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"

    async def test_a_mutation_beside_the_chosen_query_is_no_matter(self, client: httpx.AsyncClient) -> None:
        answer = await self.get(client, "query=query+A{hello}mutation+B{change}&operationName=A")
        assert answer.json() == {"data": {"hello": "hello world"}}

    async def test_a_long_url_gets_414(self, make_app: MakeApp) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(make_app(Limits(query_bytes=1_000))), base_url="http://hub") as client:
            answer = await client.get("/graphql?query=" + "x" * 1_000, headers=AUTHORISED)
        assert answer.status_code == 414


class TestOrigin:
    @pytest.mark.parametrize(
        ("origin", "host", "same"),
        [
            (None, "hub", True),
            ("http://hub", "hub", True),
            ("https://hub", "hub", True),
            ("https://HUB:8443", "hub:8443", True),
            ("https://hub:8443", "hub", False),
            ("https://evil.example", "hub", False),
            ("https://hub.evil.example", "hub", False),
            ("null", "hub", False),
            ("null", "", False),
            ("", "", False),
            ("https://[", "hub", False),
            ("https://user@hub", "hub", False),
        ],
    )
    def test_an_origin_is_compared_with_the_host(self, origin: str | None, host: str, same: bool) -> None:  # noqa: FBT001 - a column of the table
        assert is_same_origin(origin, host) is same

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_a_page_of_another_origin_is_refused(self, client: httpx.AsyncClient, method: str) -> None:
        answer = await client.request(method, "/graphql", headers={"origin": "https://evil.example"} | JSON_TYPE, params={"query": "{ hello }"})
        assert answer.status_code == 403
        assert code(answer) == "FORBIDDEN"
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_every_answer_names_its_request(client: httpx.AsyncClient) -> None:
    first: dict[str, Any] = (await client.post("/graphql", json={"query": "{ requestId }"})).json()
    refused = await post(client, b"{")
    assert len(first["data"]["requestId"]) == 32
    assert refused.json()["errors"][0]["extensions"]["requestId"] == refused.headers["x-request-id"] != first["data"]["requestId"]
