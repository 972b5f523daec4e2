"""The bodies that the systems serve, rendered from the ledger's entries."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, cast

from connectors.sandbox.world.crm_postings import Company, Contact, Subscription
from connectors.sandbox.world.currencies import amount_text
from connectors.sandbox.world.entries import Entries, Source
from connectors.sandbox.world.gateway_postings import Charge, GatewayCustomer, PaymentMethod
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Payment, Posting, Rate, Refund
from connectors.sandbox.world.truth import credit_note_status, invoice_status

Body = dict[str, Any]


def body_of(entries: Entries, posting: Posting) -> Body:
    """The body of one posting as its system serves it today."""
    return _BODIES[type(posting)](entries, posting)


def instant_text(at: datetime) -> str:
    """An instant in UTC with whole seconds."""
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _customer(entries: Entries, customer: Customer) -> Body:
    balances = {customer.currency: 0} | entries.balances_minor(customer.id)
    balances[customer.currency] += customer.misreported_minor
    address = customer.address
    return {
        "name": customer.name,
        "legal_name": customer.legal_name,
        "email": customer.email,
        "phone": customer.phone,
        "tax_id": customer.tax_id,
        "currency": customer.currency,
        "address": {
            "lines": list(address.lines),
            "city": address.city,
            "region": address.region,
            "postal_code": address.postal_code,
            "country": address.country,
        },
        "parent_id": customer.parent_id,
        "payment_terms_days": customer.payment_terms_days,
        "owner_email": customer.owner_email,
        "balances": {currency: amount_text(amount, currency) for currency, amount in sorted(balances.items())},
        "crm_id": customer.crm_id,
        "reference": customer.reference,
    }


def _invoice(entries: Entries, invoice: Invoice) -> Body:
    currency, status = invoice.currency, invoice_status(entries, invoice)
    balance = 0 if status == "void" else entries.due_minor(invoice)
    return {
        "number": invoice.number,
        "customer_id": invoice.customer_id,
        "currency": currency,
        "date": invoice.dated.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "status": status,
        "total": amount_text(invoice.total_minor, currency),
        "amount_paid": amount_text(entries.paid_minor(invoice), currency),
        "amount_credited": amount_text(entries.credited_minor(invoice), currency),
        "balance": amount_text(balance, currency),
        "voided_on": _day(invoice.voided_on),
        "written_off_on": _day(invoice.written_off_on),
        "paid_on": _day(entries.settled_on(invoice)) if status == "paid" else None,
        "po_number": invoice.po_number,
        "lines": [
            {
                "item": line.item,
                "description": line.description,
                "quantity": str(line.quantity),
                "unit_price": amount_text(line.unit_price_minor, currency),
                "amount": amount_text(line.amount_minor, currency),
            }
            for line in invoice.lines
        ],
        "due_parts": [{"due_date": part.due_date.isoformat(), "amount": amount_text(part.amount_minor, currency)} for part in invoice.due_parts],
        "disputed": invoice.dispute_reason is not None,
        "dispute_reason": invoice.dispute_reason,
        "memo": invoice.memo,
    }


def _credit_note(entries: Entries, note: CreditNote) -> Body:
    return {
        "number": note.number,
        "customer_id": note.customer_id,
        "currency": note.currency,
        "date": note.dated.isoformat(),
        "status": credit_note_status(entries, note),
        "total": amount_text(note.total_minor, note.currency),
        "balance": amount_text(entries.unused_minor(note), note.currency),
        "reason": note.reason,
        "voided_on": _day(note.voided_on),
        "allocations": _allocations(note),
    }


def _payment(_entries: Entries, payment: Payment) -> Body:
    return {
        "customer_id": payment.customer_id,
        "currency": payment.currency,
        "amount": amount_text(payment.amount_minor, payment.currency),
        "date": payment.dated.isoformat(),
        "method": payment.method,
        "reference": payment.reference,
        "gateway_charge_id": payment.charge_id,
        "status": payment.status,
        "returned_on": _day(payment.returned_on),
        "allocations": _allocations(payment),
    }


def _allocations(source: Source) -> list[Body]:
    return [
        {"invoice_id": each.invoice_id, "amount": amount_text(each.amount_minor, source.currency), "date": each.dated.isoformat()}
        for each in source.allocations
    ]


def _refund(_entries: Entries, refund: Refund) -> Body:
    return {
        "customer_id": refund.customer_id,
        "payment_id": refund.payment_id,
        "credit_note_id": refund.credit_note_id,
        "currency": refund.currency,
        "amount": amount_text(refund.amount_minor, refund.currency),
        "date": refund.dated.isoformat(),
        "status": refund.status,
        "reason": refund.reason,
    }


def _rate(_entries: Entries, rate: Rate) -> Body:
    return {"currency": rate.currency, "base_currency": rate.base_currency, "date": rate.dated.isoformat(), "rate": f"{rate.rate:f}"}


def _company(_entries: Entries, company: Company) -> Body:
    body = company.taken("name domain phone city country segment owner_email accounting_id")
    return body if company.merged_into is None else {**body, "merged_into": company.merged_into}


def _contact(_entries: Entries, contact: Contact) -> Body:
    return {**contact.taken("company_id name title email phone"), "roles": list(contact.roles), "is_primary": contact.is_primary}


def _subscription(_entries: Entries, subscription: Subscription) -> Body:
    return {
        **subscription.taken("company_id plan status"),
        "starts_on": subscription.starts_on.isoformat(),
        "ends_on": _day(subscription.ends_on),
    }


def _gateway_customer(_entries: Entries, customer: GatewayCustomer) -> Body:
    return customer.taken("name email reference")


def _payment_method(_entries: Entries, method: PaymentMethod) -> Body:
    named = method.taken("customer_id kind brand last_four fingerprint status is_primary")
    return {**named, "expires_on": _day(method.expires_on)}


def _charge(_entries: Entries, charge: Charge) -> Body:
    return {
        **charge.taken("customer_id payment_method_id currency status attempt failure_code failure_message transaction_id"),
        "invoice_reference": charge.invoice_number,
        "amount": charge.amount_minor,
        "attempted_at": instant_text(charge.attempted_at),
        "settled_at": None if charge.settled_at is None else instant_text(charge.settled_at),
        "returned_on": _day(charge.returned_on),
        "next_retry_on": _day(charge.next_retry_on),
    }


_BODIES = cast(
    Mapping[type[Posting], Callable[[Entries, Posting], Body]],
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
