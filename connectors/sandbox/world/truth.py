"""The plain facts of each posting: what a hub that has read everything must know, in canonical form.

Amounts are integer minor units, dates are dates, sets of allocations are sorted. An object that its system no longer has says
`deleted` and nothing else, since what it was may have changed after anybody last read it; one with a flag still has all its facts.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from connectors.sandbox.world.crm_postings import Company, Contact, Subscription
from connectors.sandbox.world.entries import Entries, Source
from connectors.sandbox.world.gateway_postings import Charge, GatewayCustomer, PaymentMethod
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Payment, Posting, Rate, Refund

Facts = dict[str, Any]


def facts_of(entries: Entries, posting: Posting) -> Facts:
    """The facts of one posting today."""
    if posting.is_deleted and not isinstance(posting, _FLAGGED):
        return {"deleted": True}
    facts = _FACTS[type(posting)](entries, posting)
    return {**facts, "deleted": posting.is_deleted}


_FLAGGED = (Customer, Company, Contact, Subscription)
"""Kinds that are still served when they are deleted, with a flag."""


def invoice_status(entries: Entries, invoice: Invoice) -> Literal["draft", "open", "paid", "void", "written_off"]:
    """What an invoice is called: an issued one is paid when nothing is due."""
    if invoice.stage != "issued":
        return invoice.stage
    return "open" if entries.due_minor(invoice) else "paid"


def credit_note_status(entries: Entries, note: CreditNote) -> Literal["open", "used", "void"]:
    """What a credit note is called."""
    if not note.counts:
        return "void"
    return "open" if entries.unused_minor(note) else "used"


def _customer(entries: Entries, customer: Customer) -> Facts:
    return {
        **customer.taken("name legal_name email currency parent_id payment_terms_days crm_id reference"),
        "outstanding_minor": entries.outstanding_minor(customer.id),
        "unapplied_minor": entries.unapplied_minor(customer.id),
        "unused_credit_minor": entries.unused_credit_minor(customer.id),
    }


def _invoice(entries: Entries, invoice: Invoice) -> Facts:
    return {
        **invoice.taken("customer_id number currency"),
        "date": invoice.dated,
        "due_date": invoice.due_date,
        "due_parts": tuple((part.due_date, part.amount_minor) for part in invoice.due_parts),
        "status": invoice_status(entries, invoice),
        **invoice.taken("voided_on written_off_on"),
        "disputed": invoice.dispute_reason is not None,
        "total_minor": invoice.total_minor,
        "paid_minor": entries.paid_minor(invoice),
        "credited_minor": entries.credited_minor(invoice),
        "written_off_minor": entries.written_off_minor(invoice),
        "due_minor": entries.due_minor(invoice),
    }


def _credit_note(entries: Entries, note: CreditNote) -> Facts:
    return {
        **note.taken("number customer_id currency"),
        "date": note.dated,
        "status": credit_note_status(entries, note),
        **note.taken("voided_on total_minor"),
        **_use(entries, note),
        "unused_minor": entries.unused_minor(note),
    }


def _payment(entries: Entries, payment: Payment) -> Facts:
    return {
        **payment.taken("customer_id currency amount_minor"),
        "date": payment.dated,
        **payment.taken("method reference charge_id status returned_on"),
        **_use(entries, payment),
        "unapplied_minor": entries.unused_minor(payment),
    }


def _use(entries: Entries, source: Source) -> Facts:
    """What is allocated and given back: of a payment or credit note that does not count, nothing is allocated, whatever it lists."""
    return {
        "allocated_minor": source.allocated_minor if source.counts else 0,
        "refunded_minor": entries.refunded_minor(source.id),
        "allocations": tuple(sorted((each.invoice_id, each.amount_minor, each.dated) for each in source.allocations)),
    }


def _refund(_entries: Entries, refund: Refund) -> Facts:
    return {**refund.taken("customer_id payment_id credit_note_id currency amount_minor status"), "date": refund.dated}


def _rate(_entries: Entries, rate: Rate) -> Facts:
    return {**rate.taken("currency base_currency rate"), "date": rate.dated}


def _company(_entries: Entries, company: Company) -> Facts:
    return company.taken("name domain phone city country segment owner_email accounting_id merged_into")


def _contact(_entries: Entries, contact: Contact) -> Facts:
    return contact.taken("company_id name title email phone roles is_primary")


def _subscription(_entries: Entries, subscription: Subscription) -> Facts:
    return subscription.taken("company_id plan status starts_on ends_on")


def _gateway_customer(_entries: Entries, customer: GatewayCustomer) -> Facts:
    return customer.taken("name email reference")


def _payment_method(_entries: Entries, method: PaymentMethod) -> Facts:
    return method.taken("customer_id kind brand last_four fingerprint expires_on status is_primary")


def _charge(_entries: Entries, charge: Charge) -> Facts:
    named = "customer_id payment_method_id invoice_number amount_minor currency status attempt failure_code attempted_at settled_at"
    return charge.taken(f"{named} returned_on next_retry_on transaction_id")


_FACTS = cast(
    Mapping[type[Posting], Callable[[Entries, Posting], Facts]],
    {
        Customer: _customer,
        Invoice: _invoice,
        CreditNote: _credit_note,
        Payment: _payment,
        Refund: _refund,
        Rate: _rate,
        Company: _company,
        Contact: _contact,
        Subscription: _subscription,
        GatewayCustomer: _gateway_customer,
        PaymentMethod: _payment_method,
        Charge: _charge,
    },
)
