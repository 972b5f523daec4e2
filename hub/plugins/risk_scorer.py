"""The contract of a scorer of payment risk: a batch function that the hub asks when figures were brought up (B22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from hub.money import Money
from hub.vocabulary import PaymentRisk

FieldValue = Money | Decimal | int | date | bool | str | tuple[str, ...] | None
"""The value of a field as rules know it; None: it is missing.

MONEY is Money, in the workspace currency or in that of its document, as the field says; WHOLE_NUMBER an int; DECIMAL a Decimal, percentages from 0 to
100; DATE a date; BOOLEAN a bool; TEXT a str; TEXT_SET a tuple in the order of the texts, empty where there is none.
"""


@dataclass(frozen=True, slots=True)
class RiskCustomer:
    """A customer of whom a scorer is asked: the hub's number of it, and the values of the fields that the scorer wants, by their ids."""

    id: int
    values: Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class RiskScore:
    """What a scorer says of a customer. `reasons` are for people: the first ten are kept, with 300 characters of each."""

    level: PaymentRisk
    reasons: tuple[str, ...] = ()


class RiskScorer(Protocol):
    """Says of customers how likely it is that collecting from them fails. A workspace names it in `payment_risk.scorer`."""

    @property
    def name(self) -> str:
        """The name by which the workspace picks it, kept with every score. A scorer with another name has everybody scored anew."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """The ids of the fields that it wants to know: any that a rule about customers can ask for, but `payment_risk` itself."""
        ...

    def score(self, customers: Sequence[RiskCustomer], *, as_of: date) -> Mapping[int, RiskScore]:
        """The scores by the customers' ids; one that is left out is not known. `as_of` is the business date, whose figures the values are.

        Called in a thread, outside any transaction, with at most 500 customers, and given up after a minute.
        """
        ...
