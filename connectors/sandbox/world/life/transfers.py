"""How customers pay by themselves: in time, late, in parts, several invoices at once, too much, twice, or by a cheque that bounces."""

from datetime import date, datetime, timedelta
from functools import partial

from connectors.sandbox.world.chance import happens
from connectors.sandbox.world.deeds import cash
from connectors.sandbox.world.deeds.invoicing import write_off
from connectors.sandbox.world.life.agenda import office_hour, some_days_later
from connectors.sandbox.world.life.buyers import COLLECTED, Buyer, Life
from connectors.sandbox.world.postings import Invoice, Payment

_UNNAMED_PERCENT = 4
"""Payments that say nothing of what they are for, and are matched later, if ever."""
_NEVER_MATCHED_PERCENT = 25
_OVERPAID_PERCENT = 2.5
_TWICE_PERCENT = 0.6
_CHEQUE_BOUNCES_PERCENT = 6
_WRITTEN_OFF_PERCENT = 45
_RUN_DAYS = 7


def plan_transfer(life: Life, buyer: Buyer, invoice: Invoice) -> None:
    """Plan when a customer pays an invoice: its habit's days after the due date, unless it has given up paying."""
    day = max(invoice.due_date + timedelta(days=buyer.delay_days()), invoice.dated)
    plan_payment(life, buyer, invoice, day=day)


def plan_payment(life: Life, buyer: Buyer, invoice: Invoice, *, day: date) -> None:
    """Plan that a customer pays an invoice on a day, or nearly."""
    if buyer.gives_up_on is not None and day >= buyer.gives_up_on:
        if happens(buyer.random, _WRITTEN_OFF_PERCENT):
            at = office_hour(buyer.random, invoice.due_date + timedelta(days=buyer.random.randint(150, 260)))
            life.plan(at, partial(_give_up, life, invoice.id))
        return
    life.plan(office_hour(buyer.random, day), partial(_pay, life, buyer=buyer, invoice_id=invoice.id))


def _pay(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str) -> None:
    """Pay what is due of an invoice now, in one of the ways in which people pay."""
    entries, random = life.books.entries, buyer.random
    invoice = entries.of(Invoice)[invoice_id]
    free = entries.free_minor(invoice)
    if free <= 0 or not life.books.is_sound(invoice):
        return
    invoices, amount = [invoice], free
    if happens(random, buyer.habit.partly):
        amount = max(1, free * random.randint(20, 80) // 100)
        plan_payment(life, buyer, invoice, day=at.date() + timedelta(days=random.randint(10, 45)))
    elif buyer.pays_in_runs:
        invoices = _run(life, invoice, at.date())
        amount = sum(entries.free_minor(each) for each in invoices)
    elif happens(random, _OVERPAID_PERCENT):
        amount = free + max(1, free * random.randint(1, 12) // 100)
    _send(life, at, buyer=buyer, invoices=invoices, amount_minor=amount)


def _run(life: Life, invoice: Invoice, day: date) -> list[Invoice]:
    """All that is due soon of the customer in the currency, the planned invoice first."""
    until = day + timedelta(days=_RUN_DAYS)
    owed = life.books.entries.owed(invoice.customer_id)
    others = [each for each in owed if each.currency == invoice.currency and each.due_date <= until and each.id != invoice.id]
    return [invoice, *(each for each in others if life.books.is_sound(each))]


def _send(life: Life, at: datetime, *, buyer: Buyer, invoices: list[Invoice], amount_minor: int) -> None:
    random, first = buyer.random, invoices[0]
    is_unnamed = happens(random, _UNNAMED_PERCENT)
    method = "transfer" if buyer.means in COLLECTED else buyer.means
    payment = cash.receive(
        life.books,
        life.customer(buyer),
        at,
        amount_minor=amount_minor,
        currency=first.currency,
        invoices=[] if is_unnamed else invoices,
        method=method,
        status="pending" if method == "cheque" else "settled",
    )
    if method == "cheque":
        life.plan(some_days_later(random, at, least=2, most=6), partial(_clear, life, buyer=buyer, payment_id=payment.id))
    elif is_unnamed and not happens(random, _NEVER_MATCHED_PERCENT):
        life.plan(some_days_later(random, at, least=1, most=14), partial(_match, life, buyer=buyer, payment_id=payment.id))
    elif happens(random, _TWICE_PERCENT):
        twin = cash.receive(life.books, life.customer(buyer), at, amount_minor=amount_minor, currency=first.currency, method=method)
        life.plan(some_days_later(random, at, least=1, most=4), partial(_strike_out, life, twin.id))
    elif life.books.entries.unused_minor(payment) and happens(random, 35):
        life.plan(some_days_later(random, at, least=5, most=20), partial(_refund_rest, life, payment.id))


def _clear(life: Life, at: datetime, *, buyer: Buyer, payment_id: str) -> None:
    """A cheque clears, or it bounces and is paid later."""
    payment = _sound(life, payment_id)
    if payment is None or payment.status != "pending":
        return
    if not happens(buyer.random, _CHEQUE_BOUNCES_PERCENT):
        cash.settle(life.books, payment, at)
        return
    cash.cancel(life.books, payment, at)
    for allocation in payment.allocations:
        invoice = life.books.entries.of(Invoice)[allocation.invoice_id]
        plan_payment(life, buyer, invoice, day=at.date() + timedelta(days=buyer.random.randint(7, 30)))


def _match(life: Life, at: datetime, *, buyer: Buyer, payment_id: str) -> None:
    payment = _sound(life, payment_id)
    if payment is not None:
        owed = life.books.entries.owed(buyer.customer_id)
        cash.match(life.books, payment, at, invoices=[each for each in owed if each.currency == payment.currency and life.books.is_sound(each)])


def _strike_out(life: Life, payment_id: str, at: datetime) -> None:
    payment = _sound(life, payment_id)
    if payment is not None and not payment.allocations:
        cash.delete(life.books, payment, at)


def _refund_rest(life: Life, payment_id: str, at: datetime) -> None:
    payment = _sound(life, payment_id)
    rest = 0 if payment is None else life.books.entries.unused_minor(payment)
    if payment is not None and rest > 0:
        cash.give_back(life.books, payment, at, amount_minor=rest, reason="paid too much")


def _give_up(life: Life, invoice_id: str, at: datetime) -> None:
    invoice = life.books.entries.of(Invoice)[invoice_id]
    if life.books.entries.free_minor(invoice) > 0 and life.books.is_sound(invoice):
        write_off(life.books, invoice, at)


def _sound(life: Life, payment_id: str) -> Payment | None:
    """A payment that may be changed."""
    payment = life.books.entries.of(Payment)[payment_id]
    return payment if life.books.is_sound(payment) else None
