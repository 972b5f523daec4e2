"""What is done with money: payments, what they are set against, returns and refunds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.deeds.invoicing import joined, spread
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Payment, PaymentStatus, Refund


def new_payment(
    books: Books,
    customer: Customer,
    at: datetime,
    *,
    amount_minor: int,
    currency: str,
    invoices: Sequence[Invoice] = (),
    method: str = "transfer",
    status: PaymentStatus = "settled",
    charge_id: str | None = None,
) -> Payment:
    """A payment that is in no books yet, set against invoices of its currency as far as it goes."""
    payment_id = books.next_id(Payment)
    return Payment(
        id=payment_id,
        customer_id=customer.id,
        currency=currency,
        amount_minor=amount_minor,
        dated=at.date(),
        method=method,
        reference=charge_id or (invoices[0].number if invoices else f"{customer.reference} {payment_id}"),
        charge_id=charge_id,
        status=status,
        allocations=spread(books.entries, invoices, amount_minor),
    )


def receive(
    books: Books,
    customer: Customer,
    at: datetime,
    *,
    amount_minor: int,
    currency: str,
    invoices: Sequence[Invoice] = (),
    method: str = "transfer",
    status: PaymentStatus = "settled",
    charge_id: str | None = None,
) -> Payment:
    """Book a payment of a customer."""
    payment = new_payment(
        books, customer, at, amount_minor=amount_minor, currency=currency, invoices=invoices, method=method, status=status, charge_id=charge_id
    )
    books.post(at, payment)
    return payment


def settle(books: Books, payment: Payment, at: datetime) -> None:
    """A pending payment has arrived."""
    books.post(at, replace(payment, status="settled"))


def cancel(books: Books, payment: Payment, at: datetime) -> None:
    """A pending payment will not come."""
    books.post(at, replace(payment, status="void"))


def match(books: Books, payment: Payment, at: datetime, *, invoices: Sequence[Invoice]) -> None:
    """Set what is left of a payment against invoices of its currency."""
    added = spread(books.entries, invoices, books.entries.unused_minor(payment))
    if added:
        books.post(at, replace(payment, allocations=joined(payment.allocations, added)))


def rematch(books: Books, payment: Payment, at: datetime, *, invoices: Sequence[Invoice]) -> None:
    """Set a payment that counts against other invoices than before; with none it is unapplied."""
    books.entries.put(replace(payment, allocations=()))
    freed = books.entries.of(Payment)[payment.id]
    added = spread(books.entries, invoices, books.entries.unused_minor(freed))
    books.post(at, replace(freed, allocations=added))


def take_back(books: Books, payment: Payment, at: datetime, *, status: Literal["returned", "charged_back"]) -> None:
    """The money of a payment is gone again; what it had paid is due."""
    books.post(at, replace(payment, status=status, returned_on=at.date()))


def delete(books: Books, payment: Payment, at: datetime) -> None:
    """Delete a payment, which its system tells nobody."""
    books.post(at, replace(payment, is_deleted=True))


def give_back(books: Books, source: Payment | CreditNote, at: datetime, *, amount_minor: int, reason: str) -> Refund:
    """Refund some of what is left of a payment or credit note."""
    refund = Refund(
        id=books.next_id(Refund),
        customer_id=source.customer_id,
        payment_id=source.id if isinstance(source, Payment) else None,
        credit_note_id=source.id if isinstance(source, CreditNote) else None,
        currency=source.currency,
        amount_minor=amount_minor,
        dated=at.date(),
        reason=reason,
    )
    books.post(at, refund)
    return refund
