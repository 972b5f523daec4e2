"""How an operation of mutations is executed: one after the other, each in a transaction of its own, and nothing that cannot be answered."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from structlog.testing import capture_logs

from hub.access.principal import Principal
from hub.model import ApiToken, AuditEntry, RequestOutcome
from hub.store.engine import Store, sqlite_path
from hub.vocabulary import Role
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller
from schema.limits.numbers import LIMITS
from tests.schema.hub import Hub, written
from tests.schema.mutation.examples import token

TILL = '{name: "till", role: FINANCE}'


def test_the_fields_of_an_operation_are_done_one_after_the_other_whatever_becomes_of_each(hub: Hub) -> None:
    wrong = f'{{id: "{token(hub)}x"}}'
    answer = hub.ask(f"""mutation {{
        first: apiTokenCreate(input: {TILL}) {{ apiToken {{ name }} }}
        second: apiTokenRevoke(input: {wrong}) {{ apiToken {{ name }} }}
        third: apiTokenCreate(input: {{name: "", role: FINANCE}}) {{ userErrors {{ field }} }}
        fourth: apiTokenCreate(input: {TILL}) {{ again: apiToken {{ name }} }} }}""")
    assert [error["path"] for error in answer.errors] == [["second"]]
    assert answer.data == {
        "first": {"apiToken": {"name": "till"}},
        "second": None,
        "third": {"userErrors": [{"field": ["name"]}]},
        "fourth": {"again": {"name": "till"}},
    }
    assert [row["name"] for row in hub.rows(ApiToken)] == ["till", "till", "till"]


def test_each_mutation_is_one_write_transaction_and_what_it_shows_another_one(hub: Hub) -> None:
    begun: list[object] = []
    event.listen(hub.store.engine, "begin", begun.append)
    hub.data(f"mutation {{ a: apiTokenCreate(input: {TILL}) {{ userErrors {{ code }} }} b: apiTokenCreate(input: {TILL}) {{ apiToken {{ id }} }} }}")
    assert len(begun) == 3


def test_nothing_is_done_that_cannot_be_shown(hub: Hub) -> None:
    with written(hub.store.engine) as changes:
        for selected in ("apiToken { nonsense }", "apiToken { ...f }", ""):
            assert hub.act("apiTokenCreate", {"name": "till", "role": "NOBODY"}, select=selected).data is None
    assert changes == []


def test_a_fault_takes_everything_back_and_is_masked(hub: Hub) -> None:
    """Here the audit log cannot be written, after the token has been made."""
    with hub.store.write() as connection:
        connection.execute(sa.text("ALTER TABLE audit_entry RENAME TO hidden"))
    answer = hub.act("apiTokenCreate", {"name": "till", "role": "FINANCE", "idempotencyKey": "k"}, select="secret")
    assert answer.data == {"done": None}
    assert answer.error == {"code": "INTERNAL_SERVER_ERROR", "requestId": "request"}
    assert "audit_entry" not in str(answer.errors)
    assert hub.rows(ApiToken) == hub.rows(RequestOutcome) == []
    with hub.store.write() as connection:
        connection.execute(sa.text("ALTER TABLE hidden RENAME TO audit_entry"))
    assert hub.done("apiTokenCreate", {"name": "till", "role": "FINANCE", "idempotencyKey": "k"}, select="secret")["secret"]


def test_a_key_with_another_input_is_an_error_of_the_request(hub: Hub) -> None:
    hub.done("apiTokenCreate", {"name": "till", "role": "FINANCE", "idempotencyKey": "k"})
    for name, given in (
        ("apiTokenCreate", {"name": "shop", "role": "FINANCE"}),
        ("apiTokenCreate", {"name": "till", "role": "FINANCE", "reason": "a new one"}),
        ("apiTokenRevoke", {"id": token(hub)}),
    ):
        answer = hub.act(name, given | {"idempotencyKey": "k"})
        assert answer.data == {"done": None}
        assert answer.error == {"code": "IDEMPOTENCY_KEY_REUSED", "argument": ["idempotencyKey"], "requestId": "request"}
    assert len(hub.rows(AuditEntry)) == 1


def test_the_same_input_in_other_words_is_the_same_request(hub: Hub) -> None:
    first = (
        'mutation { done: apiTokenCreate(input: {name: "till", role: FINANCE, idempotencyKey: "k", expiresAt: "2027-01-01T00:00:00Z"}) { apiToken { id } } }'
    )
    hub.data(first)
    given = {"idempotencyKey": "k", "expiresAt": "2027-01-01T01:00:00+01:00", "role": "FINANCE", "name": "till"}
    answer = hub.act("apiTokenCreate", given, select="secret")
    assert [error["code"] for error in answer.data["done"]["userErrors"]] == ["ALREADY_SHOWN"]


def test_a_refusal_is_told_again_for_its_key_whatever_has_changed(hub: Hub) -> None:
    given = {"name": "", "role": "FINANCE", "idempotencyKey": "k"}
    assert hub.refused("apiTokenCreate", given) == hub.refused("apiTokenCreate", given) == [(["name"], "INVALID")]
    assert len(hub.rows(RequestOutcome)) == 1


def test_another_caller_has_keys_of_its_own(hub: Hub) -> None:
    given = {"name": "till", "role": "FINANCE", "idempotencyKey": "k"}
    first, second = (hub.done("apiTokenCreate", given, select="secret apiToken { id }", token_id=number) for number in (1, 2))
    assert first["apiToken"] != second["apiToken"]
    assert first["secret"] != second["secret"]


def test_mutations_count_in_the_cost(hub: Hub) -> None:
    query = f"mutation {{ apiTokenCreate(input: {TILL}) {{ apiToken {{ id }} userErrors {{ code }} }} }}"
    caller = Caller(Principal("ada", Role.ADMIN, 1), "request")
    cost = hub.operations.run(GraphQLRequest(query, extensions={"cost": True}), caller).body["extensions"]["cost"]
    assert cost == {"requestedQueryCost": 11, "requestedNodes": 2, "maximumQueryCost": LIMITS.cost}


def test_while_another_process_keeps_writing_the_caller_is_told_to_try_again(hub: Hub) -> None:
    path = sqlite_path(hub.store.url)
    if path is None:
        pytest.skip("on PostgreSQL writers wait for rows, never for a file")
    asked = {"name": "till", "role": "FINANCE", "idempotencyKey": "k"}
    with impatient(hub.store), closing(sqlite3.connect(path, isolation_level=None)) as other, capture_logs() as logs:
        other.execute("BEGIN IMMEDIATE")
        answer = hub.act("apiTokenCreate", asked, select="secret")
        other.execute("ROLLBACK")
    assert answer.error == {"code": "UNAVAILABLE", "requestId": "request"}
    assert "Try again" in str(answer.errors)
    assert logs == []
    assert hub.done("apiTokenCreate", asked, select="secret")["secret"]


@contextmanager
def impatient(store: Store) -> Generator[None]:
    """A store whose writes wait for nobody."""

    def be_impatient(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    event.listen(store.engine, "connect", be_impatient)
    store.dispose()
    try:
        yield
    finally:
        event.remove(store.engine, "connect", be_impatient)
        store.dispose()
