"""Messages, tasks, alerts, jobs and roles."""

from enum import auto

from hub.vocabulary.named import Named


class ChannelKind(Named):
    """Ways to reach a contact or colleague."""

    EMAIL = auto()
    SMS = auto()
    LETTER = auto()
    PHONE = auto()
    WEBHOOK = auto()


class CommunicationStatus(Named):
    """State of one message to one recipient."""

    PLANNED = auto()
    SENDING = auto()
    SENT = auto()
    DELIVERED = auto()
    BOUNCED = auto()
    FAILED = auto()
    SUPPRESSED = auto()
    UNKNOWN = auto()


class SuppressionReason(Named):
    """Why an address or a message is not sent to."""

    HARD_BOUNCE = auto()
    COMPLAINT = auto()
    OPT_OUT = auto()
    CEASE_CONTACT = auto()
    INVALID_ADDRESS = auto()
    MANUAL = auto()


class TaskStatus(Named):
    """State of a task for a colleague."""

    OPEN = auto()
    IN_PROGRESS = auto()
    DONE = auto()
    CANCELLED = auto()


class AlertKind(Named):
    """Kinds of alert (AL1)."""

    ONBOARDING = auto()
    RENEWAL = auto()
    UPSELLING = auto()
    RISK = auto()


class AlertStatus(Named):
    """State of an alert."""

    OPEN = auto()
    ACKNOWLEDGED = auto()
    CLOSED = auto()


class JobStatus(Named):
    """State of a job run."""

    QUEUED = auto()
    RUNNING = auto()
    DONE = auto()
    DEAD = auto()
    CANCELLED = auto()


class OutboxStatus(Named):
    """State of an intent to act outside the hub. UNKNOWN: sent or not, only the other side knows."""

    PENDING = auto()
    SENDING = auto()
    SENT = auto()
    FAILED = auto()
    UNKNOWN = auto()
    CANCELLED = auto()


class Role(Named):
    """Roles of users and API tokens. INTEGRATOR sees connections and records, never figures of health."""

    ADMIN = auto()
    FINANCE = auto()
    COLLECTOR = auto()
    INTEGRATOR = auto()
    AUDITOR = auto()


class Entity(Named):
    """Business objects that references, change rows and events point at."""

    CUSTOMER = auto()
    CONTACT = auto()
    INVOICE = auto()
    CREDIT_NOTE = auto()
    PAYMENT = auto()
    REFUND = auto()
    PAYMENT_METHOD = auto()
    PAYMENT_ATTEMPT = auto()
    SUBSCRIPTION = auto()
    EXCHANGE_RATE = auto()
