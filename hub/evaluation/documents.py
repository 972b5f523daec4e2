"""Documents as rules see them: invoices and other debits, and credit notes under the same columns, on any day."""

import sqlalchemy as sa

from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.health.conversion import convert, rates_for
from hub.health.documents import ZERO, in_the_books, within
from hub.health.facts import credits_as_of, dated_ledger
from hub.health.invoice_state import invoice_status, is_open_invoice
from hub.model import CreditNote, Invoice, table_of
from hub.vocabulary import TransactionType
from rules.stored import Column

_INVOICES = table_of(Invoice)
_CREDITS = table_of(CreditNote)

_ROWS, _NOTES = _INVOICES.alias("rule_invoice"), _CREDITS.alias("rule_credit_note")
"""Made once, for an alias copies every column. Neither stands twice in one scope of a statement."""

CREDIT_NOTE = "CREDIT_NOTE"
"""What the document type of a credit note is called, beside those of debits."""


def invoices(facts: Facts) -> sa.FromClause:
    """Invoices and other debits with the columns of their table, the amounts being those of the day."""
    return _ROWS if facts.is_kept else _invoices_as_of(facts)


def credit_notes(facts: Facts) -> sa.FromClause:
    """Credit notes under the columns of invoices: `amount_due_minor` is what is unutilised. What invoices alone have is NULL."""
    note = _NOTES
    rows: sa.FromClause = note
    total, unutilised, converted = note.c.converted_total_minor, note.c.unutilised_minor, note.c.converted_unutilised_minor
    if not facts.is_kept:
        dated = credits_as_of(facts.basis, facts.scope)
        rate, is_its_rate = rates_for(note, "document_date", facts.basis, scope=facts.scope)
        rows = note.outerjoin(dated, dated.c.id == note.c.id).outerjoin(rate, is_its_rate)
        total = convert(note.c.total_minor, note.c.currency, rate=rate, basis=facts.basis)
        unutilised, converted = sa.func.coalesce(dated.c.unutilised_minor, note.c.total_minor), dated.c.converted_unutilised_minor
    known: dict[str, Column] = {
        "document_type": sa.literal(CREDIT_NOTE),
        "amount_due_minor": unutilised,
        "converted_total_minor": total,
        "converted_due_minor": converted,
        "has_due_parts": sa.false(),
        "is_disputed": sa.false(),
    }
    columns = [known.get(column.name, note.c[column.name] if column.name in note.c else sa.cast(sa.null(), column.type)) for column in _INVOICES.columns]
    labelled = (found.label(column.name) for found, column in zip(columns, _INVOICES.columns, strict=True))
    return sa.select(*labelled).select_from(rows).where(within(note.c.customer_id, facts.scope)).subquery()


def is_there(rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a document is one of those that rules range over: of the customer's system of record, and there at its source."""
    return sa.and_(rows.c.is_authoritative.is_(sa.true()), rows.c.is_deleted.is_(sa.false()))


def balance(rows: sa.FromClause, basis: Basis) -> Column:
    """What is due, in the document's currency; nothing on what is no open document."""
    return sa.case((is_open_invoice(rows, basis), rows.c.amount_due_minor), else_=ZERO)


def converted_balance(rows: sa.FromClause, basis: Basis) -> Column:
    """The same in the workspace currency; NULL where the rate is missing."""
    return sa.case((is_open_invoice(rows, basis), rows.c.converted_due_minor), else_=ZERO)


def open_due_date(rows: sa.FromClause, basis: Basis) -> Column:
    """The earliest open due date, from which days past due are counted; NULL on what is no open document."""
    return sa.case((is_open_invoice(rows, basis), rows.c.first_open_due_date))


def is_paid(rows: sa.FromClause, basis: Basis) -> Column:
    """Whether it is in the books, was not written off, and nothing is due on it (B0)."""
    return sa.and_(in_the_books(rows, basis), invoice_status(rows, basis) == "PAID")


def transaction_type(rows: sa.FromClause) -> Column:
    """DEBIT, or CREDIT of a credit note (RI13)."""
    return sa.case(
        (sa.type_coerce(rows.c.document_type, sa.String) == CREDIT_NOTE, sa.literal(TransactionType.CREDIT.value)),
        else_=sa.literal(TransactionType.DEBIT.value),
    )


def _invoices_as_of(facts: Facts) -> sa.FromClause:
    """Those that are not in the books on the day, such as ones dated ahead, have what they are for converted all the same, as kept ones have."""
    invoice = _INVOICES.alias()
    ledger = dated_ledger(facts.basis, facts.scope)
    dated, part = ledger.documents, ledger.parts
    first_part = sa.select(part.c.invoice_id, sa.func.min(part.c.due_date).label("due_date")).group_by(part.c.invoice_id).subquery()
    rate, is_its_rate = rates_for(invoice, "document_date", facts.basis, scope=facts.scope)
    own_due_date = sa.case((dated.c.due_minor > 0, invoice.c.due_date))
    amounts: dict[str, Column] = {
        "amount_paid_minor": dated.c.paid_minor,
        "amount_due_minor": sa.func.coalesce(dated.c.due_minor, invoice.c.total_minor),
        "converted_total_minor": convert(invoice.c.total_minor, invoice.c.currency, rate=rate, basis=facts.basis),
        "converted_due_minor": dated.c.converted_due_minor,
        "first_open_due_date": sa.case((invoice.c.has_due_parts.is_(sa.true()), first_part.c.due_date), else_=own_due_date),
    }
    columns = [amounts.get(column.name, invoice.c[column.name]).label(column.name) for column in _INVOICES.columns]
    rows = invoice.outerjoin(dated, dated.c.id == invoice.c.id).outerjoin(first_part, first_part.c.invoice_id == invoice.c.id).outerjoin(rate, is_its_rate)
    return sa.select(*columns).select_from(rows).where(within(invoice.c.customer_id, facts.scope)).subquery()
