"""Row predicates: which rows of a table a caller may see. A table without a rule shows nothing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.access.roles import Permission, allowed
from hub.model import Contact, Customer, Invoice, Row, table_of
from hub.vocabulary import Entity

RowRule = Callable[[Principal, sa.FromClause], sa.ColumnElement[bool]]
"""From the caller and the table, or an alias of it, to the predicate that every statement over it carries."""


def row_predicate(principal: Principal, rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """The predicate for `rows`, a table or an alias of one, that keeps what the caller may see.

    Always false for a table that has no rule. Child rows (lines, due parts, settlements) are reached through their parent's
    predicate and need no deletion rule of their own.
    """
    table = rows.element if isinstance(rows, sa.Alias) else rows
    rule = ROW_RULES.get(table.name) if isinstance(table, sa.Table) else None
    return sa.false() if rule is None else rule(principal, rows)


def _with(permission: Permission) -> RowRule:
    """All rows for a caller with the permission, none for the others."""

    def rule(principal: Principal, _rows: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.true() if allowed(principal.role, permission) else sa.false()

    return rule


def _records(principal: Principal, rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """Records of business: those that their source deleted only with READ_DELETED."""
    if not allowed(principal.role, Permission.READ_RECORDS):
        return sa.false()
    if allowed(principal.role, Permission.READ_DELETED):
        return sa.true()
    return rows.c.is_deleted.is_(sa.false())


def _pair(first: str, second: str) -> RowRule:
    """What is about two customers: only where the caller may see both."""

    def rule(principal: Principal, rows: sa.FromClause) -> sa.ColumnElement[bool]:
        if not allowed(principal.role, Permission.READ_RECORDS):
            return sa.false()
        return sa.and_(_sees(principal, Customer, rows.c[first]), _sees(principal, Customer, rows.c[second]))

    return rule


def _subject(principal: Principal, rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """What is about a field of a customer, contact or invoice: only where the caller may see that."""
    if not allowed(principal.role, Permission.READ_RECORDS):
        return sa.false()
    kinds = ((Entity.CUSTOMER, Customer), (Entity.CONTACT, Contact), (Entity.INVOICE, Invoice))
    return sa.or_(*(sa.and_(rows.c.entity == entity, _sees(principal, kind, rows.c.entity_id)) for entity, kind in kinds))


def _sees(principal: Principal, kind: type[Row], key: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a caller who may read records may see the one with a key."""
    if allowed(principal.role, Permission.READ_DELETED):
        return sa.true()
    seen = table_of(kind).alias()
    return sa.exists(sa.select(sa.literal(1)).select_from(seen).where(seen.c.id == key, seen.c.is_deleted.is_(sa.false())))


def _own_exports(principal: Principal, rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """Exports: each caller's own, and all of them for who may read the audit log."""
    if allowed(principal.role, Permission.READ_AUDIT):
        return sa.true()
    return rows.c.token_id == principal.token_id if allowed(principal.role, Permission.EXPORT) else sa.false()


_RECORD_TABLES = ("customer", "contact", "invoice", "credit_note", "payment", "refund", "payment_method", "payment_attempt", "subscription", "contract")
_RECORD_CHILDREN = (
    "invoice_line",
    "due_part",
    "settlement",
    "segment",
    "segment_member",
    "external_reference",
    "exchange_rate",
    "rate_window",
    "hold",
    "promise",
    "dispute",
    "payment_arrangement",
    "instalment",
)
_FIGURES_TABLES = ("customer_figures", "customer_currency_figures", "customer_risk", "figures_state")
_CONNECTION_TABLES = ("job_run", "schedule", "connection", "checkpoint", "sync_run", "sync_notice", "connection_notice", "connection_test", "source_field")
_AUDIT_TABLES = ("api_token", "audit_entry")
_IMPORT_TABLES = ("staged_upload", "file_import")
_REJECTION_TABLES = ("rejected_record", "waiting_record", "source_record")

_RULES: dict[str, RowRule] = {
    **dict.fromkeys(_RECORD_TABLES, _records),
    **dict.fromkeys(_RECORD_CHILDREN, _with(Permission.READ_RECORDS)),
    "customer_merge": _pair("customer_id", "into_id"),
    "link_suggestion": _pair("customer_id", "other_customer_id"),
    **dict.fromkeys(("field_conflict", "field_origin", "field_override"), _subject),
    "field_rule": _with(Permission.READ_RECORDS),
    **dict.fromkeys(("rule_set", "rule_set_version"), _with(Permission.READ_FIGURES)),
    **dict.fromkeys(_FIGURES_TABLES, _with(Permission.READ_FIGURES)),
    **dict.fromkeys(_CONNECTION_TABLES, _with(Permission.READ_CONNECTIONS)),
    **dict.fromkeys(_IMPORT_TABLES, _with(Permission.IMPORT_FILES)),
    **dict.fromkeys(_AUDIT_TABLES, _with(Permission.READ_AUDIT)),
    "bulk_operation": _own_exports,
    **dict.fromkeys(_REJECTION_TABLES, _with(Permission.READ_REJECTED_RECORDS)),
}

ROW_RULES: Mapping[str, RowRule] = MappingProxyType(_RULES)
"""The rule of each table, by the table's name."""
