"""Three systems with a few hundred plain objects each, made by hand, so that a test knows what is in them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox.connector import SandboxConnector
from connectors.sandbox.server import FaultSchedule
from connectors.sandbox.system import System
from hub.plugins import ConnectionContext, FixedClock, ForgetfulTokens, TokenStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=2)

Body = dict[str, Any]


def accounting_customer(number: int) -> Body:
    return {
        "name": f"Customer {number}",
        "currency": "EUR",
        "address": {"lines": ["Street 1"], "city": "Bonn", "country": "DE"},
        "payment_terms_days": 30,
        "owner_email": "owner@example.com",
        "balances": {"EUR": "119.00", "JPY": "1190"},
        "crm_id": f"co-{number}",
        "reference": f"R{number}",
    }


def invoice(number: int) -> Body:
    return {
        "number": f"2026-{number}",
        "customer_id": f"cus-{number}",
        "currency": "EUR",
        "date": "2026-10-01",
        "due_date": "2026-10-31",
        "status": "open",
        "total": "119.00",
        "amount_paid": "19.00",
        "amount_credited": "0.00",
        "balance": "100.00",
        "lines": [{"item": "Plan", "description": "A month", "quantity": "2", "unit_price": "59.50", "amount": "119.00"}],
        "due_parts": [{"due_date": "2026-10-31", "amount": "119.00"}],
        "disputed": False,
        "memo": "",
    }


def credit_note(number: int) -> Body:
    return {
        "number": f"C-{number}",
        "customer_id": f"cus-{number}",
        "currency": "EUR",
        "date": "2026-10-05",
        "status": "open",
        "total": "20.00",
        "balance": "10.00",
        "reason": "goodwill",
        "allocations": [{"invoice_id": f"inv-{number}", "amount": "10.00", "date": "2026-10-06"}],
    }


def payment(number: int) -> Body:
    return {
        "customer_id": f"cus-{number}",
        "currency": "EUR",
        "amount": "19.00",
        "date": "2026-10-07",
        "method": "transfer",
        "reference": f"P{number}",
        "gateway_charge_id": None,
        "status": "settled",
        "allocations": [{"invoice_id": f"inv-{number}", "amount": "19.00", "date": "2026-10-07"}],
    }


def refund(number: int) -> Body:
    return {
        "customer_id": f"cus-{number}",
        "payment_id": f"pay-{number}",
        "credit_note_id": None,
        "currency": "EUR",
        "amount": "5.00",
        "date": "2026-10-09",
        "status": "settled",
        "reason": "overpaid",
    }


def rate(number: int) -> Body:
    return {"currency": "USD", "base_currency": "EUR", "date": (date(2025, 1, 1) + timedelta(days=number)).isoformat(), "rate": "0.92"}


def company(number: int) -> Body:
    return {"name": f"Company {number}", "domain": "example.com", "city": "Bonn", "country": "DE", "segment": "Large", "owner_email": "sales@example.com"}


def contact(number: int) -> Body:
    return {"company_id": f"co-{number}", "name": f"Person {number}", "email": f"p{number}@example.com", "roles": ["billing", "other"], "is_primary": True}


def subscription(number: int) -> Body:
    return {"company_id": f"co-{number}", "plan": "Pro", "status": "active", "starts_on": "2026-01-01", "ends_on": None}


def gateway_customer(number: int) -> Body:
    return {"name": f"Customer {number}", "email": f"c{number}@example.com", "reference": f"cus-{number}"}


def payment_method(number: int) -> Body:
    return {
        "customer_id": f"gc-{number}",
        "kind": "card",
        "brand": "Visa",
        "last_four": "4242",
        "fingerprint": f"fp{number}",
        "expires_on": "2028-01-31",
        "status": "valid",
        "is_primary": True,
    }


def charge(number: int) -> Body:
    return {
        "customer_id": f"gc-{number}",
        "payment_method_id": f"pm-{number}",
        "invoice_reference": f"2026-{number}",
        "amount": 1900,
        "currency": "EUR",
        "status": "failed",
        "attempt": 2,
        "failure_code": "insufficient_funds",
        "failure_message": "There is not enough money.",
        "attempted_at": "2026-10-07T08:00:00Z",
        "next_retry_on": "2026-10-10",
        "transaction_id": f"tx-{number}",
    }


_CONTENTS = {
    "accounting": {
        "customers": ("cus", accounting_customer),
        "invoices": ("inv", invoice),
        "credit_notes": ("cn", credit_note),
        "payments": ("pay", payment),
        "refunds": ("ref", refund),
        "rates": ("rate", rate),
    },
    "crm": {"companies": ("co", company), "contacts": ("con", contact), "subscriptions": ("sub", subscription)},
    "gateway": {"customers": ("gc", gateway_customer), "payment_methods": ("pm", payment_method), "charges": ("ch", charge)},
}


@dataclass
class SmallWorld:
    """Every collection holds `count` objects; five of them at a time share the second of their last change."""

    count: int = 3
    accounting: System = field(default_factory=lambda: System("accounting"))
    crm: System = field(default_factory=lambda: System("crm"))
    gateway: System = field(default_factory=lambda: System("gateway"))
    asked_for: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    advanced_to: list[datetime] = field(default_factory=list[datetime])

    def __post_init__(self) -> None:
        for system in (self.accounting, self.crm, self.gateway):
            for collection, (prefix, body) in _CONTENTS[system.name].items():
                for number in range(self.count):
                    system.put(collection, f"{prefix}-{number:04}", body(number), at=BEFORE + timedelta(minutes=number // 5))

    def made(self, seed: int, customers: int, now: datetime, *, base_currency: str) -> "SmallWorld":
        """This world, whatever is asked for."""
        del now
        self.asked_for.append((seed, customers, base_currency))
        return self

    def advance(self, to: datetime) -> None:
        self.advanced_to.append(to)


def context_of(
    system: str,
    *,
    name: str = "sandbox",
    tokens: TokenStore | None = None,
    secrets: dict[str, str] | None = None,
    clock: FixedClock | None = None,
    **options: object,
) -> ConnectionContext:
    """A connection to one system of a sandbox in this process."""
    return ConnectionContext(name, {"system": system, **options}, secrets or {}, Path(), clock or FixedClock(NOW), "EUR", tokens or ForgetfulTokens())


def connector_to(world: SmallWorld, faults: FaultSchedule | None = None) -> SandboxConnector:
    return SandboxConnector(world.made, faults)
