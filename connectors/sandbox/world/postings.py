"""What the ledger is made of: plain facts about documents, money and parties, amounts in integer minor units.

A posting is a frozen value. A change is a new posting with the same id, so what was before is never altered behind the ledger's back.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple

Stage = Literal["draft", "issued", "void", "written_off"]
PaymentStatus = Literal["pending", "settled", "returned", "charged_back", "void"]
RefundStatus = Literal["settled", "void"]


class Place(NamedTuple):
    """Where an object is found: its system, collection and id."""

    system: str
    collection: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What all postings have. A deleted one is kept: the world remembers what its systems have forgotten.

    `party` tells who it really is, of customers and companies: by the first id that it had in accounting. No system serves it.
    """

    system: ClassVar[str]
    collection: ClassVar[str]

    id: str
    is_deleted: bool = False
    party: str = ""

    @property
    def place(self) -> Place:
        """Where the object is found."""
        return Place(self.system, self.collection, self.id)

    def taken(self, names: str) -> dict[str, Any]:
        """Some of its fields by name; `names` stand with spaces between them."""
        return {name: getattr(self, name) for name in names.split()}


# --- accounting -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address."""

    lines: tuple[str, ...]
    city: str
    region: str | None
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice; `amount_minor` is quantity times unit price."""

    item: str
    description: str
    quantity: int
    unit_price_minor: int

    @property
    def amount_minor(self) -> int:
        """In the invoice's currency."""
        return self.quantity * self.unit_price_minor


@dataclass(frozen=True, slots=True)
class DuePart:
    """One part of an invoice's total with its own due date."""

    due_date: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The part of a payment or credit note set against one invoice of the same currency, from a day on."""

    invoice_id: str
    amount_minor: int
    dated: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Posting):
    """A customer. `misreported_minor`: by how much its reported balance is wrong on purpose, in its own currency."""

    system = "accounting"
    collection = "customers"

    name: str
    legal_name: str
    email: str
    phone: str
    tax_id: str | None
    currency: str
    address: Address
    parent_id: str | None
    payment_terms_days: int
    owner_email: str
    crm_id: str | None
    reference: str
    misreported_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Posting):
    """A demand for payment. Whether an issued one is open or paid follows from what is set against it."""

    system = "accounting"
    collection = "invoices"

    number: str
    customer_id: str
    currency: str
    dated: date
    due_date: date
    lines: tuple[Line, ...]
    stage: Stage = "issued"
    due_parts: tuple[DuePart, ...] = ()
    voided_on: date | None = None
    written_off_on: date | None = None
    dispute_reason: str | None = None
    po_number: str | None = None
    memo: str = ""

    @property
    def total_minor(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote(Posting):
    """A document that reduces what a customer owes; a void one has the day on which it became so."""

    system = "accounting"
    collection = "credit_notes"

    number: str
    customer_id: str
    currency: str
    dated: date
    total_minor: int
    reason: str
    voided_on: date | None = None
    allocations: tuple[Allocation, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it reduces anything today; it is never voided on a later day than today."""
        return self.voided_on is None

    @property
    def allocated_minor(self) -> int:
        """What it says is set against invoices, whether or not it counts."""
        return sum(allocation.amount_minor for allocation in self.allocations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Posting):
    """Money received or expected. `returned_on`: the day of a return or chargeback."""

    system = "accounting"
    collection = "payments"

    customer_id: str
    currency: str
    amount_minor: int
    dated: date
    method: str
    reference: str
    charge_id: str | None = None
    status: PaymentStatus = "settled"
    returned_on: date | None = None
    allocations: tuple[Allocation, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether its money is there today; money is never returned on a later day than today."""
        return self.status == "settled" and not self.is_deleted

    @property
    def allocated_minor(self) -> int:
        """What it says is set against invoices, whether or not it counts."""
        return sum(allocation.amount_minor for allocation in self.allocations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Posting):
    """Money given back, of a payment or of a credit note."""

    system = "accounting"
    collection = "refunds"

    customer_id: str
    payment_id: str | None
    credit_note_id: str | None
    currency: str
    amount_minor: int
    dated: date
    reason: str
    status: RefundStatus = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Posting):
    """One unit of `currency` is `rate` units of `base_currency` from a day on."""

    system = "accounting"
    collection = "rates"

    currency: str
    base_currency: str
    dated: date
    rate: Decimal
