"""What is done with invoices and credit notes. Nothing here decides whether to; each deed keeps the ledger within its rules."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from connectors.sandbox.world.books import Books
from connectors.sandbox.world.entries import Entries
from connectors.sandbox.world.postings import Allocation, CreditNote, Customer, DuePart, Invoice, Line, Stage

_PART_DAYS = 30


def make_invoice(
    books: Books,
    customer: Customer,
    at: datetime,
    *,
    lines: Sequence[Line],
    currency: str | None = None,
    dated: date | None = None,
    stage: Stage = "issued",
    parts: int = 1,
    po_number: str | None = None,
) -> Invoice:
    """Write an invoice, or a draft of one: due after the customer's terms, in equal parts a month apart where there are several."""
    invoice = new_invoice(books, customer, at, lines=lines, currency=currency, dated=dated, stage=stage, parts=parts, po_number=po_number)
    books.post(at, invoice)
    return invoice


def new_invoice(
    books: Books,
    customer: Customer,
    at: datetime,
    *,
    lines: Sequence[Line],
    currency: str | None = None,
    dated: date | None = None,
    stage: Stage = "issued",
    parts: int = 1,
    po_number: str | None = None,
) -> Invoice:
    """An invoice that is in no books yet."""
    day = dated or at.date()
    due = day + timedelta(days=customer.payment_terms_days)
    return Invoice(
        id=books.next_id(Invoice),
        number=f"INV-{day.year}-{books.next_number('invoice number'):05d}",
        customer_id=customer.id,
        currency=currency or customer.currency,
        dated=day,
        due_date=due,
        lines=tuple(lines),
        stage=stage,
        due_parts=due_parts(sum(line.amount_minor for line in lines), due, parts),
        po_number=po_number,
    )


def due_parts(total_minor: int, due_date: date, count: int) -> tuple[DuePart, ...]:
    """A total in parts a month apart, the first due on the due date; the last one takes what does not divide. Nothing for one part."""
    if count == 1:
        return ()
    share = total_minor // count
    amounts = [*[share] * (count - 1), total_minor - share * (count - 1)]
    return tuple(DuePart(due_date + timedelta(days=_PART_DAYS * number), amount) for number, amount in enumerate(amounts))


def issue(books: Books, draft: Invoice, at: datetime) -> Invoice:
    """Send out a draft; its dates are counted from now."""
    shift = at.date() - draft.dated
    parts = tuple(replace(part, due_date=part.due_date + shift) for part in draft.due_parts)
    issued = replace(draft, stage="issued", dated=at.date(), due_date=draft.due_date + shift, due_parts=parts)
    books.post(at, issued)
    return issued


def is_unused(entries: Entries, invoice: Invoice) -> bool:
    """Whether nothing that counts, or may count soon, is set against an invoice, so that it can be voided."""
    return entries.remaining_minor(invoice) == invoice.total_minor and not entries.pending_minor(invoice)


def void(books: Books, invoice: Invoice, at: datetime) -> None:
    """Void an invoice that nothing is set against."""
    books.post(at, replace(invoice, stage="void", voided_on=at.date(), dispute_reason=None))


def write_off(books: Books, invoice: Invoice, at: datetime) -> None:
    """Give up all that remains of an invoice."""
    books.post(at, replace(invoice, stage="written_off", written_off_on=at.date()))


def delete(books: Books, invoice: Invoice, at: datetime) -> None:
    """Delete an invoice; what was set against it stays set against something that is not there."""
    books.post(at, replace(invoice, is_deleted=True))


# --- credit notes ---------------------------------------------------------------------------------


def spread(entries: Entries, invoices: Iterable[Invoice], amount_minor: int) -> tuple[Allocation, ...]:
    """An amount set against invoices from today, in their order and never more than is free of each."""
    allocations: list[Allocation] = []
    for invoice in invoices:
        part = min(amount_minor, entries.free_minor(invoice))
        if part > 0:
            allocations.append(Allocation(invoice.id, part, entries.today))
            amount_minor -= part
    return tuple(allocations)


def make_credit_note(books: Books, invoice: Invoice, at: datetime, *, total_minor: int, reason: str, is_applied: bool) -> CreditNote:
    """Credit a customer for an invoice: set against it as far as it is still free, or kept for later."""
    note = CreditNote(
        id=books.next_id(CreditNote),
        number=f"CN-{at.year}-{books.next_number('credit note number'):04d}",
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        dated=at.date(),
        total_minor=total_minor,
        reason=reason,
        allocations=spread(books.entries, [invoice], total_minor) if is_applied else (),
    )
    books.post(at, note)
    return note


def apply_credit(books: Books, note: CreditNote, at: datetime, *, invoices: Sequence[Invoice]) -> None:
    """Set what is left of a credit note against invoices of its currency."""
    added = spread(books.entries, invoices, books.entries.unused_minor(note))
    if added:
        books.post(at, replace(note, allocations=joined(note.allocations, added)))


def void_credit_note(books: Books, note: CreditNote, at: datetime) -> None:
    """Void a credit note of which nothing was given back; what it had been set against is due again."""
    books.post(at, replace(note, voided_on=at.date()))


def joined(before: Sequence[Allocation], added: Sequence[Allocation]) -> tuple[Allocation, ...]:
    """Allocations with more of them. One invoice has one of a day, so that no two look alike."""
    merged = {(each.invoice_id, each.dated): each for each in before}
    for each in added:
        same = merged.get((each.invoice_id, each.dated))
        merged[each.invoice_id, each.dated] = each if same is None else replace(same, amount_minor=same.amount_minor + each.amount_minor)
    return tuple(merged.values())
