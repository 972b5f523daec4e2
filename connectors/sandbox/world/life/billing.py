"""How customers are billed: when the next invoice is due to be written, drafts, future dates and due parts."""

from datetime import datetime, timedelta
from functools import partial

from connectors.sandbox.world.chance import happens
from connectors.sandbox.world.deeds import invoicing
from connectors.sandbox.world.life.agenda import office_hour, some_days_later
from connectors.sandbox.world.life.buyers import COLLECTED, Buyer, Life
from connectors.sandbox.world.life.collecting import plan_charge
from connectors.sandbox.world.life.corrections import plan_corrections, use_credit
from connectors.sandbox.world.life.transfers import plan_transfer
from connectors.sandbox.world.postings import Customer, Invoice

_YEAR = 365
_MONTH = 30
_DRAFTED_PERCENT = 6
_FORGOTTEN_PERCENT = 12
"""Drafts that nobody ever sends out."""
_FUTURE_PERCENT = 2.5
_IN_PARTS_PERCENT = 6
_SECOND_CURRENCY_PERCENT = 25


def plan_billing(life: Life, buyer: Buyer, at: datetime) -> None:
    """Plan the next invoice of a customer: a month from now for a subscriber, else as much later as its size says."""
    days = _MONTH if buyer.is_subscriber else round(buyer.random.expovariate(buyer.size.yearly / _YEAR)) + 1
    life.plan(office_hour(buyer.random, at.date() + timedelta(days=days)), partial(_bill, life, buyer))


def _bill(life: Life, buyer: Buyer, at: datetime) -> None:
    """Write an invoice and plan the next one, unless the customer is gone."""
    random, customer = buyer.random, life.customer(buyer)
    if life.books.is_sound(customer):
        drafted, later = happens(random, _DRAFTED_PERCENT), happens(random, _FUTURE_PERCENT)
        dated = at.date() + timedelta(days=random.randint(4, 25)) if later and not drafted else None
        invoice = invoicing.make_invoice(
            life.books,
            customer,
            at,
            lines=buyer.lines(currency := _currency(buyer, customer)),
            currency=currency,
            dated=dated,
            stage="draft" if drafted else "issued",
            parts=random.choice((2, 3, 4)) if happens(random, _IN_PARTS_PERCENT) else 1,
            po_number=f"PO-{random.randint(10_000, 99_999)}" if happens(random, 35) else None,
        )
        _follow_up(life, at, buyer=buyer, invoice=invoice)
    plan_billing(life, buyer, at)


def _currency(buyer: Buyer, customer: Customer) -> str:
    if buyer.second_currency is not None and happens(buyer.random, _SECOND_CURRENCY_PERCENT):
        return buyer.second_currency
    return customer.currency


def _follow_up(life: Life, at: datetime, *, buyer: Buyer, invoice: Invoice) -> None:
    """Plan what comes of a new invoice."""
    if invoice.stage == "draft":
        if not happens(buyer.random, _FORGOTTEN_PERCENT):
            life.plan(some_days_later(buyer.random, at, least=1, most=5), partial(_issue, life, buyer=buyer, invoice_id=invoice.id))
        return
    if invoice.dated == at.date():
        use_credit(life, at, buyer=buyer, invoice=invoice)
    if buyer.means in COLLECTED:
        plan_charge(life, buyer, invoice)
    else:
        plan_transfer(life, buyer, invoice)
    plan_corrections(life, buyer, invoice)


def _issue(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str) -> None:
    draft = life.books.entries.of(Invoice)[invoice_id]
    if draft.stage == "draft" and life.books.is_sound(draft):
        _follow_up(life, at, buyer=buyer, invoice=invoicing.issue(life.books, draft, at))
