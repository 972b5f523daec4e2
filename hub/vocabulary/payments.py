"""Payments, their means and their attempts."""

from enum import auto

from hub.vocabulary.named import Named


class PaymentState(Named):
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


class Reconciliation(Named):
    """Whether a payment has been found in the accounting system (PY23)."""

    PENDING = auto()
    RECONCILED = auto()


class PaymentOrigin(Named):
    """Where a payment was made (ST11): in the source system, through this hub, or entered by hand."""

    SOURCE = auto()
    HUB = auto()
    MANUAL = auto()


class PaymentMethodKind(Named):
    """Means of payment (RP4, B19)."""

    CASH = auto()
    CARD = auto()
    CHEQUE = auto()
    BANK_DEBIT = auto()
    BANK_TRANSFER = auto()
    WALLET = auto()
    OTHER = auto()


class PaymentSourceStatus(Named):
    """Whether a stored payment method can be used (RP16)."""

    VALID = auto()
    INVALID = auto()
    EXPIRING = auto()
    EXPIRED = auto()


class AttemptKind(Named):
    """What a payment attempt was (B19)."""

    CHARGE = auto()
    RETRY = auto()
    CHARGEBACK = auto()


class DunningStatus(Named):
    """Where the collection of a failed payment stands (RP7)."""

    IN_PROGRESS = auto()
    EXHAUSTED = auto()
    STOPPED = auto()
    SUCCESS = auto()


class ScheduledPaymentStatus(Named):
    """State of a payment arranged for a date (PY3, PY5)."""

    NEEDS_APPROVAL = auto()
    SCHEDULED = auto()
    RUN = auto()
    CANCELLED = auto()
    SKIPPED = auto()


class SubscriptionStatus(Named):
    """Status of a subscription (RP19)."""

    FUTURE = auto()
    IN_TRIAL = auto()
    ACTIVE = auto()
    CANCELLED = auto()
    PAUSED = auto()
    NON_RENEWING = auto()
