"""Customers, contacts, and what is agreed with them."""

from enum import auto

from hub.vocabulary.named import Named


class EntityType(Named):
    """Whether a customer is a company or a project of one (ID4)."""

    CUSTOMER = auto()
    PROJECT = auto()


class BillToPreference(Named):
    """Who is billed for a customer in a hierarchy (ID4, B43)."""

    BUYER = auto()
    IMMEDIATE_PARENT = auto()
    TOP_PARENT = auto()


class ContactRole(Named):
    """What a contact receives (CO8). A contact without a role receives nothing."""

    INVOICE_PRESENTMENT = auto()
    COMMUNICATION = auto()


class HoldScope(Named):
    """What a hold stops (B8)."""

    COMMUNICATIONS = auto()
    COLLECTION = auto()
    PORTAL = auto()


class PromiseStatus(Named):
    """State of a promise to pay (PY20)."""

    OPEN = auto()
    KEPT = auto()
    BROKEN = auto()
    CANCELLED = auto()


class DisputeStatus(Named):
    """State of a dispute (PY21)."""

    OPEN = auto()
    RESOLVED = auto()
    REJECTED = auto()


class ArrangementStatus(Named):
    """State of a payment arrangement (IO10)."""

    NOT_STARTED = auto()
    ACTIVE = auto()
    PAUSED = auto()
    CANCELLED = auto()
    COMPLETED = auto()
