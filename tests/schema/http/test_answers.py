"""What a caller is told of an error: the words that are meant for the caller, and nothing else."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.schema.tiny import SECRET

MASKED = ["boom", "uncoded", "foreignCode", "missing", "brokenStatement"]


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:  # noqa: ANN401 - values of any type
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("field", MASKED)
async def test_what_was_not_meant_for_the_caller_is_masked(client: httpx.AsyncClient, field: str) -> None:
    with capture_logs():
        body = await ask(client, f"{{ hello {field} }}")
    [error] = body["errors"]
    text = str(body)
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["requestId"] in error["message"]
    assert error["path"] == [field]
    assert not [word for word in (SECRET, "hunter2", "Traceback", "SELECT", "nowhere") if word in text]


@pytest.mark.parametrize("field", MASKED)
async def test_what_is_masked_stands_in_the_log_under_its_request(client: httpx.AsyncClient, field: str) -> None:
    with capture_logs() as logs:
        body = await ask(client, f"{{ {field} }}")
    [entry] = [entry for entry in logs if entry["log_level"] == "error"]
    assert entry["request_id"] == body["errors"][0]["extensions"]["requestId"]
    assert isinstance(entry["exc_info"], Exception)


async def test_an_error_with_a_code_of_ours_passes(client: httpx.AsyncClient) -> None:
    [error] = (await ask(client, "{ coded }"))["errors"]
    assert (error["message"], error["extensions"]["code"], error["extensions"]["field"]) == ("not for you", "FORBIDDEN", "coded")


@pytest.mark.parametrize(("kind", "code"), [("missing", "NOT_FOUND"), ("conflict", "CONFLICT"), ("wrong", "BAD_USER_INPUT")])
async def test_a_refusal_of_the_hub_names_the_argument(client: httpx.AsyncClient, kind: str, code: str) -> None:
    [error] = (await ask(client, "query($k: String!) { refused(kind: $k) }", k=kind))["errors"]
    assert error["message"] == f"{kind} here"
    assert error["extensions"] | {"requestId": ""} == {"code": code, "argument": ["where", "id"], "requestId": ""}


async def test_one_failing_field_leaves_the_others(client: httpx.AsyncClient) -> None:
    with capture_logs():
        assert (await ask(client, "{ hello boom }"))["data"] == {"hello": "hello world", "boom": None}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ nonsense }", {}),
        ("{ hello(nam: 1) }", {}),
        ("query($n: Int!) { count(to: $n) }", {}),
        ("query($n: Int!) { count(to: $n) }", {"n": 2**31}),
        ("query($n: Int!) { count(to: $n) }", {"n": "1"}),
        ("query($n: Int!) { count(to: $n) }", {"n": None}),
        ("query($n: Int = 1) { count(to: $n) }", {"n": None}),
        ("{ count(to: 99999999999) }", {}),
        ("{ count(to: 1.5) }", {}),
        ("query A { hello } query B { hello }", {}),
        ("mutation { nonsense }", {}),
        ("subscription { ticks }", {}),
        ("type Query { a: Int }", {}),
        ('{ hello(name: "\\u0000") }', {}),
        ('{ hello(name: """\x00""") }', {}),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_what_the_caller_did_wrong_is_told_as_such(client: httpx.AsyncClient, query: str, variables: dict[str, Any]) -> None:
    answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers={"accept": "application/graphql-response+json"})
    if "\x00" in query:
        assert answer.status_code == 400
        return
    errors = answer.json()["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert answer.status_code == (200 if "data" in answer.json() else 400)


@pytest.mark.parametrize(
    "query", ["query($n: Int!) { count(to: $n) }", f'{{ count(to: "{"x" * 90_000}") }}', f"{{ {'x' * 90_000} }}"], ids=["variable", "literal", "field"]
)
async def test_a_long_value_is_not_repeated_whole(client: httpx.AsyncClient, query: str) -> None:
    body = await ask(client, query, n="x" * 900_000)
    assert len(str(body)) < 1_000


async def test_no_suggestion_tells_the_names_of_fields(client: httpx.AsyncClient) -> None:
    for query in ("{ helo }", "{ item { id } }", "{ hello(nam: 1) }", "{ items { nodes { parnt } } }", "query($x: Itm) { hello }"):
        assert "Did you mean" not in str(await ask(client, query))


async def test_errors_of_one_request_are_few(client: httpx.AsyncClient) -> None:
    body = await ask(client, "{" + " ".join(f"unknown{number}" for number in range(400)) + "}")
    assert len(body["errors"]) <= 6
    variables = {f"v{number}": "x" for number in range(100)}
    query = "query(" + " ".join(f"${name}: Int" for name in variables) + "){" + " ".join(f"{name}: count(to: ${name})" for name in list(variables)[:15]) + "}"
    assert len((await ask(client, query, **variables))["errors"]) <= 6


async def test_values_of_a_statement_are_not_written_to_the_log(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await ask(client, "{ boundValue }")
    [entry] = [entry for entry in logs if entry["log_level"] == "error"]
    assert SECRET not in str(entry["exc_info"])
