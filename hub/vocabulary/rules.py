"""Rules that are kept, and what would turn one."""

from enum import auto

from hub.vocabulary.named import Named


class RuleLevel(Named):
    """What a rule is about, and so what it is evaluated over (RF1). PAYMENT: how collecting goes; it is evaluated over invoices."""

    CUSTOMER = auto()
    INVOICE = auto()
    PAYMENT = auto()


class RuleSetState(Named):
    """Whether a rule set can be evaluated. BROKEN: it asks for something that is not there any more, such as a field of a plugin that is gone."""

    USABLE = auto()
    BROKEN = auto()


class RuleMatchState(Named):
    """What a rule set comes to for one object. UNKNOWN: it is broken, so nobody knows; never a silent no."""

    MATCHES = auto()
    UNKNOWN = auto()


class RuleChangeKind(Named):
    """What would turn the verdict of a rule: the coming of a day, the payment of an invoice, or another value."""

    TIME = auto()
    PAYMENT = auto()
    VALUE = auto()


class PaymentRisk(Named):
    """How likely it is that collecting from a customer fails (B22)."""

    HIGH = auto()
    MEDIUM = auto()
    LOW = auto()
