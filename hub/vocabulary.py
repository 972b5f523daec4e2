"""The closed vocabularies: enum member names are what the database and the API carry, so renaming one is a migration."""

from enum import StrEnum, auto


class _Named(StrEnum):
    """Members whose value is their own name, so that stored, printed and API forms are one."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:  # noqa: ARG004 - the signature is enum's
        return name


class ConnectionKind(_Named):
    """What sort of outside system a connection leads to; decides precedence between systems."""

    ACCOUNTING = auto()
    BILLING = auto()
    CRM = auto()
    GATEWAY = auto()
    FILES = auto()
    API = auto()


class ConnectionStatus(_Named):
    """Whether a connection may run."""

    ACTIVE = auto()
    PAUSED = auto()
    NEEDS_AUTHORISATION = auto()
    REMOVED = auto()


class Stream(_Named):
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


class Lifecycle(_Named):
    """Stored lifecycle of a document (B0). Open, partially paid and paid are derived from amounts."""

    DRAFT = auto()
    FUTURE = auto()
    ISSUED = auto()
    VOID = auto()
    WRITTEN_OFF = auto()


class InvoiceStatus(_Named):
    """Derived status of an invoice on a date (B0)."""

    DRAFT = auto()
    FUTURE = auto()
    OPEN = auto()
    PARTIALLY_PAID = auto()
    PAID = auto()
    WRITTEN_OFF = auto()
    VOID = auto()


class DocumentType(_Named):
    """Kinds of debit document (B0): OTHER holds finance charges, journals and the like."""

    INVOICE = auto()
    DEBIT_NOTE = auto()
    OTHER = auto()


class TransactionType(_Named):
    """Whether a document raises (DEBIT) or lowers (CREDIT) what the customer owes."""

    DEBIT = auto()
    CREDIT = auto()


class PaymentState(_Named):
    """States of a payment or payment attempt (PY23). Accounting payments enter SETTLED."""

    INTENDED = auto()
    SUBMITTED = auto()
    UNKNOWN = auto()
    DECLINED = auto()
    ACCEPTED = auto()
    SETTLED = auto()
    RETURNED = auto()
    CHARGED_BACK = auto()
    VOIDED = auto()


class Reconciliation(_Named):
    """Whether a payment has been found in the accounting system (PY23)."""

    PENDING = auto()
    RECONCILED = auto()


class SettlementKind(_Named):
    """What lowers an invoice's amount due. A return or reversal is a negative settlement of the same kind."""

    PAYMENT = auto()
    CREDIT_NOTE = auto()
    ADJUSTMENT = auto()
    WRITE_OFF = auto()


class DateBasis(_Named):
    """Whether a date was stated by the source or inferred by the hub (B41)."""

    STATED = auto()
    INFERRED = auto()


class PaymentOrigin(_Named):
    """Where a payment was made (ST11): in the source system, through this hub, or entered by hand."""

    SOURCE = auto()
    HUB = auto()
    MANUAL = auto()


class PaymentMethodKind(_Named):
    """Means of payment (RP4, B19)."""

    CASH = auto()
    CARD = auto()
    CHEQUE = auto()
    BANK_DEBIT = auto()
    BANK_TRANSFER = auto()
    WALLET = auto()
    OTHER = auto()


class PaymentSourceStatus(_Named):
    """Whether a stored payment method can be used (RP16)."""

    VALID = auto()
    INVALID = auto()
    EXPIRING = auto()
    EXPIRED = auto()


class AttemptKind(_Named):
    """What a payment attempt was (B19)."""

    CHARGE = auto()
    RETRY = auto()
    CHARGEBACK = auto()


class DunningStatus(_Named):
    """Where the collection of a failed payment stands (RP7)."""

    IN_PROGRESS = auto()
    EXHAUSTED = auto()
    STOPPED = auto()
    SUCCESS = auto()


class SubscriptionStatus(_Named):
    """Status of a subscription (RP19)."""

    FUTURE = auto()
    IN_TRIAL = auto()
    ACTIVE = auto()
    CANCELLED = auto()
    PAUSED = auto()
    NON_RENEWING = auto()


class EntityType(_Named):
    """Whether a customer is a company or a project of one (ID4)."""

    CUSTOMER = auto()
    PROJECT = auto()


class BillToPreference(_Named):
    """Who is billed for a customer in a hierarchy (ID4, B43)."""

    BUYER = auto()
    IMMEDIATE_PARENT = auto()
    TOP_PARENT = auto()


class SourceHandling(_Named):
    """File-level status (ST8): HOLD stops communications and plans; CLOSED stops all activity."""

    ACTIVE = auto()
    HOLD = auto()
    CLOSED = auto()


class ContactRole(_Named):
    """What a contact receives (CO8). A contact without a role receives nothing."""

    INVOICE_PRESENTMENT = auto()
    COMMUNICATION = auto()


class HoldScope(_Named):
    """What a hold stops (B8)."""

    COMMUNICATIONS = auto()
    COLLECTION = auto()
    PORTAL = auto()


class PromiseStatus(_Named):
    """State of a promise to pay (PY20)."""

    OPEN = auto()
    KEPT = auto()
    BROKEN = auto()
    CANCELLED = auto()


class DisputeStatus(_Named):
    """State of a dispute (PY21)."""

    OPEN = auto()
    RESOLVED = auto()
    REJECTED = auto()


class ArrangementStatus(_Named):
    """State of a payment arrangement (IO10)."""

    NOT_STARTED = auto()
    ACTIVE = auto()
    PAUSED = auto()
    CANCELLED = auto()
    COMPLETED = auto()


class ScheduledPaymentStatus(_Named):
    """State of a payment arranged for a date (PY3, PY5)."""

    NEEDS_APPROVAL = auto()
    SCHEDULED = auto()
    RUN = auto()
    CANCELLED = auto()
    SKIPPED = auto()


class ChannelKind(_Named):
    """Ways to reach a contact or colleague."""

    EMAIL = auto()
    SMS = auto()
    LETTER = auto()
    PHONE = auto()
    WEBHOOK = auto()


class CommunicationStatus(_Named):
    """State of one message to one recipient."""

    PLANNED = auto()
    SENDING = auto()
    SENT = auto()
    DELIVERED = auto()
    BOUNCED = auto()
    FAILED = auto()
    SUPPRESSED = auto()
    UNKNOWN = auto()


class SuppressionReason(_Named):
    """Why an address or a message is not sent to."""

    HARD_BOUNCE = auto()
    COMPLAINT = auto()
    OPT_OUT = auto()
    CEASE_CONTACT = auto()
    INVALID_ADDRESS = auto()
    MANUAL = auto()


class TaskStatus(_Named):
    """State of a task for a colleague."""

    OPEN = auto()
    IN_PROGRESS = auto()
    DONE = auto()
    CANCELLED = auto()


class AlertKind(_Named):
    """Kinds of alert (AL1)."""

    ONBOARDING = auto()
    RENEWAL = auto()
    UPSELLING = auto()
    RISK = auto()


class AlertStatus(_Named):
    """State of an alert."""

    OPEN = auto()
    ACKNOWLEDGED = auto()
    CLOSED = auto()


class SyncRunStatus(_Named):
    """Outcome of a sync run. HELD: nothing was lost, but a person must decide before the rest is applied."""

    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    HELD = auto()
    CANCELLED = auto()


class RejectionStatus(_Named):
    """What became of a rejected record."""

    OPEN = auto()
    RESOLVED = auto()
    DISMISSED = auto()


class JobStatus(_Named):
    """State of a job run."""

    QUEUED = auto()
    RUNNING = auto()
    DONE = auto()
    DEAD = auto()
    CANCELLED = auto()


class OutboxStatus(_Named):
    """State of an intent to act outside the hub. UNKNOWN: sent or not, only the other side knows."""

    PENDING = auto()
    SENDING = auto()
    SENT = auto()
    FAILED = auto()
    UNKNOWN = auto()
    CANCELLED = auto()


class Role(_Named):
    """Roles of users and API tokens. INTEGRATOR sees connections and records, never figures of health."""

    ADMIN = auto()
    FINANCE = auto()
    COLLECTOR = auto()
    INTEGRATOR = auto()
    AUDITOR = auto()


class Entity(_Named):
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


class ConversionDate(_Named):
    """Which date's rate converts an amount (B13)."""

    AS_OF = auto()
    DOCUMENT_DATE = auto()
