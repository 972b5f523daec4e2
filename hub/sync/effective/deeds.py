"""What a source says of a contact or an invoice, also against what people have done to an invoice: voided it (B9), marked it as paid (B11)."""

from hub.health.amounts import NOTHING_SETTLED, SettledSums, Statement, residual_of
from hub.identity.settable import DEEDS, PAID, VOID
from hub.plugins.records import InvoiceRecord, Record
from hub.sync.effective.overridden import json_of
from hub.sync.landing.frame import expect
from hub.sync.landing.invoices import due_date_of
from hub.vocabulary import Lifecycle


def said_of(record: Record, content_hash: bytes, field: str, *, is_late: bool = False) -> str | None:
    """What the source says of a field, as JSON.

    For a void, which form of the invoice it is; for the mark of being paid, how much it says is open (in minor units, and the currency) and
    whether it has said so for too long. None for these: it does not speak against it.
    """
    if field == "due_date":
        return json_of(due_date_of(expect(record, InvoiceRecord)))
    if field not in DEEDS:
        return json_of(getattr(record, field))
    invoice = expect(record, InvoiceRecord)
    if invoice.lifecycle is Lifecycle.VOID:
        return None
    if field == VOID:
        return json_of(content_hash.hex())
    open_minor = left_open(invoice)
    return json_of({"open": open_minor, "currency": invoice.currency, "late": is_late}) if open_minor > 0 else None


def left_open(invoice: InvoiceRecord, settled: SettledSums = NOTHING_SETTLED) -> int:
    """What its source leaves open of an invoice: its total without what the source states and what dated settlements cover, in minor units."""
    statement = Statement(invoice.amount_paid_minor, invoice.amount_adjusted_minor, invoice.write_off_minor, invoice.balance_minor)
    stated = residual_of(invoice.total_minor, statement, settled, lifecycle=invoice.lifecycle)
    return invoice.total_minor - sum(stated) - settled.paid_minor - settled.adjusted_minor - settled.write_off_minor


def objection_to_deed(invoice: InvoiceRecord, field: str, settled: SettledSums) -> str | None:
    """Why this cannot be done to an invoice as its source has it, with what dated settlements cover; None: it can."""
    if invoice.lifecycle is Lifecycle.VOID:
        return "this invoice is void at its source already"
    if field == PAID and invoice.lifecycle is not Lifecycle.ISSUED:
        return f"this invoice is {invoice.lifecycle.value} at its source: nobody owes it"
    return "nothing of this invoice is open already, by what its source and the payments say" if field == PAID and left_open(invoice, settled) <= 0 else None
