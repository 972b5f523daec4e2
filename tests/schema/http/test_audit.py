"""Every behaviour that the audit of GraphQL over HTTP (graphql-http 1.23.1) asks for, under the audit's own ids."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

NEW = "application/graphql-response+json"
OLD = "application/json"
HELLO = "{ __typename }"
TYPE = "query Type($name: String!) { __type(name: $name) { name } }"
UNKNOWN_FIELD = "{ 8f31403dfe404bccbb0e835f2629c6a7 }"
WRONG_VARIABLE = {"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": None}}
NOT_AN_OBJECT = ("text", 0, False, ["array"])
NOT_A_TEXT = ({"obj": "ect"}, 0, False, ["array"])


@dataclass(frozen=True)
class Case:
    """One request and what its answer must be."""

    id: str
    body: Any = None
    raw: bytes | None = None
    accept: str | None = None
    content_type: str | None = OLD
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    method: str = "POST"
    status: int = 200
    answer_type: str | None = None
    errors: bool | None = None
    data: bool | None = None


def hello(**named: object) -> dict[str, Any]:
    return {"query": HELLO} | named


def get(case_id: str, accept: str | None = None, **named: Any) -> Case:  # noqa: ANN401 - the fields of Case
    return Case(case_id, method="GET", content_type=None, accept=accept, **named)


CASES = [
    Case("22EB", hello(), accept=NEW, answer_type=NEW),
    Case("4655", hello(), accept=OLD, answer_type=OLD),
    Case("47DE", hello(), accept="*/*", answer_type=OLD),
    Case("80D8", hello(), answer_type=OLD),
    Case("82A3", hello()),
    Case("BF61", {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}, content_type="application/json; charset=utf-8"),
    Case("78D5", hello()),
    Case("2C94", hello()),
    get("5A70", parameters={"query": HELLO}),
    get("9C48", NEW, parameters={"query": "mutation { __typename }"}, status=405),
    Case("9ABE", raw=json.dumps(hello()).encode(), content_type="text/plain;charset=UTF-8", status=415),
    Case("03D4", hello()),
    Case("A5BF", raw=b"", status=400),
    Case("423L", {"notquery": HELLO}, accept=NEW, status=400),
    *(Case(f"LKJ{index}", {"query": wrong}, status=400) for index, wrong in enumerate(NOT_A_TEXT)),
    Case("34A2", hello(), accept=NEW),
    Case("13EE", hello(), accept=OLD, errors=False),
    *(Case(f"6C0{index}", hello(operationName=wrong), status=400) for index, wrong in enumerate(NOT_A_TEXT)),
    Case("8161", {"operationName": "Query", "query": "query Query { __typename }"}, accept=NEW),
    Case("B8B3", {"operationName": "Query", "query": "query Query { __typename }"}, accept=OLD, errors=False),
    *(Case(f"94B{index}", hello(**{name: None}), accept=NEW, errors=False) for index, name in enumerate(("variables", "operationName", "extensions"))),
    *(Case(f"022{index}", hello(**{name: None}), accept=OLD, errors=False) for index, name in enumerate(("variables", "operationName", "extensions"))),
    *(Case(f"476{index}", hello(variables=wrong), status=400) for index, wrong in enumerate(NOT_AN_OBJECT)),
    Case("2EA1", {"query": TYPE, "variables": {"name": "sometype"}}, accept=NEW),
    Case("28B9", {"query": TYPE, "variables": {"name": "sometype"}}, accept=OLD, errors=False),
    get("D6D5", NEW, parameters={"query": TYPE, "variables": '{"name":"sometype"}'}, errors=False),
    get("6A70", OLD, parameters={"query": TYPE, "variables": '{"name":"sometype"}'}, errors=False),
    *(Case(f"58B{index}", hello(extensions=wrong), status=400) for index, wrong in enumerate(NOT_AN_OBJECT)),
    Case("428F", hello(extensions={"some": "value"}), accept=NEW),
    Case("1B7A", hello(extensions={"some": "value"}), accept=OLD, errors=False),
    Case("B6DC", raw=b'{ "not a JSON', accept=OLD, status=400),
    Case("BCF8", raw=b'{ "not a JSON', accept=OLD, status=400),
    Case("B7N8", raw=b'{ "not a JSON', accept=NEW, status=400),
    Case("8764", {"qeury": HELLO}, status=400),
    Case("3E3A", {"qeury": HELLO}, status=400),
    Case("572B", {"query": "{"}, accept=OLD, status=200, errors=True),
    Case("FDE2", {"query": UNKNOWN_FIELD}, accept=OLD, status=200, errors=True),
    Case("7B9B", WRONG_VARIABLE, accept=OLD, status=200, errors=True),
    Case("865D", {"query": "{"}, accept=NEW, status=400),
    Case("556A", {"query": "{"}, accept=NEW, status=400),
    Case("D586", {"query": "{"}, accept=NEW, status=400, data=False),
    Case("51FE", {"query": UNKNOWN_FIELD}, accept=NEW, status=400),
    Case("74FF", {"query": UNKNOWN_FIELD}, accept=NEW, status=400),
    Case("5E5B", {"query": UNKNOWN_FIELD}, accept=NEW, status=400, data=False),
    Case("86EE", WRONG_VARIABLE, accept=NEW, status=400, data=False),
]


def test_the_audit_is_complete() -> None:
    assert len({case.id for case in CASES}) == 61


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_audit(client: httpx.AsyncClient, case: Case) -> None:
    headers = {name: value for name, value in {"accept": case.accept, "content-type": case.content_type}.items() if value}
    client.headers.pop("accept")
    content = case.raw if case.raw is not None else json.dumps(case.body).encode() if case.method == "POST" else None
    answer = await client.request(case.method, "/graphql", headers=headers, content=content, params=case.parameters or None)
    assert answer.status_code == case.status
    assert answer.headers["content-type"].endswith("; charset=utf-8")
    if case.answer_type:
        assert answer.headers["content-type"].startswith(case.answer_type + ";")
    body = json.loads(answer.content.decode("utf-8"))
    if case.errors is not None:
        assert ("errors" in body) is case.errors
    if case.data is not None:
        assert ("data" in body) is case.data
