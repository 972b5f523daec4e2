"""A plugin for the tests: a scorer that says what a test has it say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.plugins import Money, PaymentRisk, RiskCustomer, RiskScore, RiskScorer, hookimpl

Answer = Callable[[Sequence[RiskCustomer]], Any]


def by_overdue(customers: Sequence[RiskCustomer]) -> Mapping[int, RiskScore]:
    """Whoever is overdue is a high risk."""
    return {customer.id: _score(customer) for customer in customers}


def _score(customer: RiskCustomer) -> RiskScore:
    overdue = customer.values["overdue"]
    assert isinstance(overdue, Money)
    return RiskScore(PaymentRisk.HIGH, (f"{overdue.amount} overdue",)) if overdue.amount_minor else RiskScore(PaymentRisk.LOW)


@dataclass
class Scripted:
    """Remembers what it was asked. `answer` may be set to anything."""

    name: str = "scripted"
    fields: tuple[str, ...] = (
        "overdue",
        "net_overdue",
        "overdue_percent",
        "overdue_invoice_count",
        "segment",
        "is_billed",
        "customer_city",
        "last_attempt_date",
    )
    answer: Answer = by_overdue
    asked: list[tuple[date, list[RiskCustomer]]] = field(default_factory=list[tuple[date, list[RiskCustomer]]])

    def score(self, customers: Sequence[RiskCustomer], *, as_of: date) -> Mapping[int, RiskScore]:
        self.asked.append((as_of, list(customers)))
        return self.answer(customers)

    def ids(self) -> list[list[int]]:
        """Whom it was asked about, batch by batch; then it forgets."""
        found = [[customer.id for customer in customers] for _, customers in self.asked]
        self.asked.clear()
        return found


@hookimpl
def hub_risk_scorers() -> list[RiskScorer]:
    return [Scripted(), Scripted(name="other"), Scripted(name="curious", fields=("overdu",)), Scripted(name="circular", fields=("payment_risk",))]
