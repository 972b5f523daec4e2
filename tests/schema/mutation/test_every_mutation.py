"""What holds for every mutation: who may do it, that it is audited, that a key makes it happen once, and how it is declared."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import GraphQLObjectType
from sqlalchemy import event

from hub.model import AuditEntry, RequestOutcome
from hub.vocabulary import Role
from schema.executable import ExecutableSchema
from schema.mutation.catalogue import MUTATIONS
from schema.mutation.declaring import type_name
from tests.databases import ON_POSTGRESQL, ON_SQLITE
from tests.schema.hub import Hub, written
from tests.schema.mutation.examples import EXAMPLES

# Who may do what, stated again: whoever is not named here may not.
ADMINS = frozenset({Role.ADMIN})
OPERATORS = frozenset({Role.ADMIN, Role.FINANCE, Role.INTEGRATOR})
EXPORTERS = frozenset({Role.ADMIN, Role.FINANCE, Role.AUDITOR})
MAY: dict[str, frozenset[Role]] = {
    "apiTokenCreate": ADMINS,
    "apiTokenRevoke": ADMINS,
    "connectionPause": OPERATORS,
    "connectionResume": OPERATORS,
    "connectionNoticeDismiss": OPERATORS,
    "syncStart": OPERATORS,
    "syncCancel": OPERATORS,
    "connectionDeletionsApprove": ADMINS | {Role.FINANCE},
    "entityResync": OPERATORS,
    "connectionCreate": ADMINS,
    "connectionUpdate": ADMINS,
    "connectionDelete": ADMINS,
    "connectionTest": OPERATORS,
    "jobRetry": OPERATORS,
    "jobCancel": OPERATORS,
    "schedulePause": OPERATORS,
    "scheduleResume": OPERATORS,
    "customerMerge": ADMINS | {Role.FINANCE},
    "customerUnmerge": ADMINS | {Role.FINANCE},
    "customerLink": ADMINS | {Role.FINANCE},
    "customerUnlink": ADMINS | {Role.FINANCE},
    "linkSuggestionAccept": ADMINS | {Role.FINANCE},
    "linkSuggestionDismiss": ADMINS | {Role.FINANCE},
    "linkSuggestionDismissBulk": ADMINS | {Role.FINANCE},
    "overrideSet": ADMINS | {Role.FINANCE},
    "overrideClear": ADMINS | {Role.FINANCE},
    "customerParentSet": ADMINS | {Role.FINANCE},
    "customerBillToSet": ADMINS | {Role.FINANCE},
    "conflictDecide": ADMINS | {Role.FINANCE},
    "conflictDecideBulk": ADMINS | {Role.FINANCE},
    "fieldRuleClear": ADMINS | {Role.FINANCE},
    "customerCreate": ADMINS | {Role.FINANCE},
    "customerUpdate": ADMINS | {Role.FINANCE},
    "customerDelete": ADMINS | {Role.FINANCE},
    "contactCreate": ADMINS | {Role.FINANCE, Role.COLLECTOR},
    "contactUpdate": ADMINS | {Role.FINANCE, Role.COLLECTOR},
    "contactDelete": ADMINS | {Role.FINANCE, Role.COLLECTOR},
    "rejectedRecordRetry": OPERATORS,
    "rejectedRecordRetryBulk": OPERATORS,
    "rejectedRecordDismiss": OPERATORS,
    "rejectedRecordDismissBulk": OPERATORS,
    "recordsPush": ADMINS | {Role.INTEGRATOR},
    "stagedUploadCreate": ADMINS | {Role.FINANCE},
    "importPreview": ADMINS | {Role.FINANCE},
    "importApply": ADMINS | {Role.FINANCE},
    "bulkExport": EXPORTERS,
    "bulkOperationCancel": EXPORTERS,
    **dict.fromkeys(("ruleSetCreate", "ruleSetUpdate", "ruleSetDelete", "ruleSetRestore"), ADMINS | {Role.FINANCE}),
}
TABLES_WITH_ROWS_HELD = """
    SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE pid = pg_backend_pid() AND mode IN ('RowShareLock', 'RowExclusiveLock') AND relkind = 'r' AND relname <> 'request_outcome'
"""
"""What was kept with an old key is deleted before anything else."""
ALLOWED = [(name, role) for name in MUTATIONS for role in Role if role in MAY[name]]


def test_every_mutation_has_an_example_and_a_row_in_the_matrix() -> None:
    assert list(EXAMPLES) == list(MUTATIONS) == list(MAY)


@ON_SQLITE
@pytest.mark.parametrize(("name", "role"), ALLOWED, ids=[f"{name}-{role.value}" for name, role in ALLOWED])
def test_a_mutation_is_open_to_the_right_roles(hub: Hub, name: str, role: Role) -> None:
    hub.done(name, {"idempotencyKey": "k"} | EXAMPLES[name](hub), role)


@ON_SQLITE
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_closed_to_all_other_roles(hub: Hub, name: str) -> None:
    given = {"idempotencyKey": "k"} | EXAMPLES[name](hub)
    others = set(Role) - MAY[name]
    with written(hub.store.engine) as changes:
        answers = {role: hub.act(name, given, role) for role in others}
    assert {role: [error["extensions"]["code"] for error in answer.errors] for role, answer in answers.items()} == {role: ["FORBIDDEN"] for role in others}
    assert [answer.data for answer in answers.values()] == [{"done": None}] * len(others)
    assert changes == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_effect_is_in_the_audit_log(hub: Hub, name: str) -> None:
    hub.done(name, {"idempotencyKey": "k", "reason": "the books are closed"} | EXAMPLES[name](hub))
    entries = hub.rows(AuditEntry)
    assert entries
    assert {(entry["actor"], entry["action"], entry["reason"], entry["request_id"], entry["token_id"]) for entry in entries} == {
        ("ada", name, "the books are closed", "request", 1)
    }


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_key_makes_every_mutation_happen_once(hub: Hub, name: str) -> None:
    given = {"idempotencyKey": "k"} | EXAMPLES[name](hub)
    select = " ".join(f"{field} {{ id }}" for field, result in MUTATIONS[name].payload.items() if result.row is not None)
    first = hub.done(name, given, select=select)
    audited = hub.rows(AuditEntry)
    with written(hub.store.engine) as changes:
        again = hub.act(name, given, select=select).data["done"]
    codes = {error["code"] for error in again.pop("userErrors")}
    assert again == first
    assert codes <= {"ALREADY_SHOWN"}
    assert hub.rows(AuditEntry) == audited
    assert len(hub.rows(RequestOutcome)) == 1
    assert not [text for text in changes if not text.startswith("DELETE FROM request_outcome")]


@contextmanager
def held_before_locks(engine: sa.Engine) -> Generator[dict[int, list[str]]]:
    """Of each lock of the store that has one key, and that is waited for in this block: the tables of which the waiting transaction holds rows by then."""
    found: dict[int, list[str]] = {}

    def note(*arguments: Any) -> None:  # noqa: ANN401 - the signature is SQLAlchemy's
        connection, text, parameters = arguments[0], arguments[2], arguments[3]
        if "pg_advisory_xact_lock(" in text and len(parameters) == 1:
            [key] = parameters.values()
            if key not in found:
                found[key] = list(connection.exec_driver_sql(TABLES_WITH_ROWS_HELD).scalars())

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@ON_POSTGRESQL
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_holds_no_row_when_it_comes_to_wait_for_the_books(hub: Hub, name: str) -> None:
    """Pages have the books and wait for rows: whoever held a row and waited for the books would wait for them in a circle."""
    given = {"idempotencyKey": "k"} | EXAMPLES[name](hub)
    with held_before_locks(hub.store.engine) as held:
        hub.done(name, given)
    assert not any(held.values()), held


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_is_shaped_like_the_others(hub_schema: ExecutableSchema, name: str) -> None:
    assert hub_schema.core.mutation_type is not None
    field = hub_schema.core.mutation_type.fields[name]
    assert {key: str(argument.type) for key, argument in field.args.items()} == {"input": f"{type_name(name, 'Input')}!"}
    assert str(field.type) == type_name(name, "Payload")
    payload = hub_schema.core.type_map[type_name(name, "Payload")]
    assert isinstance(payload, GraphQLObjectType)
    results: Mapping[str, Any] = payload.fields  # GraphQL core types a field's type by itself, without an end
    assert {key for key, shown in results.items() if str(shown.type).endswith("!")} == {"userErrors"}
