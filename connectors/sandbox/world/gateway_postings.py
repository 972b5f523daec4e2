"""Postings of the gateway: customers, payment methods and charges, amounts in integer minor units."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from connectors.sandbox.world.postings import Posting

MethodKind = Literal["card", "bank_debit", "wallet"]
MethodStatus = Literal["valid", "invalid", "expiring", "expired"]
ChargeStatus = Literal["pending", "succeeded", "settled", "failed", "returned", "disputed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCustomer(Posting):
    """A customer as the gateway knows it. `reference` is the accounting system's id, where somebody filled it in."""

    system = "gateway"
    collection = "customers"

    name: str
    email: str
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod(Posting):
    """A card, bank account or wallet; deleted means detached."""

    system = "gateway"
    collection = "payment_methods"

    customer_id: str
    kind: MethodKind
    brand: str
    last_four: str
    fingerprint: str
    expires_on: date | None
    status: MethodStatus = "valid"
    is_primary: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge(Posting):
    """One try to collect an invoice."""

    system = "gateway"
    collection = "charges"

    customer_id: str
    payment_method_id: str
    invoice_number: str
    amount_minor: int
    currency: str
    attempted_at: datetime
    transaction_id: str
    status: ChargeStatus = "pending"
    attempt: int = 1
    failure_code: str | None = None
    failure_message: str | None = None
    settled_at: datetime | None = None
    returned_on: date | None = None
    next_retry_on: date | None = None
