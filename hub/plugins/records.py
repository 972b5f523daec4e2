"""Records: what a connector hands to the hub, one validated value per object of the source.

Amounts are integer minor units of the record's currency; dates are plain dates; instants are aware UTC. None always means
"the source does not say". A record is frozen; its JSON form is what the content hash and `source_record` are made from.
`create_only` marks a mention of an object inside another one (a customer named on an invoice row): it creates the object when it is
unknown and never changes it. `raw` is the payload as it came, kept beside the record.
"""

from datetime import date, datetime
from typing import Any, ClassVar

import msgspec

from hub.plugins.collection_records import PaymentAttemptRecord, PaymentMethodRecord, RefundRecord, SubscriptionRecord
from hub.plugins.source_item import Custom, SourceItem
from hub.vocabulary import (
    BillToPreference,
    ConnectionKind,
    ContactRole,
    DocumentType,
    EntityType,
    Lifecycle,
    PaymentMethodKind,
    PaymentOrigin,
    PaymentState,
    Reconciliation,
    SourceHandling,
    Stream,
)


class CrossReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The id under which a source itself says that a customer is known in another system.

    The system is a kind of system, or one connection by its name where the source can tell; exactly one of the two is given.
    """

    external_id: str
    kind: ConnectionKind | None = None
    connection: str | None = None


class CustomerRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """A customer. `reported_balances` is what the source says it owes, minor units by currency code.

    `known_as` are ids in other systems that the source keeps with it. `hub_reference` is its id in our API, where somebody wrote that
    into the source.
    """

    stream: ClassVar[Stream] = Stream.CUSTOMERS

    name: str
    legal_name: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    tax_id: str | None = None
    currency: str | None = None
    language: str | None = None
    time_zone: str | None = None
    address_lines: list[str] | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    entity_type: EntityType = EntityType.CUSTOMER
    parent_external_id: str | None = None
    is_billed: bool = True
    bill_to_preference: BillToPreference | None = None
    payment_terms: str | None = None
    payment_terms_days: int | None = None
    is_auto_collected: bool | None = None
    finance_owner: str | None = None
    sales_owner: str | None = None
    segments: list[str] = []
    source_handling: SourceHandling = SourceHandling.ACTIVE
    reported_balances: dict[str, int] | None = None
    known_as: list[CrossReference] = []
    hub_reference: str | None = None
    custom: Custom | None = None


class ContactRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """A person at a customer."""

    stream: ClassVar[Stream] = Stream.CONTACTS

    customer_external_id: str
    name: str
    job_title: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    language: str | None = None
    time_zone: str | None = None
    roles: list[ContactRole] = []
    is_primary: bool = False
    custom: Custom | None = None


class InvoiceLineItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of an invoice, in the invoice's currency; quantity and unit price are decimal texts."""

    item_name: str | None = None
    description: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount_minor: int = 0


class DuePartItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of an invoice's total with its own due date; all parts together are the total."""

    due_date: date
    amount_minor: int


class InvoiceRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """A debit document. Paid, adjusted, written-off amounts and balance are the source's own statements, each None where it makes none."""

    stream: ClassVar[Stream] = Stream.INVOICES

    customer_external_id: str
    currency: str
    document_date: date
    total_minor: int
    number: str | None = None
    document_type: DocumentType = DocumentType.INVOICE
    lifecycle: Lifecycle = Lifecycle.ISSUED
    source_status: str | None = None
    source_handling: SourceHandling = SourceHandling.ACTIVE
    due_date: date | None = None
    posting_date: date | None = None
    transaction_date: date | None = None
    created_on: date | None = None
    voided_on: date | None = None
    written_off_on: date | None = None
    paid_on: date | None = None
    amount_paid_minor: int | None = None
    amount_adjusted_minor: int | None = None
    write_off_minor: int | None = None
    balance_minor: int | None = None
    purchase_order_number: str | None = None
    contract: str | None = None
    location: str | None = None
    business_unit: str | None = None
    is_disputed: bool = False
    dispute_reason: str | None = None
    lines: list[InvoiceLineItem] = []
    due_parts: list[DuePartItem] = []
    custom: Custom | None = None


class AllocationItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a payment or credit note set against one invoice.

    `amount_minor` is in the invoice's currency; `currency` is which one the source takes that to be, None: it does not say.
    `allocated_minor` is in the payment's or credit note's currency; None: the currencies are the same and so are the amounts.
    `allocation_date` None: the source does not say (B41 tells which date counts).
    """

    invoice_external_id: str
    amount_minor: int
    currency: str | None = None
    allocated_minor: int | None = None
    allocation_date: date | None = None

    @property
    def taken_minor(self) -> int:
        """What it takes of its payment or credit note, in that one's currency."""
        return self.amount_minor if self.allocated_minor is None else self.allocated_minor


class PaymentRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """Money received, with its allocations. `reversed_on` is the day of a return or chargeback."""

    stream: ClassVar[Stream] = Stream.PAYMENTS

    customer_external_id: str
    currency: str
    amount_minor: int
    payment_date: date
    state: PaymentState = PaymentState.SETTLED
    source_status: str | None = None
    reconciliation: Reconciliation = Reconciliation.RECONCILED
    origin: PaymentOrigin = PaymentOrigin.SOURCE
    method_kind: PaymentMethodKind | None = None
    reference: str | None = None
    gateway: str | None = None
    gateway_transaction_id: str | None = None
    reversed_on: date | None = None
    memo: str | None = None
    allocations: list[AllocationItem] = []
    custom: Custom | None = None


class CreditNoteRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """A credit note, with its allocations. `total_minor` is positive; `balance_minor` is what the source says is unused."""

    stream: ClassVar[Stream] = Stream.CREDIT_NOTES

    customer_external_id: str
    currency: str
    document_date: date
    total_minor: int
    number: str | None = None
    lifecycle: Lifecycle = Lifecycle.ISSUED
    source_status: str | None = None
    posting_date: date | None = None
    voided_on: date | None = None
    used_on: date | None = None
    balance_minor: int | None = None
    reason: str | None = None
    location: str | None = None
    business_unit: str | None = None
    allocations: list[AllocationItem] = []
    custom: Custom | None = None


class ExchangeRateRecord(SourceItem, frozen=True, kw_only=True, omit_defaults=True):
    """One unit of `currency` is `numerator / denominator` units of `base_currency` from `rate_date` on."""

    stream: ClassVar[Stream] = Stream.EXCHANGE_RATES

    currency: str
    base_currency: str
    rate_date: date
    numerator: int
    denominator: int


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """The source no longer has this object: it is marked, never erased.

    Version and instant are those of the deletion, where the source tells: an older one does not delete what came back since.
    `merged_into` is the external id of the object of the same stream that took its place; None: the source names none.
    """

    stream: Stream
    external_id: str
    source_version: int | None = None
    source_updated_at: datetime | None = None
    merged_into: str | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the source that could not be made into a record; kept with its raw payload.

    `place` says where it stood in words a person can follow ("invoices.csv line 14, column Amount").
    """

    place: str
    reason: str
    field: str | None = None
    stream: Stream | None = None
    external_id: str | None = None
    raw: dict[str, Any] | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something to know of a record that was accepted: an amount that was rounded, an id that looks like a number."""

    place: str
    message: str
    field: str | None = None


Record = (
    CustomerRecord
    | ContactRecord
    | InvoiceRecord
    | CreditNoteRecord
    | PaymentRecord
    | RefundRecord
    | PaymentMethodRecord
    | PaymentAttemptRecord
    | SubscriptionRecord
    | ExchangeRateRecord
)

RECORD_TYPES: dict[Stream, type[Record]] = {
    Stream.EXCHANGE_RATES: ExchangeRateRecord,
    Stream.CUSTOMERS: CustomerRecord,
    Stream.CONTACTS: ContactRecord,
    Stream.INVOICES: InvoiceRecord,
    Stream.CREDIT_NOTES: CreditNoteRecord,
    Stream.PAYMENTS: PaymentRecord,
    Stream.REFUNDS: RefundRecord,
    Stream.PAYMENT_METHODS: PaymentMethodRecord,
    Stream.PAYMENT_ATTEMPTS: PaymentAttemptRecord,
    Stream.SUBSCRIPTIONS: SubscriptionRecord,
}
"""The record type of each stream that the sync engine lands, in the order in which a page is applied."""
