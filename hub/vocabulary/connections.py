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


class ConnectionRecords(Named):
    """What becomes of the records of a connection that is deleted. DELETE: each counts as deleted at its source; none is erased."""

    KEEP = auto()
    DELETE = auto()


class ConnectionTestStatus(Named):
    """What became of the try of a connection. PASSED: its source answers and lets us in."""

    WAITING = auto()
    PASSED = auto()
    FAILED = auto()


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


class CursorKind(Named):
    """How a connector asks a stream for what changed. FULL: it cannot, and reads everything each time."""

    UPDATED_SINCE = auto()
    EVENTS = auto()
    FULL = auto()


class DeletionStrategy(Named):
    """How one learns that an object is gone at its source (ST15).

    FLAG: the object itself says so. FEED: the source lists what was deleted. STATUS: nothing is deleted, documents are voided.
    FULL_LIST: it is silently absent, so the ids of everything are listed from time to time. NONE: nothing ever goes, or nobody can tell.
    """

    FLAG = auto()
    FEED = auto()
    STATUS = auto()
    FULL_LIST = auto()
    NONE = auto()


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


class WebhookEventStatus(Named):
    """What became of an event that a source told us. UNKNOWN: the object is not to be had yet; asked for again until it is given up."""

    PENDING = auto()
    APPLIED = auto()
    IGNORED = auto()
    UNKNOWN = auto()
    GIVEN_UP = auto()


class NoticeKind(Named):
    """What a person should know of a connection (ST18)."""

    SYNC_FAILED = auto()
    NEEDS_AUTHORISATION = auto()
    PAUSED = auto()
    NO_RECENT_RUN = auto()
    TOO_MANY_REJECTED = auto()
    CONTRACT_BROKEN = auto()
    SCHEMA_DRIFT = auto()
    DELETIONS_HELD = auto()
    WEBHOOKS_GIVEN_UP = auto()


class ConnectionState(Named):
    """How a connection fares, in one word. ATTENTION: it runs, and something about it waits for a person."""

    HEALTHY = auto()
    SYNCING = auto()
    WAITING = auto()
    ATTENTION = auto()
    FAILING = auto()
    STOPPED = auto()
    NEVER_RUN = auto()


class FieldState(Named):
    """What is known of one field of a source's payloads (schema drift). ACCEPTED: a person has seen the change and agreed."""

    KNOWN = auto()
    NEW = auto()
    MISSING = auto()
    RETYPED = auto()
    ACCEPTED = auto()


class SourceHandling(Named):
    """File-level status (ST8): HOLD stops communications and plans; CLOSED stops all activity."""

    ACTIVE = auto()
    HOLD = auto()
    CLOSED = auto()
