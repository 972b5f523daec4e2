"""What is wrong with bodies on purpose: broken values of single objects (poison), and changes of an API for all of them (drift)."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Literal

from connectors.sandbox.world.crm_postings import Company, Contact, Subscription
from connectors.sandbox.world.gateway_postings import Charge, PaymentMethod
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Payment, Posting, Rate, Refund

MISSING: Final = object()
"""Stands for a field that is not there at all."""


@dataclass(frozen=True, slots=True)
class Break:
    """A broken value of one field of one object."""

    field: str
    value: object

    def apply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body with the broken value."""
        return {name: self.value if name == self.field else value for name, value in body.items() if name != self.field or self.value is not MISSING}


_CURRENCY = (Break("currency", "XXX"), Break("currency", MISSING))
_DATE = Break("date", "2026-02-30")
_NAME = Break("name", "")

BREAKS: Mapping[type[Posting], tuple[Break, ...]] = {
    Customer: (_NAME, Break("currency", "XXX")),
    Invoice: (*_CURRENCY, _DATE, Break("total", "12.3456"), Break("total", "-50")),
    CreditNote: (*_CURRENCY, _DATE, Break("total", "12.3456"), Break("total", "-50")),
    Payment: (*_CURRENCY, _DATE, Break("amount", "12.3456"), Break("amount", "-50")),
    Refund: (*_CURRENCY, _DATE),
    Rate: (Break("currency", "XXX"), _DATE),
    Company: (_NAME,),
    Contact: (_NAME,),
    Subscription: (Break("starts_on", "2026-02-30"),),
    PaymentMethod: (Break("expires_on", "2026-02-30"),),
    Charge: _CURRENCY,
}
"""How an object of each kind can be broken. More decimals than any of the currencies has, so that it is wrong in all of them."""


class DriftForm(Enum):
    """What an API does to a field of all its objects."""

    ADDED = auto()
    AS_TEXT = auto()
    REMOVED = auto()


@dataclass(frozen=True, slots=True)
class Drift:
    """A change of an API: a field that appears, turns from a number into text, or is gone."""

    system: str
    collection: str
    field: str
    form: DriftForm

    def apply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body as the changed API serves it."""
        if self.form is DriftForm.REMOVED:
            return {name: value for name, value in body.items() if name != self.field}
        value = {"source": "web", "tags": ["new"]} if self.form is DriftForm.ADDED else str(body[self.field])
        return {**deepcopy(dict(body)), self.field: value}


DriftKind = Literal["invoice_field_added", "payment_terms_as_text", "charge_amount_as_text", "invoice_currency_removed"]

DRIFTS: Mapping[str, Drift] = {
    "invoice_field_added": Drift("accounting", "invoices", "channel", DriftForm.ADDED),
    "payment_terms_as_text": Drift("accounting", "customers", "payment_terms_days", DriftForm.AS_TEXT),
    "charge_amount_as_text": Drift("gateway", "charges", "amount", DriftForm.AS_TEXT),
    "invoice_currency_removed": Drift("accounting", "invoices", "currency", DriftForm.REMOVED),
}
"""The kinds of drift by name: two that a connector must live with, and one that breaks the contract for all invoices."""
