"""The entries of the ledger: all postings, found by what they belong to, and the sums over them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TypeVar, cast

from connectors.sandbox.world.crm_postings import Company, Contact, Subscription
from connectors.sandbox.world.gateway_postings import Charge, GatewayCustomer, PaymentMethod
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Payment, Place, Posting, Rate, Refund

KINDS: tuple[type[Posting], ...] = (
    Customer,
    Invoice,
    CreditNote,
    Payment,
    Refund,
    Rate,
    Company,
    Contact,
    Subscription,
    GatewayCustomer,
    PaymentMethod,
    Charge,
)
"""Every kind of posting."""

P = TypeVar("P", bound=Posting)
Source = CreditNote | Payment
"""What can be set against invoices."""


class Entries:
    """All postings on one day. `today` is the day up to which documents count.

    `changed` collects what is served differently since somebody last took it: postings, and those that their sums reach.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.changed: dict[Place, None] = {}
        self._tables: dict[type[Posting], dict[str, Posting]] = {kind: {} for kind in KINDS}
        self._by_place = {(kind.system, kind.collection): table for kind, table in self._tables.items()}
        self._by_customer: dict[str, dict[str, Invoice | Source]] = defaultdict(dict)
        self._by_invoice: dict[str, dict[str, Source]] = defaultdict(dict)
        self._refunds: dict[str, dict[str, Refund]] = defaultdict(dict)
        self._methods: dict[str, dict[str, PaymentMethod]] = defaultdict(dict)
        self._remaining: dict[str, int] = {}
        self._unused: dict[str, int] = {}

    # --- postings ---

    def of(self, kind: type[P]) -> Mapping[str, P]:
        """The postings of a kind by id, deleted ones too, in the order in which they were first made."""
        return cast(Mapping[str, P], self._tables[kind])

    def living(self, kind: type[P]) -> Iterator[P]:
        """The postings of a kind that are not deleted."""
        return (posting for posting in self.of(kind).values() if not posting.is_deleted)

    def at(self, place: Place) -> Posting | None:
        """What stands at a place, if anything."""
        return self._by_place[place.system, place.collection].get(place.id)

    def put(self, posting: Posting) -> None:
        """Enter a posting in place of the one with its id."""
        table = self._tables[type(posting)]
        before = table.get(posting.id)
        if before is not None:
            self._unlink(before)
        table[posting.id] = posting
        self._link(posting)

    def _unlink(self, posting: Posting) -> None:
        self._note(posting)
        if isinstance(posting, Invoice | CreditNote | Payment):
            del self._by_customer[posting.customer_id][posting.id]
        if isinstance(posting, CreditNote | Payment):
            for allocation in posting.allocations:
                self._by_invoice[allocation.invoice_id].pop(posting.id, None)

    def _link(self, posting: Posting) -> None:
        if isinstance(posting, Invoice | CreditNote | Payment):
            self._by_customer[posting.customer_id][posting.id] = posting
        if isinstance(posting, CreditNote | Payment):
            for allocation in posting.allocations:
                self._by_invoice[allocation.invoice_id][posting.id] = posting
        if isinstance(posting, Refund):
            self._refunds[posting.payment_id or posting.credit_note_id or ""][posting.id] = posting
        if isinstance(posting, PaymentMethod):
            self._methods[posting.customer_id][posting.id] = posting
        self._note(posting)

    def _note(self, posting: Posting) -> None:
        """What a posting changes: itself, the invoices it is set against, what it gives back of, and last the customers."""
        self.changed[posting.place] = None
        self._remaining.pop(posting.id, None)
        self._unused.pop(posting.id, None)
        if not isinstance(posting, Invoice | CreditNote | Payment | Refund):
            return
        customers = [posting.customer_id]
        if isinstance(posting, CreditNote | Payment):
            for allocation in posting.allocations:
                invoice = self.of(Invoice)[allocation.invoice_id]
                self.changed[invoice.place] = None
                self._remaining.pop(invoice.id, None)
                customers.append(invoice.customer_id)
        if isinstance(posting, Refund):
            self._unused.pop(posting.payment_id or posting.credit_note_id or "", None)
            if posting.credit_note_id is not None:
                self.changed[self.of(CreditNote)[posting.credit_note_id].place] = None
        self.note_customers(customers)

    def note_customers(self, ids: list[str]) -> None:
        """Say that the balances of some customers may have changed; they are served after everything else that changed."""
        for customer_id in ids:
            place = Place(Customer.system, Customer.collection, customer_id)
            self.changed.pop(place, None)
            self.changed[place] = None

    # --- sums of one document ---

    def sources(self, invoice_id: str) -> Mapping[str, Source]:
        """The payments and credit notes that are set against an invoice, whether or not they count."""
        return self._by_invoice.get(invoice_id, {})

    def paid_minor(self, invoice: Invoice) -> int:
        """What payments whose money is there have paid of an invoice."""
        return sum(_against(source, invoice.id) for source in self.sources(invoice.id).values() if isinstance(source, Payment) and source.counts)

    def credited_minor(self, invoice: Invoice) -> int:
        """What credit notes that are not void take off an invoice."""
        return sum(_against(source, invoice.id) for source in self.sources(invoice.id).values() if isinstance(source, CreditNote) and source.counts)

    def pending_minor(self, invoice: Invoice) -> int:
        """What payments will pay of an invoice if they settle."""
        return sum(_against(source, invoice.id) for source in self.sources(invoice.id).values() if _is_pending(source))

    def remaining_minor(self, invoice: Invoice) -> int:
        """Total less what is paid and credited, before any write-off. Kept until something is entered that changes it."""
        found = self._remaining.get(invoice.id)
        if found is None:
            settled = sum(_against(source, invoice.id) for source in self.sources(invoice.id).values() if source.counts)
            found = self._remaining[invoice.id] = invoice.total_minor - settled
        return found

    def written_off_minor(self, invoice: Invoice) -> int:
        """All that remains of an invoice that was written off."""
        return self.remaining_minor(invoice) if invoice.stage == "written_off" else 0

    def due_minor(self, invoice: Invoice) -> int:
        """Total less paid, credited and written off; whether it is owed is a question of stage and date."""
        return 0 if invoice.stage == "written_off" else self.remaining_minor(invoice)

    def is_owed(self, invoice: Invoice) -> bool:
        """Whether what is due of an invoice counts today."""
        return invoice.stage == "issued" and not invoice.is_deleted and invoice.dated <= self.today

    def free_minor(self, invoice: Invoice) -> int:
        """What may still be set against an invoice: nothing unless it is owed, and never what a pending payment will pay."""
        return self.due_minor(invoice) - self.pending_minor(invoice) if self.is_owed(invoice) else 0

    def settled_on(self, invoice: Invoice) -> date | None:
        """The day of the last allocation that counts, if any."""
        return max(
            (each.dated for source in self.sources(invoice.id).values() if source.counts for each in source.allocations if each.invoice_id == invoice.id),
            default=None,
        )

    def refunded_minor(self, source_id: str) -> int:
        """What was given back of a payment or credit note."""
        return sum(refund.amount_minor for refund in self._refunds.get(source_id, {}).values() if refund.status == "settled")

    def unused_minor(self, source: Source) -> int:
        """What is neither allocated nor given back of a payment or credit note: nothing while it does not count. Kept as `remaining_minor` is."""
        if not source.counts:
            return 0
        found = self._unused.get(source.id)
        if found is None:
            amount = source.amount_minor if isinstance(source, Payment) else source.total_minor
            found = self._unused[source.id] = amount - source.allocated_minor - self.refunded_minor(source.id)
        return found

    # --- a customer ---

    def primary_method(self, gateway_customer_id: str) -> PaymentMethod | None:
        """The newest payment method of a gateway customer that is not detached, if any."""
        return next((method for method in reversed(self._methods.get(gateway_customer_id, {}).values()) if not method.is_deleted), None)

    def documents(self, customer_id: str, kind: type[P]) -> Iterator[P]:
        """A customer's invoices, payments or credit notes that are not deleted, oldest first."""
        found = self._by_customer.get(customer_id, {}).values()
        return (document for document in found if isinstance(document, kind) and not document.is_deleted)

    def owed(self, customer_id: str) -> Iterator[Invoice]:
        """A customer's invoices against which something may be set."""
        return (invoice for invoice in self.documents(customer_id, Invoice) if self.free_minor(invoice) > 0)

    def outstanding_minor(self, customer_id: str) -> dict[str, int]:
        """What is due of a customer's invoices today, by currency."""
        sums = Counter[str]()
        for invoice in self.documents(customer_id, Invoice):
            if self.is_owed(invoice):
                sums[invoice.currency] += self.due_minor(invoice)
        return _without_zeros(sums)

    def unapplied_minor(self, customer_id: str) -> dict[str, int]:
        """What is left of a customer's payments, by currency."""
        return self._left_over(customer_id, Payment)

    def unused_credit_minor(self, customer_id: str) -> dict[str, int]:
        """What is left of a customer's credit notes, by currency."""
        return self._left_over(customer_id, CreditNote)

    def balances_minor(self, customer_id: str) -> dict[str, int]:
        """What a customer owes net of what is left of its payments and credit notes, in each currency that it has documents in."""
        sums = Counter[str]()
        for document in self._by_customer.get(customer_id, {}).values():
            if document.is_deleted:
                continue
            if not isinstance(document, Invoice):
                sums[document.currency] -= self.unused_minor(document)
            else:
                sums[document.currency] += self.due_minor(document) if self.is_owed(document) else 0
        return dict(sums)

    def _left_over(self, customer_id: str, kind: type[Payment] | type[CreditNote]) -> dict[str, int]:
        sums = Counter[str]()
        for source in self.documents(customer_id, kind):
            sums[source.currency] += self.unused_minor(source)
        return _without_zeros(sums)


def _against(source: Source, invoice_id: str) -> int:
    return sum(allocation.amount_minor for allocation in source.allocations if allocation.invoice_id == invoice_id)


def _is_pending(source: Source) -> bool:
    return isinstance(source, Payment) and source.status == "pending" and not source.is_deleted


def _without_zeros(sums: Counter[str]) -> dict[str, int]:
    return {currency: amount for currency, amount in sorted(sums.items()) if amount}
