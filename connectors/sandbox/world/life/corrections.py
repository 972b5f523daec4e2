"""What goes wrong with invoices and is put right: voids, deletions, disputes and credit notes."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from connectors.sandbox.world.chance import happens
from connectors.sandbox.world.deeds import cash, invoicing
from connectors.sandbox.world.life.agenda import some_days_later
from connectors.sandbox.world.life.buyers import Buyer, Life
from connectors.sandbox.world.postings import CreditNote, Invoice

DISPUTE_REASONS = ("Goods damaged", "Price differs from the order", "Quantity is short", "Not our order", "Already paid, they say")
CREDIT_REASONS = ("Return of goods", "Goodwill", "Pricing error", "Volume rebate")
_VOIDED_PERCENT = 1.6
_DELETED_PERCENT = 0.5
_DISPUTED_PERCENT = 4
_CREDITED_PERCENT = 5
_REMINDED_PERCENT = 6


def plan_corrections(life: Life, buyer: Buyer, invoice: Invoice) -> None:
    """Plan what happens to an invoice besides being paid, if anything."""
    random, at = buyer.random, life.books.now
    if happens(random, _VOIDED_PERCENT):
        life.plan(some_days_later(random, at, least=1, most=6), partial(_void, life, invoice.id))
    elif happens(random, _DELETED_PERCENT):
        life.plan(at + timedelta(minutes=random.randint(5, 400)), partial(_delete, life, invoice.id))
    elif happens(random, _DISPUTED_PERCENT):
        life.plan(some_days_later(random, at, least=3, most=40), partial(_dispute, life, buyer=buyer, invoice_id=invoice.id))
    elif happens(random, _CREDITED_PERCENT):
        life.plan(some_days_later(random, at, least=2, most=50), partial(_credit, life, buyer=buyer, invoice_id=invoice.id))
    elif happens(random, _REMINDED_PERCENT):
        life.plan(some_days_later(random, at, least=2, most=20), partial(_annotate, life, buyer=buyer, invoice_id=invoice.id))


def _void(life: Life, invoice_id: str, at: datetime) -> None:
    invoice = _issued(life, invoice_id)
    if invoice is not None and invoicing.is_unused(life.books.entries, invoice):
        invoicing.void(life.books, invoice, at)


def _delete(life: Life, invoice_id: str, at: datetime) -> None:
    invoice = _issued(life, invoice_id)
    if invoice is not None and invoicing.is_unused(life.books.entries, invoice):
        invoicing.delete(life.books, invoice, at)


def _dispute(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str) -> None:
    invoice = _issued(life, invoice_id)
    if invoice is not None and life.books.entries.free_minor(invoice) > 0:
        life.books.post(at, replace(invoice, dispute_reason=buyer.random.choice(DISPUTE_REASONS)))
        life.plan(some_days_later(buyer.random, at, least=5, most=70), partial(_agree, life, buyer=buyer, invoice_id=invoice_id))


def _agree(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str) -> None:
    """A dispute ends, every other time with a credit note."""
    invoice = _issued(life, invoice_id)
    if invoice is None:
        return
    life.books.post(at, replace(invoice, dispute_reason=None))
    if happens(buyer.random, 50):
        _credit(life, at, buyer=buyer, invoice_id=invoice_id)


def _credit(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str) -> None:
    """Credit a part of an invoice; what is not set against it waits for the next one, is given back, or turns out to be a mistake."""
    invoice, random = _issued(life, invoice_id), buyer.random
    if invoice is None or invoice.dated > at.date():
        return
    total = max(1, invoice.total_minor * random.choice((5, 10, 10, 25, 50, 100)) // 100)
    reason = random.choice(CREDIT_REASONS)
    note = invoicing.make_credit_note(life.books, invoice, at, total_minor=total, reason=reason, is_applied=not happens(random, 30))
    if happens(random, 6):
        life.plan(some_days_later(random, at, least=1, most=10), partial(_void_note, life, note.id))
    elif happens(random, 12):
        life.plan(some_days_later(random, at, least=10, most=40), partial(_give_back, life, note.id))


def _void_note(life: Life, note_id: str, at: datetime) -> None:
    note = _sound_note(life, note_id)
    if note is not None and not life.books.entries.refunded_minor(note_id):
        invoicing.void_credit_note(life.books, note, at)


def _give_back(life: Life, note_id: str, at: datetime) -> None:
    note = _sound_note(life, note_id)
    rest = 0 if note is None else life.books.entries.unused_minor(note)
    if note is not None and rest > 0:
        cash.give_back(life.books, note, at, amount_minor=rest, reason="credit paid out")


def _annotate(life: Life, at: datetime, *, buyer: Buyer, invoice_id: str) -> None:
    invoice = _issued(life, invoice_id)
    if invoice is not None:
        life.books.post(at, replace(invoice, memo=buyer.random.choice(("Copy sent again", "Order number added", "See delivery note"))))


def use_credit(life: Life, at: datetime, *, buyer: Buyer, invoice: Invoice) -> None:
    """Set what is left of older credit notes against a new invoice, most times."""
    for note in list(life.books.entries.documents(buyer.customer_id, CreditNote)):
        is_left = note.currency == invoice.currency and life.books.entries.unused_minor(note) > 0
        if is_left and life.books.is_sound(note) and happens(buyer.random, 55):
            invoicing.apply_credit(life.books, note, at, invoices=[invoice])


def _issued(life: Life, invoice_id: str) -> Invoice | None:
    """An invoice that is issued and may be changed."""
    invoice = life.books.entries.of(Invoice)[invoice_id]
    return invoice if invoice.stage == "issued" and life.books.is_sound(invoice) else None


def _sound_note(life: Life, note_id: str) -> CreditNote | None:
    """A credit note that counts and may be changed."""
    note = life.books.entries.of(CreditNote)[note_id]
    return note if note.counts and life.books.is_sound(note) else None
