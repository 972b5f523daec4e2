"""Roles, policies and row predicates: the whole matrix, and everything else denied."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

import pytest
import sqlalchemy as sa

from hub.access import policy
from hub.access.policy import POLICIES, Policy, policy_for
from hub.access.principal import Principal
from hub.access.roles import ROLE_PERMISSIONS, Permission, allowed
from hub.access.rows import ROW_RULES, row_predicate
from hub.model import Customer, Row, table_of
from hub.store.engine import Store
from hub.vocabulary import Role

MATRIX: Mapping[Role, str] = {
    #                    reads: records, figures, connections, rejected, deleted, audit; then: export;
    #                    then: operate, push, resolve, approve, import, customers, contacts, rules, manage
    Role.ADMIN: "yyyyyy y yyyyyyyyy",
    Role.FINANCE: "yyyyy- y y-yyyyyy-",
    Role.COLLECTOR: "yy---- - ------y--",
    Role.INTEGRATOR: "y-yyy- - yyy------",
    Role.AUDITOR: "yyyyyy y ---------",
}
PERMISSIONS = [
    Permission.READ_RECORDS,
    Permission.READ_FIGURES,
    Permission.READ_CONNECTIONS,
    Permission.READ_REJECTED_RECORDS,
    Permission.READ_DELETED,
    Permission.READ_AUDIT,
    Permission.EXPORT,
    Permission.OPERATE_CONNECTIONS,
    Permission.PUSH_RECORDS,
    Permission.RESOLVE_REJECTED_RECORDS,
    Permission.APPROVE_DELETIONS,
    Permission.IMPORT_FILES,
    Permission.MANAGE_CUSTOMERS,
    Permission.MANAGE_CONTACTS,
    Permission.MANAGE_RULES,
    Permission.MANAGE,
]
RECORD_TABLES = ("customer", "contact", "invoice", "credit_note", "payment", "refund", "payment_method", "payment_attempt", "subscription", "contract")


def someone(role: Role) -> Principal:
    return Principal("someone", role, 1)


def named_policies() -> dict[str, Policy]:
    return {name: value for name, value in vars(policy).items() if isinstance(value, Policy)}


def test_the_matrix_names_every_role_and_every_permission() -> None:
    assert set(MATRIX) == set(Role) == set(ROLE_PERMISSIONS)
    assert set(PERMISSIONS) == set(Permission)


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_matrix_says(role: Role) -> None:
    assert "".join("y" if allowed(role, permission) else "-" for permission in PERMISSIONS) == MATRIX[role].replace(" ", "")


def test_a_role_without_an_entry_may_do_and_see_nothing() -> None:
    stranger = cast(Role, "STRANGER")  # as an old row could name a role that is no longer there
    assert not any(allowed(stranger, permission) for permission in Permission)
    assert not any(found.allows(someone(stranger)) for found in POLICIES)
    assert all(isinstance(row_predicate(someone(stranger), Row.metadata.tables[table]), sa.False_) for table in ROW_RULES)


@pytest.mark.parametrize("permission", Permission)
def test_a_policy_lets_in_exactly_the_roles_with_its_permission(permission: Permission) -> None:
    found = policy_for(permission)
    assert [role for role in Role if found.allows(someone(role))] == [role for role in Role if allowed(role, permission)]


@pytest.mark.parametrize("found", POLICIES, ids=lambda found: found.name)
def test_no_policy_lets_in_a_caller_without_a_token(found: Policy) -> None:
    assert not found.allows(None)


def test_every_policy_of_the_module_is_listed() -> None:
    assert set(named_policies().values()) == set(POLICIES)


@pytest.mark.parametrize("table", RECORD_TABLES)
@pytest.mark.parametrize("role", Role)
def test_deleted_rows_are_hidden_from_roles_that_may_not_see_them(role: Role, table: str) -> None:
    predicate = str(row_predicate(someone(role), Row.metadata.tables[table]))
    assert ("is_deleted" in predicate) is not allowed(role, Permission.READ_DELETED)


@pytest.mark.parametrize(
    ("table", "permission"),
    [
        ("customer_figures", Permission.READ_FIGURES),
        ("customer_currency_figures", Permission.READ_FIGURES),
        ("customer_risk", Permission.READ_FIGURES),
        ("sync_run", Permission.READ_CONNECTIONS),
        ("connection", Permission.READ_CONNECTIONS),
        ("job_run", Permission.READ_CONNECTIONS),
        ("schedule", Permission.READ_CONNECTIONS),
        ("staged_upload", Permission.IMPORT_FILES),
        ("file_import", Permission.IMPORT_FILES),
        ("rejected_record", Permission.READ_REJECTED_RECORDS),
        ("source_record", Permission.READ_REJECTED_RECORDS),
        ("settlement", Permission.READ_RECORDS),
        ("api_token", Permission.READ_AUDIT),
        ("audit_entry", Permission.READ_AUDIT),
    ],
)
@pytest.mark.parametrize("role", Role)
def test_a_table_shows_all_rows_or_none_by_its_permission(role: Role, table: str, permission: Permission) -> None:
    predicate = row_predicate(someone(role), Row.metadata.tables[table])
    assert isinstance(predicate, sa.True_ if allowed(role, permission) else sa.False_)


@pytest.mark.parametrize("table", ["request_outcome", "user_account", "outbox"])
def test_a_table_without_a_rule_shows_nothing_even_to_an_admin(table: str) -> None:
    assert isinstance(row_predicate(someone(Role.ADMIN), Row.metadata.tables[table]), sa.False_)


def test_a_select_that_is_no_table_shows_nothing() -> None:
    derived = sa.select(table_of(Customer)).subquery()
    assert isinstance(row_predicate(someone(Role.ADMIN), derived), sa.False_)


def test_every_rule_is_for_a_table_that_exists() -> None:
    assert set(ROW_RULES) <= set(Row.metadata.tables)


def test_a_predicate_on_an_alias_keeps_the_right_rows(store: Store) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    table = table_of(Customer)
    with store.write() as connection:
        for number, is_deleted in enumerate([False, True], start=1):
            values = {"name": f"c{number}", "search_name": f"c{number}", "entity_type": "CUSTOMER", "is_deleted": is_deleted, "first_seen_at": now}
            connection.execute(sa.insert(table).values(values | {"updated_at": now, "is_billed": True, "source_handling": "ACTIVE"}))
    seen: dict[Role, list[str]] = {}
    alias = table.alias("owing")
    with store.read() as connection:
        for role in (Role.COLLECTOR, Role.AUDITOR):
            statement = sa.select(alias.c.name).where(row_predicate(someone(role), alias)).order_by(alias.c.name)
            seen[role] = list(connection.execute(statement).scalars())
    assert seen == {Role.COLLECTOR: ["c1"], Role.AUDITOR: ["c1", "c2"]}
