"""An operation runs in one read transaction, off the event loop and under a time limit, on both databases."""

import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from hub.access.principal import Principal
from hub.store.engine import Store
from hub.vocabulary import Role
from schema.context import context_factory
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Operations
from schema.limits.numbers import Limits
from tests.schema.http.conftest import make_services
from tests.schema.tiny import build_tiny_schema

CALLER = Caller(Principal("ada", Role.AUDITOR, 1), "request-1")


@pytest.fixture
def store(empty_database_url: str) -> Generator[Store]:
    found = Store(empty_database_url)
    yield found
    found.dispose()


def make_operations(store: Store, tmp_path: Path, limits: Limits | None = None) -> Operations:
    chosen = limits or Limits()
    make_context = context_factory(make_services(store, tmp_path), seconds=chosen.operation_seconds)
    return Operations(build_tiny_schema(), store, make_context, limits=chosen)


def run(operations: Operations, query: str, **named: Any) -> dict[str, Any]:  # noqa: ANN401 - the fields of a request
    return operations.run(GraphQLRequest(query, **named), CALLER).body


def test_resolvers_see_who_asks_and_the_business_date(store: Store, tmp_path: Path) -> None:
    assert run(make_operations(store, tmp_path), "{ viewer requestId }") == {"data": {"viewer": "ada 2026-03-01", "requestId": "request-1"}}


def test_an_operation_is_one_transaction(store: Store, tmp_path: Path) -> None:
    begun: list[object] = []
    event.listen(store.engine, "begin", begun.append)
    body = run(make_operations(store, tmp_path), "{ a: snapshot b: snapshot }")
    assert body["data"]["a"] == body["data"]["b"]
    assert len(begun) == 1


def test_a_request_that_is_refused_opens_no_transaction(store: Store, tmp_path: Path) -> None:
    begun: list[object] = []
    event.listen(store.engine, "begin", begun.append)
    operations = make_operations(store, tmp_path)
    for query in ("{", "{ nonsense }", "{ items(first: 251) { totalCount } }"):
        assert "data" not in run(operations, query)
    assert begun == []


def test_a_statement_that_takes_too_long_is_stopped(store: Store, tmp_path: Path) -> None:
    body = run(make_operations(store, tmp_path, Limits(operation_seconds=0.2)), "{ hello endless }")
    assert body["data"] == {"hello": "hello world", "endless": None}
    [error] = body["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_COMPLEX"
    assert "WITH RECURSIVE" not in str(body)


def test_after_the_time_limit_no_further_statement_runs(store: Store, tmp_path: Path) -> None:
    body = run(make_operations(store, tmp_path, Limits(operation_seconds=0.2)), "{ a: endless b: endless }")
    assert [error["extensions"]["code"] for error in body["errors"]] == ["OPERATION_TOO_COMPLEX"] * 2


def test_a_connection_is_as_good_as_new_after_the_time_limit(store: Store, tmp_path: Path) -> None:
    run(make_operations(store, tmp_path, Limits(operation_seconds=0.2)), "{ endless }")
    with store.read() as connection:
        assert (
            connection.execute(sa.text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n")).scalar_one()
            == 1_000_000
        )


def test_operations_in_several_threads_do_not_meet(store: Store, tmp_path: Path) -> None:
    operations = make_operations(store, tmp_path)
    wrong: list[object] = []

    def work(number: int) -> None:
        for _ in range(10):
            body = run(operations, f'{{ hello(name: "{number}") }}')
            if body != {"data": {"hello": f"hello {number}"}}:
                wrong.append(body)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_named_operation_is_executed(store: Store, tmp_path: Path) -> None:
    operations = make_operations(store, tmp_path)
    query = "query A { hello } query B { count }"
    assert run(operations, query, operation_name="A") == {"data": {"hello": "hello world"}}
    assert run(operations, query, operation_name="B") == {"data": {"count": 3}}


@pytest.mark.parametrize("name", ["C", "", None])
def test_an_operation_that_is_not_there_is_refused(store: Store, tmp_path: Path, name: str | None) -> None:
    body = run(make_operations(store, tmp_path), "query A { hello } query B { count }", operation_name=name)
    assert body.keys() == {"errors"}


def test_the_cost_is_told_when_it_is_asked_for(store: Store, tmp_path: Path) -> None:
    operations = make_operations(store, tmp_path)
    query = "{ items(first: 10) { totalCount nodes { id } } }"
    assert "extensions" not in run(operations, query)
    cost = run(operations, query, extensions={"cost": True})["extensions"]["cost"]
    assert cost == {"requestedQueryCost": 15, "requestedNodes": 10, "maximumQueryCost": 10_000}
