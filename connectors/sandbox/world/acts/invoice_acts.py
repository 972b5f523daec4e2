"""Activities with invoices and credit notes. Each does something and says so, or finds nothing to do it with."""

from dataclasses import replace
from datetime import timedelta

from connectors.sandbox.world.acts.scene import Scene
from connectors.sandbox.world.chance import happens
from connectors.sandbox.world.currencies import CURRENCIES
from connectors.sandbox.world.deeds import invoicing
from connectors.sandbox.world.life.corrections import CREDIT_REASONS, DISPUTE_REASONS
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Line


def draw_invoice(scene: Scene) -> Invoice | None:
    """An invoice of some customer that is in no books yet: dated some days ago, today, or to come; or a draft."""
    customer, random = scene.pick(scene.sound(Customer)), scene.random
    if customer is None:
        return None
    currency = random.choice(tuple(CURRENCIES)) if happens(random, 20) else customer.currency
    days = random.choice((0, 0, 0, -1, -12, -45, random.randint(1, 12)))
    return invoicing.new_invoice(
        scene.books,
        customer,
        scene.at,
        lines=scene.lines(currency),
        currency=currency,
        dated=scene.at.date() + timedelta(days=days),
        stage="draft" if happens(random, 8) else "issued",
        parts=random.choice((1, 1, 1, 2, 3)),
    )


def new_invoice(scene: Scene) -> bool:
    """A new invoice."""
    invoice = draw_invoice(scene)
    if invoice is not None:
        scene.books.post(scene.at, invoice)
    return invoice is not None


def draft_issued(scene: Scene) -> bool:
    """A draft is sent out."""
    draft = scene.pick(each for each in scene.sound(Invoice) if each.stage == "draft")
    if draft is not None:
        invoicing.issue(scene.books, draft, scene.at)
    return draft is not None


def invoice_amount_edited(scene: Scene) -> bool:
    """An invoice has another total, never less than what is set against it."""
    invoice = scene.pick(_editable(scene))
    if invoice is None:
        return False
    settled = invoice.total_minor - scene.entries.remaining_minor(invoice) + scene.entries.pending_minor(invoice)
    total = settled + scene.part_of(invoice.total_minor)
    parts = invoicing.due_parts(total, invoice.due_date, max(1, len(invoice.due_parts)))
    scene.books.post(scene.at, replace(invoice, lines=(Line("As agreed", "Amount agreed anew", 1, total),), due_parts=parts))
    return True


def invoice_due_date_edited(scene: Scene) -> bool:
    """An invoice is due earlier or later."""
    invoice = scene.pick(_editable(scene))
    if invoice is None:
        return False
    due = max(invoice.dated, invoice.due_date + timedelta(days=scene.random.choice((-9, -2, 3, 14, 30))))
    parts = invoicing.due_parts(invoice.total_minor, due, max(1, len(invoice.due_parts)))
    scene.books.post(scene.at, replace(invoice, due_date=due, due_parts=parts))
    return True


def invoice_moved(scene: Scene) -> bool:
    """An invoice was somebody else's; what is set against it stays."""
    invoice = scene.pick(_editable(scene))
    other = None if invoice is None else scene.pick(each for each in scene.sound(Customer) if each.id != invoice.customer_id)
    if invoice is None or other is None:
        return False
    scene.books.post(scene.at, replace(invoice, customer_id=other.id))
    return True


def invoice_voided(scene: Scene) -> bool:
    """An invoice that nothing is set against is void."""
    invoice = scene.pick(each for each in _editable(scene) if each.stage == "issued" and invoicing.is_unused(scene.entries, each))
    if invoice is not None:
        invoicing.void(scene.books, invoice, scene.at)
    return invoice is not None


def invoice_written_off(scene: Scene) -> bool:
    """What remains of an invoice is given up."""
    invoice = scene.pick(each for each in scene.owed() if not scene.entries.pending_minor(each))
    if invoice is not None:
        invoicing.write_off(scene.books, invoice, scene.at)
    return invoice is not None


def invoice_disputed(scene: Scene) -> bool:
    """A dispute begins, or ends."""
    invoice = scene.pick(scene.owed())
    if invoice is not None:
        reason = None if invoice.dispute_reason else scene.random.choice(DISPUTE_REASONS)
        scene.books.post(scene.at, replace(invoice, dispute_reason=reason))
    return invoice is not None


def invoice_deleted(scene: Scene) -> bool:
    """An invoice is deleted, whatever is set against it."""
    invoice = scene.pick(scene.sound(Invoice))
    if invoice is not None:
        invoicing.delete(scene.books, invoice, scene.at)
    return invoice is not None


def invoice_recreated_same_id(scene: Scene) -> bool:
    """A deleted invoice is back under its old id, as it was."""
    invoice = scene.pick(_deleted(scene))
    if invoice is not None:
        scene.books.post(scene.at, replace(invoice, is_deleted=False, memo="Restored"))
    return invoice is not None


def invoice_recreated_new_id(scene: Scene) -> bool:
    """A deleted invoice is back with its number and another id; nothing is set against it."""
    invoice = scene.pick(_deleted(scene))
    if invoice is not None:
        again = replace(invoice, id=scene.books.next_id(Invoice), is_deleted=False, memo="Entered again")
        scene.books.post(scene.at, again)
    return invoice is not None


def _editable(scene: Scene) -> list[Invoice]:
    return [invoice for invoice in scene.sound(Invoice) if invoice.stage in {"draft", "issued"}]


def _deleted(scene: Scene) -> list[Invoice]:
    """Deleted invoices of living customers whose number nobody uses."""
    used = {invoice.number for invoice in scene.entries.living(Invoice)}
    customers = scene.entries.of(Customer)
    found = (invoice for invoice in scene.entries.of(Invoice).values() if invoice.is_deleted and invoice.number not in used)
    return [invoice for invoice in found if not customers[invoice.customer_id].is_deleted]


# --- credit notes ---------------------------------------------------------------------------------


def credit_note_new(scene: Scene) -> bool:
    """A credit note, set against its invoice or kept."""
    invoice = scene.pick(each for each in _editable(scene) if each.stage == "issued" and each.dated <= scene.at.date())
    if invoice is None or scene.customer_of(invoice).is_deleted:
        return False
    total, reason = scene.part_of(invoice.total_minor), scene.random.choice(CREDIT_REASONS)
    invoicing.make_credit_note(scene.books, invoice, scene.at, total_minor=total, reason=reason, is_applied=happens(scene.random, 50))
    return True


def credit_note_allocated(scene: Scene) -> bool:
    """What is left of a credit note is set against invoices of its customer."""
    owed = scene.owed()
    for note in scene.some(scene.sound(CreditNote), 5) if owed else []:
        targets = [each for each in owed if (each.customer_id, each.currency) == (note.customer_id, note.currency)]
        if targets and scene.entries.unused_minor(note) > 0:
            invoicing.apply_credit(scene.books, note, scene.at, invoices=targets)
            return True
    return False


def credit_note_voided(scene: Scene) -> bool:
    """A credit note of which nothing was given back is void."""
    note = scene.pick(each for each in scene.sound(CreditNote) if each.counts and not scene.entries.refunded_minor(each.id))
    if note is not None:
        invoicing.void_credit_note(scene.books, note, scene.at)
    return note is not None
