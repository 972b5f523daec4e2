"""Outside systems, their streams, and what becomes of reading them."""

from enum import auto

from hub.vocabulary.named import Named


class ConnectionKind(Named):
    """What sort of outside system a connection leads to; decides precedence between systems."""

    ACCOUNTING = auto()
    BILLING = auto()
    CRM = auto()
    GATEWAY = auto()
    FILES = auto()
    API = auto()


class ConnectionStatus(Named):
    """Whether a connection may run."""

    ACTIVE = auto()
    PAUSED = auto()
    NEEDS_AUTHORISATION = auto()
    REMOVED = auto()


class Stream(Named):
    """One kind of object that connectors deliver."""

    EXCHANGE_RATES = auto()
    CUSTOMERS = auto()
    CONTACTS = auto()
    INVOICES = auto()
    CREDIT_NOTES = auto()
    PAYMENTS = auto()
    REFUNDS = auto()
    PAYMENT_METHODS = auto()
    PAYMENT_ATTEMPTS = auto()
    SUBSCRIPTIONS = auto()


class SyncRunStatus(Named):
    """Outcome of a sync run. HELD: nothing was lost, but a person must decide before the rest is applied."""

    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    HELD = auto()
    CANCELLED = auto()


class RejectionStatus(Named):
    """What became of a rejected record."""

    OPEN = auto()
    RESOLVED = auto()
    DISMISSED = auto()


class SourceHandling(Named):
    """File-level status (ST8): HOLD stops communications and plans; CLOSED stops all activity."""

    ACTIVE = auto()
    HOLD = auto()
    CLOSED = auto()
