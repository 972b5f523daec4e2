"""The ledger on any day, computed from dated facts: documents, settlements, residual settlements, refunds, rates (B41)."""

from typing import Any

import sqlalchemy as sa

from hub.health.amounts import ADJUSTED_KINDS, PAID_KINDS
from hub.health.basis import ASSUMED_PAID, Basis
from hub.health.conversion import convert, rates_for
from hub.health.dialects import summed
from hub.health.documents import Scope, in_the_books, is_issued, money_is_there, uses_residual, within
from hub.health.ledger import Ledger, OnePass, attempts_as_of
from hub.model import CreditNote, DuePart, Invoice, Payment, RateWindow, Refund, Settlement, table_of
from hub.vocabulary import PaymentState, SettlementKind

_INVOICES = table_of(Invoice)
_PARTS = table_of(DuePart)
_CREDITS = table_of(CreditNote)
_PAYMENTS = table_of(Payment)
_REFUNDS = table_of(Refund)
_SETTLEMENTS = table_of(Settlement)
_WINDOWS = table_of(RateWindow)

Rows = sa.Select[*tuple[Any, ...]]


def dated_ledger(basis: Basis, scope: Scope = None) -> Ledger:
    """The ledger on the day of the basis, whatever day the kept columns hold for."""
    everything = _documents_as_of(basis, scope)
    documents = everything.subquery("document")
    is_open = sa.and_(documents.c.due_minor > 0, documents.c.is_issued)
    is_unrated = sa.and_(_INVOICES.c.currency != basis.base_currency, everything.selected_columns.rate_window_id.is_(None))
    in_parts = _INVOICES.c.id.in_(sa.select(_PARTS.c.invoice_id))
    return Ledger(
        documents,
        sa.select(documents).where(is_open).subquery("open_document"),
        due_parts_as_of(basis, everything.where(in_parts).subquery("document_in_parts")),
        credits_as_of(basis, scope),
        payments_as_of(basis, scope),
        attempts_as_of(basis, scope),
        scope,
        one_pass=OnePass(_computed_once(everything, "every_document"), everything.where(is_unrated).subquery("unrated_document")),
    )


def _computed_once(documents: Rows, name: str) -> sa.FromClause:
    """A relation whose columns are computed once for each row, however often they are read: neither planner takes an offset apart."""
    return documents.offset(sa.literal_column("0")).subquery(name)


def _documents_as_of(basis: Basis, scope: Scope) -> Rows:
    """Invoices and other debits in the books on the day, with their amounts on that day.

    Columns: those of `Ledger.documents` and `Ledger.open_documents`, and `adjusted_minor write_off_minor rate_window_id`.
    """
    invoice = _INVOICES
    settled = _settled_invoices(basis, scope)
    rate, is_its_rate = rates_for(invoice, "document_date", basis, scope=scope)

    def amount(kind: str) -> sa.ColumnElement[int]:
        residual = sa.case((uses_residual(invoice, basis), invoice.c[f"residual_{kind}_minor"]), else_=0)
        return sa.func.coalesce(settled.c[f"{kind}_minor"], 0) + residual

    adjusted, write_off = amount("adjusted"), amount("write_off")
    paid = _or_assumed(amount("paid"), invoice.c.total_minor - adjusted - write_off, basis)
    due = invoice.c.total_minor - paid - adjusted - write_off
    return (
        sa.select(
            invoice.c.id,
            invoice.c.customer_id,
            invoice.c.currency,
            rate.c.id.label("rate_window_id"),
            invoice.c.document_type,
            invoice.c.document_date,
            invoice.c.due_date,
            invoice.c.has_due_parts,
            is_issued(invoice, basis).label("is_issued"),
            uses_residual(invoice, basis).label("uses_residual"),
            invoice.c.total_minor,
            paid.label("paid_minor"),
            adjusted.label("adjusted_minor"),
            write_off.label("write_off_minor"),
            due.label("due_minor"),
            convert(invoice.c.total_minor, invoice.c.currency, rate=rate, basis=basis).label("converted_total_minor"),
            convert(paid, invoice.c.currency, rate=rate, basis=basis).label("converted_paid_minor"),
            convert(due, invoice.c.currency, rate=rate, basis=basis).label("converted_due_minor"),
        )
        .select_from(invoice)
        .outerjoin(settled, settled.c.invoice_id == invoice.c.id)
        .outerjoin(rate, is_its_rate)
        .where(in_the_books(invoice, basis), within(invoice.c.customer_id, scope))
    )


def _or_assumed(paid: sa.ColumnElement[int], in_full: sa.ColumnElement[int], basis: Basis) -> sa.ColumnElement[int]:
    """What is paid of an invoice; all of it, where the basis takes it as paid."""
    assumed = sa.bindparam(ASSUMED_PAID, type_=sa.BigInteger)
    return sa.case((_INVOICES.c.id == assumed, in_full), else_=paid) if basis.assumes_payment else paid


def _settled_invoices(basis: Basis, scope: Scope) -> sa.FromClause:
    """What dated settlements had settled of each invoice by the day, by what they lower."""
    settlement = _SETTLEMENTS

    def of(kinds: frozenset[SettlementKind]) -> sa.ColumnElement[int]:
        return summed(sa.case((settlement.c.kind.in_(sorted(kinds)), settlement.c.amount_minor), else_=0))

    query = sa.select(
        settlement.c.invoice_id,
        of(PAID_KINDS).label("paid_minor"),
        of(ADJUSTED_KINDS).label("adjusted_minor"),
        of(frozenset({SettlementKind.WRITE_OFF})).label("write_off_minor"),
    ).where(_counts(basis), settlement.c.invoice_id.is_not(None))
    if scope is not None:
        query = query.where(settlement.c.invoice_id.in_(sa.select(_INVOICES.c.id).where(within(_INVOICES.c.customer_id, scope))))
    return query.group_by(settlement.c.invoice_id).subquery("settled")


def due_parts_as_of(basis: Basis, documents: sa.FromClause) -> sa.FromClause:
    """What remains on the day of the due parts of open invoices among `documents`: settlements cover the earliest first (B4).

    Converted amounts are differences of converted running totals, so that they add up to the invoice's converted amount due.
    """
    running = _running_parts(documents)
    rate = _WINDOWS
    still_open = sa.case((running.c.running_minor > running.c.settled_minor, running.c.running_minor - running.c.settled_minor), else_=0)
    totals = (
        sa.select(
            running,
            still_open.label("open_minor"),
            convert(still_open, running.c.currency, rate=rate, basis=basis).label("converted_open_minor"),
        )
        .outerjoin_from(running, rate, rate.c.id == running.c.rate_window_id)
        .subquery("open_total")
    )
    differences = sa.select(
        totals.c.invoice_id,
        totals.c.customer_id,
        totals.c.currency,
        totals.c.due_date,
        (totals.c.open_minor - _before(totals, "open_minor")).label("due_minor"),
        (totals.c.converted_open_minor - _before(totals, "converted_open_minor")).label("converted_due_minor"),
    ).subquery("part_of_total")
    return sa.select(differences).where(differences.c.due_minor > 0).cte()


def _running_parts(document: sa.FromClause) -> sa.FromClause:
    part = _PARTS
    order = (part.c.due_date, part.c.position, part.c.id)
    running = sa.func.sum(part.c.amount_minor).over(partition_by=part.c.invoice_id, order_by=order, rows=(None, 0))
    whole = sa.func.sum(part.c.amount_minor).over(partition_by=part.c.invoice_id)
    return (
        sa.select(
            part.c.invoice_id,
            part.c.position,
            part.c.id,
            part.c.due_date,
            document.c.customer_id,
            document.c.currency,
            document.c.rate_window_id,
            sa.cast(running, sa.BigInteger).label("running_minor"),
            (sa.cast(whole, sa.BigInteger) - document.c.due_minor).label("settled_minor"),
        )
        .join_from(part, document, part.c.invoice_id == document.c.id)
        .where(document.c.has_due_parts.is_(sa.true()), document.c.due_minor > 0, document.c.is_issued)
        .subquery("running_part")
    )


def _before(totals: sa.FromClause, column: str) -> sa.ColumnElement[int]:
    order = (totals.c.due_date, totals.c.position, totals.c.id)
    return sa.func.lag(totals.c[column], 1, sa.literal(0, sa.BigInteger)).over(partition_by=totals.c.invoice_id, order_by=order)


def credits_as_of(basis: Basis, scope: Scope = None) -> sa.FromClause:
    """Credit notes in the books on the day, with what was unused of them by then."""
    note = _CREDITS
    rate, is_its_rate = rates_for(note, "document_date", basis, scope=scope)
    owners = _owners(note, scope)
    allocated = _allocated(_SETTLEMENTS.c.credit_note_id, basis, owners=owners)
    refunded = _refunded(_REFUNDS.c.credit_note_id, basis, owners=owners)
    residual = sa.case((uses_residual(note, basis), note.c.residual_minor), else_=0)
    unutilised = note.c.total_minor - sa.func.coalesce(allocated.c.amount_minor, 0) - sa.func.coalesce(refunded.c.amount_minor, 0) - residual
    return (
        sa.select(
            note.c.id,
            note.c.customer_id,
            note.c.currency,
            uses_residual(note, basis).label("uses_residual"),
            unutilised.label("unutilised_minor"),
            convert(unutilised, note.c.currency, rate=rate, basis=basis).label("converted_unutilised_minor"),
        )
        .select_from(note)
        .outerjoin(allocated, allocated.c.owner_id == note.c.id)
        .outerjoin(refunded, _is_of(refunded, note))
        .outerjoin(rate, is_its_rate)
        .where(in_the_books(note, basis), within(note.c.customer_id, scope))
        .cte()
    )


def payments_as_of(basis: Basis, scope: Scope = None) -> sa.FromClause:
    """Payments that count on the day, with what of them was applied to nothing by then."""
    payment = _PAYMENTS
    rate, is_its_rate = rates_for(payment, "payment_date", basis, scope=scope)
    owners = _owners(payment, scope)
    allocated = _allocated(_SETTLEMENTS.c.payment_id, basis, owners=owners)
    refunded = _refunded(_REFUNDS.c.payment_id, basis, owners=owners)
    unapplied = payment.c.amount_minor - sa.func.coalesce(allocated.c.amount_minor, 0) - sa.func.coalesce(refunded.c.amount_minor, 0)
    return (
        sa.select(
            payment.c.id,
            payment.c.customer_id,
            payment.c.currency,
            unapplied.label("unapplied_minor"),
            convert(unapplied, payment.c.currency, rate=rate, basis=basis).label("converted_unapplied_minor"),
        )
        .select_from(payment)
        .outerjoin(allocated, allocated.c.owner_id == payment.c.id)
        .outerjoin(refunded, _is_of(refunded, payment))
        .outerjoin(rate, is_its_rate)
        .where(money_is_there(payment, basis), within(payment.c.customer_id, scope))
        .cte()
    )


def _owners(rows: sa.Table, scope: Scope) -> sa.Select[tuple[int]] | None:
    """The payments or credit notes of the scope; None: all of them."""
    return None if scope is None else sa.select(rows.c.id).where(within(rows.c.customer_id, scope))


def _allocated(owner: sa.ColumnElement[int], basis: Basis, *, owners: sa.Select[tuple[int]] | None) -> sa.FromClause:
    """What of each payment, or of each credit note, was set against invoices by the day, arrived or not; in its own currency."""
    query = sa.select(owner.label("owner_id"), summed(_SETTLEMENTS.c.allocated_minor).label("amount_minor"))
    return query.where(_counts(basis), _is_one_of(owner, owners)).group_by(owner).subquery()


def _refunded(owner: sa.ColumnElement[int], basis: Basis, *, owners: sa.Select[tuple[int]] | None) -> sa.FromClause:
    """What was given back of each payment, or of each credit note, by the day, in each currency."""
    there = sa.and_(_REFUNDS.c.state == PaymentState.SETTLED, _REFUNDS.c.refund_date <= basis.as_of, _REFUNDS.c.is_deleted.is_(sa.false()))
    query = sa.select(owner.label("owner_id"), _REFUNDS.c.currency, summed(_REFUNDS.c.amount_minor).label("amount_minor"))
    return query.where(there, _is_one_of(owner, owners)).group_by(owner, _REFUNDS.c.currency).subquery()


def _is_of(refunded: sa.FromClause, owner: sa.Table) -> sa.ColumnElement[bool]:
    """Whether an amount was given back of this row in its own currency; one in another currency lowers nothing."""
    return sa.and_(refunded.c.owner_id == owner.c.id, refunded.c.currency == owner.c.currency)


def _is_one_of(owner: sa.ColumnElement[int], owners: sa.Select[tuple[int]] | None) -> sa.ColumnElement[bool]:
    return owner.is_not(None) if owners is None else owner.in_(owners)


def _counts(basis: Basis) -> sa.ColumnElement[bool]:
    return sa.and_(_SETTLEMENTS.c.counts.is_(sa.true()), _SETTLEMENTS.c.effective_date <= basis.as_of)
