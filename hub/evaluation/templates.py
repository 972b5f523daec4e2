"""Ready-made rules with slots, for those who do not want to begin with an empty line (RF11, B44)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.errors import RequestError
from rules.fields import Level

_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a template that is filled in. `choices` None: anything that fits."""

    name: str
    meaning: str
    value: str
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A rule with slots in braces; `sentence` says the same for people."""

    id: str
    title: str
    level: Level
    sentence: str
    text: str
    slots: tuple[Slot, ...]

    def fill(self, values: Mapping[str, str] | None = None) -> str:
        """The text of the rule, with the slots' own values where none is given. Raises RequestError for a slot that is not there."""
        given = values or {}
        known = {slot.name: slot.value for slot in self.slots}
        unknown = sorted(set(given) - set(known))
        if unknown:
            message = f"{self.id} has no slot {unknown[0]!r}; it has {', '.join(known)}"
            raise RequestError(message, path=("slots", unknown[0]))
        return _SLOT.sub(lambda found: given.get(found[1], known[found[1]]), self.text)


_AMOUNT = "an amount with its currency; `base` is the workspace's"
_DAYS = "a number of days"
_RISK = ("HIGH", "MEDIUM", "LOW")
_STATUSES = ("FUTURE", "IN_TRIAL", "ACTIVE", "CANCELLED", "PAUSED", "NON_RENEWING")

TEMPLATES: Sequence[Template] = (
    Template(
        "poor_health",
        "Poor financial health",
        Level.CUSTOMER,
        "Customers with more than {amount} due.",
        "total_amount_due > {amount}",
        (Slot("amount", _AMOUNT, "50000 base"),),
    ),
    Template(
        "good_health",
        "Good financial health",
        Level.CUSTOMER,
        "Customers who have paid more than {amount} and owe nothing that is overdue.",
        "total_amount_paid > {amount} and overdue = 0 base",
        (Slot("amount", _AMOUNT, "50000 base"),),
    ),
    Template(
        "little_billed",
        "Little billed",
        Level.CUSTOMER,
        "Customers to whom less than {amount} was billed.",
        "billed_amount < {amount}",
        (Slot("amount", _AMOUNT, "50000 base"),),
    ),
    Template(
        "much_overdue",
        "Much overdue",
        Level.CUSTOMER,
        "Customers with more than {amount} overdue.",
        "overdue > {amount}",
        (Slot("amount", _AMOUNT, "50000 base"),),
    ),
    Template(
        "several_overdue",
        "Several invoices overdue",
        Level.CUSTOMER,
        "Customers with more than {count} invoices overdue.",
        "overdue_invoice_count > {count}",
        (Slot("count", "a number of invoices", "2"),),
    ),
    Template(
        "risky_subscribers",
        "Subscribers at risk",
        Level.CUSTOMER,
        "Customers with {risk} payment risk whose subscription is {status} and whose last attempt failed in the last {days} days.",
        'payment_risk includes ("{risk}") and subscription_status includes ("{status}") and last_attempt_status includes ("FAILURE")'
        " and last_attempt_date in last {days} days",
        (
            Slot("risk", "a level of risk", "HIGH", _RISK),
            Slot("status", "the status of a subscription", "ACTIVE", _STATUSES),
            Slot("days", _DAYS, "30"),
        ),
    ),
    Template(
        "failed_payment",
        "A payment failed",
        Level.PAYMENT,
        "Invoices with more than {amount} due whose last attempt failed with {error}.",
        'balance > {amount} and last_attempt_status includes ("FAILURE") and last_attempt_error = "{error}"',
        (Slot("amount", "an amount in the invoice's currency", "0 EUR"), Slot("error", "a reason that gateways give", "insufficient_funds")),
    ),
    Template(
        "not_contacted",
        "Overdue and not written to",
        Level.CUSTOMER,
        "Customers with more than {amount} overdue who were not written to in the last {days} days.",
        "overdue > {amount} and (last_email_date is not set or last_email_date < today - {days}d)",
        (Slot("amount", _AMOUNT, "0 base"), Slot("days", _DAYS, "30")),
    ),
    Template(
        "due_soon",
        "Due soon",
        Level.INVOICE,
        "Invoices that fall due in the next {days} days, with more than {amount} due, and that nobody contests.",
        "due_date in next {days} days and converted_balance > {amount} and not disputed",
        (Slot("days", _DAYS, "7"), Slot("amount", _AMOUNT, "0 base")),
    ),
    Template(
        "card_ends",
        "The card ends",
        Level.CUSTOMER,
        "Customers who are collected from automatically and whose means of payment is {status}.",
        'auto_collection and payment_source_status includes ("{status}")',
        (Slot("status", "whether the means can be used", "EXPIRING", ("INVALID", "EXPIRING", "EXPIRED")),),
    ),
)
"""The templates that ship with the hub."""
