"""Roles and permissions: the one table that says which role may do what."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from hub.vocabulary import Role


class Permission(StrEnum):
    """Something that a role may or may not do. Whatever is not granted in ROLE_PERMISSIONS is refused."""

    READ_RECORDS = "READ_RECORDS"
    """Customers, contacts, invoices, credit notes, payments and the links of a customer to its systems."""

    READ_FIGURES = "READ_FIGURES"
    """Figures of health: sums over documents for a customer or the portfolio, and ordering or filtering by them."""

    READ_CONNECTIONS = "READ_CONNECTIONS"
    """Connectors, connections, their sync runs and notices."""

    READ_REJECTED_RECORDS = "READ_REJECTED_RECORDS"
    """Rejected and waiting records with their raw payloads."""

    READ_DELETED = "READ_DELETED"
    """Rows that their source has deleted."""

    READ_AUDIT = "READ_AUDIT"
    """Who did what, and API tokens without their secrets."""

    EXPORT = "EXPORT"
    """Taking whole lists out of the hub as files, of what the role may read."""

    OPERATE_CONNECTIONS = "OPERATE_CONNECTIONS"
    """Starting, pausing and cancelling runs, jobs and schedules, fetching objects again, dismissing notices."""

    PUSH_RECORDS = "PUSH_RECORDS"
    """Bringing customers, invoices, payments and other records of a connection that is pushed to."""

    RESOLVE_REJECTED_RECORDS = "RESOLVE_REJECTED_RECORDS"
    """Trying rejected records again, and dismissing them."""

    APPROVE_DELETIONS = "APPROVE_DELETIONS"
    """Saying that the many objects which a source no longer lists are gone."""

    IMPORT_FILES = "IMPORT_FILES"
    """Uploading files, seeing what they would change, and bringing them in."""

    MANAGE_CUSTOMERS = "MANAGE_CUSTOMERS"
    """Saying who is who: merging customers, deciding suggestions and conflicts, setting values over what sources say."""

    MANAGE_CONTACTS = "MANAGE_CONTACTS"
    """Entering contacts of customers, and saying what one knows better of them than a source does."""

    MANAGE_RULES = "MANAGE_RULES"
    """Writing rule sets: keeping rules under names, changing, deleting and restoring them."""

    MANAGE = "MANAGE"
    """Everything that changes how the hub is set up, tokens included."""


_READS = frozenset(
    {
        Permission.READ_RECORDS,
        Permission.READ_FIGURES,
        Permission.READ_CONNECTIONS,
        Permission.READ_REJECTED_RECORDS,
        Permission.READ_DELETED,
    }
)
_LOOKS_AFTER = frozenset({Permission.OPERATE_CONNECTIONS, Permission.RESOLVE_REJECTED_RECORDS})
_DECIDES = frozenset({Permission.APPROVE_DELETIONS, Permission.MANAGE_CUSTOMERS, Permission.MANAGE_CONTACTS})

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(Permission),
        Role.FINANCE: _READS | _LOOKS_AFTER | _DECIDES | {Permission.EXPORT, Permission.IMPORT_FILES, Permission.MANAGE_RULES},
        Role.COLLECTOR: frozenset({Permission.READ_RECORDS, Permission.READ_FIGURES, Permission.MANAGE_CONTACTS}),
        Role.INTEGRATOR: _READS - {Permission.READ_FIGURES} | _LOOKS_AFTER | {Permission.PUSH_RECORDS},
        Role.AUDITOR: _READS | {Permission.READ_AUDIT, Permission.EXPORT},
    }
)
"""What each role may do; docs/roles.md shows the same as a table."""


def allowed(role: Role, permission: Permission) -> bool:
    """Whether a role has a permission; a role without an entry has none."""
    return permission in ROLE_PERMISSIONS.get(role, frozenset())
