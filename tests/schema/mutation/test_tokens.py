"""Mutations of API tokens: a secret that is shown once, and tokens that are worthless from then on."""

from datetime import timedelta

import pytest

from hub.access.tokens import token_hash, verify_token
from hub.model import ApiToken, AuditEntry, RequestOutcome
from hub.vocabulary import Role
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub
from tests.schema.mutation.examples import token

TILL = {"name": "till", "role": "FINANCE"}


def test_a_token_opens_the_hub_with_the_secret_that_is_shown(hub: Hub) -> None:
    made = hub.done("apiTokenCreate", TILL, select="secret apiToken { name role createdAt expiresAt revokedAt lastUsedAt }")
    assert made["apiToken"] == {
        "name": "till",
        "role": "FINANCE",
        "createdAt": "2026-03-31T12:00:00Z",
        "expiresAt": None,
        "revokedAt": None,
        "lastUsedAt": None,
    }
    with hub.store.read() as connection:
        found = verify_token(connection, made["secret"], now=NOW)
    assert found is not None
    assert (found.principal.name, found.principal.role) == ("till", Role.FINANCE)


def test_the_secret_stands_nowhere_and_a_repetition_says_so(hub: Hub) -> None:
    given = TILL | {"idempotencyKey": "k"}
    first = hub.done("apiTokenCreate", given, select="secret apiToken { id }")
    again = hub.act("apiTokenCreate", given, select="secret apiToken { id }").data["done"]
    assert again["secret"] is None
    assert again["apiToken"] == first["apiToken"]
    assert [(error["field"], error["code"]) for error in again["userErrors"]] == [(["idempotencyKey"], "ALREADY_SHOWN")]
    kept = f"{hub.rows(RequestOutcome)} {hub.rows(AuditEntry)} {[row['name'] for row in hub.rows(ApiToken)]}"
    assert first["secret"] not in kept
    assert [row["token_hash"] for row in hub.rows(ApiToken)] == [token_hash(first["secret"])]


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        (TILL | {"name": " "}, [(["name"], "INVALID")]),
        (TILL | {"name": "x" * 201}, [(["name"], "INVALID")]),
        (TILL | {"expiresAt": NOW.isoformat()}, [(["expiresAt"], "INVALID")]),
        (TILL | {"reason": "x" * 501, "idempotencyKey": " "}, [(["idempotencyKey"], "INVALID"), (["reason"], "INVALID")]),
    ],
    ids=["no name", "long name", "expired at once", "what every input has"],
)
def test_what_is_wrong_is_told_by_field_and_nothing_is_made(hub: Hub, given: dict[str, str], refused: list[object]) -> None:
    assert hub.refused("apiTokenCreate", given) == refused
    assert hub.rows(ApiToken) == hub.rows(AuditEntry) == []


def test_a_revoked_token_is_worthless_and_keeps_its_first_instant(hub: Hub) -> None:
    given = {"id": token(hub, revoked_at=NOW - timedelta(days=1))}
    assert hub.done("apiTokenRevoke", given, select="apiToken { revokedAt }") == {"apiToken": {"revokedAt": "2026-03-30T12:00:00Z"}}
    assert hub.rows(AuditEntry) == []
    assert hub.done("apiTokenRevoke", {"id": token(hub)}, select="apiToken { revokedAt }") == {"apiToken": {"revokedAt": "2026-03-31T12:00:00Z"}}
    assert [(entry["entity"], entry["changes"]) for entry in hub.rows(AuditEntry)] == [("ApiToken", {"revokedAt": [None, "2026-03-31T12:00:00Z"]})]


@pytest.mark.parametrize("unknown", [encode_id("ApiToken", 99), encode_id("Customer", 1)], ids=["unknown", "of another type"])
def test_a_token_that_is_not_there_is_not_found(hub: Hub, unknown: str) -> None:
    assert hub.refused("apiTokenRevoke", {"id": unknown}) == [(["id"], "NOT_FOUND")]


def test_a_text_that_is_no_id_is_a_wrong_request(hub: Hub) -> None:
    answer = hub.act("apiTokenRevoke", {"id": "nonsense"})
    assert answer.error == {"code": "BAD_USER_INPUT", "argument": ["done", "input", "id"], "requestId": "request"}


def test_tokens_and_what_was_done_to_them_are_listed_for_admins_and_auditors(hub: Hub) -> None:
    made = hub.done("apiTokenCreate", TILL | {"reason": "a new shop"}, select="apiToken { id }")["apiToken"]["id"]
    query = """query($subject: ID!) { apiTokens { nodes { id name } } apiToken(id: $subject) { name }
        auditLog(where: {subject: $subject}) { nodes { actor action subjectType subjectId reason requestId doneAt input { name value }
            changes { field before after } } } }"""
    expected = {
        "actor": "ada",
        "action": "apiTokenCreate",
        "subjectType": "ApiToken",
        "subjectId": made,
        "reason": "a new shop",
        "requestId": "request",
        "doneAt": "2026-03-31T12:00:00Z",
        "input": [{"name": "name", "value": "till"}, {"name": "role", "value": "FINANCE"}],
        "changes": [
            {"field": "expiresAt", "before": None, "after": None},
            {"field": "name", "before": None, "after": "till"},
            {"field": "role", "before": None, "after": "FINANCE"},
        ],
    }
    for role in (Role.ADMIN, Role.AUDITOR):
        found = hub.data(query, role, subject=made)
        assert found["apiTokens"]["nodes"] == [{"id": made, "name": "till"}]
        assert found["apiToken"] == {"name": "till"}
        assert found["auditLog"]["nodes"] == [expected]
    assert hub.data(query, subject=encode_id("ApiToken", 99))["auditLog"]["nodes"] == []
    for role in (Role.FINANCE, Role.COLLECTOR, Role.INTEGRATOR):
        assert {error["extensions"]["code"] for error in hub.ask(query, role, subject=made).errors} == {"FORBIDDEN"}
        assert hub.data("query($id: ID!) { node(id: $id) { id } }", role, id=made) == {"node": None}
