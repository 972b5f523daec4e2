"""What is done with charges. A charge that settles becomes a payment in accounting; one that is taken back takes its payment with it."""

from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.deeds import cash
from connectors.sandbox.world.gateway_postings import Charge, PaymentMethod
from connectors.sandbox.world.postings import Customer, Invoice, Payment

FAILURES = {
    "insufficient_funds": "The account has not enough money.",
    "expired_card": "The card has expired.",
    "do_not_honor": "The bank does not say why.",
    "card_velocity_exceeded": "The card was used too often today.",
    "account_closed": "The account is closed.",
}


def try_charge(books: Books, invoice: Invoice, at: datetime, *, method: PaymentMethod, attempt: int = 1) -> Charge:
    """Ask the gateway to collect what is free of an invoice."""
    charge_id = books.next_id(Charge)
    charge = Charge(
        id=charge_id,
        customer_id=method.customer_id,
        payment_method_id=method.id,
        invoice_number=invoice.number,
        amount_minor=books.entries.free_minor(invoice),
        currency=invoice.currency,
        attempted_at=at,
        transaction_id=f"txn-{charge_id[3:]}-{attempt}",
        attempt=attempt,
    )
    books.post(at, charge)
    return charge


def succeed(books: Books, charge: Charge, at: datetime) -> None:
    """The bank said yes; the money is on its way."""
    books.post(at, replace(charge, status="succeeded"))


def fail(books: Books, charge: Charge, at: datetime, *, code: str, next_retry_on: date | None) -> None:
    """The bank said no."""
    books.post(at, replace(charge, status="failed", failure_code=code, failure_message=FAILURES[code], next_retry_on=next_retry_on))


def settle(books: Books, charge: Charge, at: datetime, *, invoice: Invoice) -> Payment:
    """The money has arrived: accounting books a payment, set against the invoice as far as that is still free."""
    method = books.entries.of(PaymentMethod)[charge.payment_method_id]
    books.post(at, replace(charge, status="settled", settled_at=at))
    return cash.receive(
        books,
        books.entries.of(Customer)[invoice.customer_id],
        at,
        amount_minor=charge.amount_minor,
        currency=charge.currency,
        invoices=[invoice] if books.is_sound(invoice) else [],
        method="direct_debit" if method.kind == "bank_debit" else "card",
        charge_id=charge.id,
    )


def take_back(books: Books, charge: Charge, at: datetime, *, payment: Payment) -> None:
    """A direct debit is returned, or a card payment is charged back: in both systems."""
    is_debit = payment.method == "direct_debit"
    status: Literal["returned", "disputed"] = "returned" if is_debit else "disputed"
    books.post(at, replace(charge, status=status, returned_on=at.date()))
    cash.take_back(books, payment, at, status="returned" if is_debit else "charged_back")
