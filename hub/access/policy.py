"""Policies: the roles that may see or do one member of the API. Every field, mutation and route names one of these."""

from dataclasses import dataclass

from hub.access.principal import Principal
from hub.access.roles import Permission, allowed
from hub.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Policy:
    """The roles that are let in. Without a principal nobody is."""

    name: str
    roles: frozenset[Role]

    def allows(self, principal: Principal | None) -> bool:
        """Whether the caller is let in; None, a caller who showed no valid token, never is."""
        return principal is not None and principal.role in self.roles


def policy_for(permission: Permission) -> Policy:
    """The policy that lets in exactly the roles that have a permission."""
    return Policy(permission.value, frozenset(role for role in Role if allowed(role, permission)))


EVERYONE_SIGNED_IN = Policy("EVERYONE_SIGNED_IN", frozenset(Role))
"""Any caller with a valid token: who one is, and what is no secret of the organisation."""

RECORD_READERS = policy_for(Permission.READ_RECORDS)
"""Customers, contacts, invoices, credit notes, payments, and the links of a customer."""

FIGURES_READERS = policy_for(Permission.READ_FIGURES)
"""Figures of health, and every order or filter that uses one."""

CONNECTION_READERS = policy_for(Permission.READ_CONNECTIONS)
"""Connectors, connections and sync runs."""

REJECTION_READERS = policy_for(Permission.READ_REJECTED_RECORDS)
"""Rejected records and raw payloads."""

DELETED_READERS = policy_for(Permission.READ_DELETED)
"""Rows that their source has deleted."""

AUDIT_READERS = policy_for(Permission.READ_AUDIT)
"""The audit log, and the list of API tokens."""

EXPORTERS = policy_for(Permission.EXPORT)
"""Exports: asking for one, following it, taking it away."""

OPERATORS = policy_for(Permission.OPERATE_CONNECTIONS)
"""Runs, jobs, schedules and notices: starting, pausing, cancelling, dismissing."""

PUSHERS = policy_for(Permission.PUSH_RECORDS)
"""Bringing records by the API."""

REJECTION_RESOLVERS = policy_for(Permission.RESOLVE_REJECTED_RECORDS)
"""Trying rejected records again, and dismissing them."""

DELETION_APPROVERS = policy_for(Permission.APPROVE_DELETIONS)
"""Letting deletions go through that were held."""

IMPORTERS = policy_for(Permission.IMPORT_FILES)
"""Uploading files, previews of them, and bringing them in."""

CUSTOMER_MANAGERS = policy_for(Permission.MANAGE_CUSTOMERS)
"""Saying who is who, and setting values over what sources say."""

CONTACT_MANAGERS = policy_for(Permission.MANAGE_CONTACTS)
"""Entering contacts and changing what is said of them."""

RULE_WRITERS = policy_for(Permission.MANAGE_RULES)
"""Writing rule sets."""

ADMINS = policy_for(Permission.MANAGE)
"""Setting up the hub."""

POLICIES: tuple[Policy, ...] = (
    EVERYONE_SIGNED_IN,
    RECORD_READERS,
    FIGURES_READERS,
    CONNECTION_READERS,
    REJECTION_READERS,
    DELETED_READERS,
    AUDIT_READERS,
    EXPORTERS,
    OPERATORS,
    PUSHERS,
    REJECTION_RESOLVERS,
    DELETION_APPROVERS,
    IMPORTERS,
    CUSTOMER_MANAGERS,
    CONTACT_MANAGERS,
    RULE_WRITERS,
    ADMINS,
)
"""Every policy; an API member that names none of them stops the build of the API."""
