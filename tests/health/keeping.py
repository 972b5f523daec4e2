"""Kept columns of a world's rows, as the sync keeps them: by the pure functions of `hub.health.amounts`."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from hub.health.amounts import (
    ADJUSTED_KINDS,
    PAID_KINDS,
    Residual,
    SettledSums,
    convert,
    convert_parts,
    invoice_amounts,
    payment_counts,
    remaining_parts,
)
from hub.health.basis import Basis
from hub.health.rate_table import RateTable, load_rate_table
from hub.health.rates import rebuild_rate_windows
from hub.model import CreditNote, Invoice, Payment, Settlement
from hub.vocabulary import PaymentState, SettlementKind
from tests.health.worlds import World, write_rates, write_rest


def write_kept_world(connection: sa.Connection, world: World, basis: Basis) -> None:
    """Insert a world with its rate windows and kept columns as of the basis."""
    write_rates(connection, world)
    rebuild_rate_windows(connection, basis.base_currency)
    keep(world, load_rate_table(connection, basis.base_currency, basis.conversion_date), basis.as_of)
    write_rest(connection, world)


def keep(world: World, rates: RateTable, today: date) -> None:
    """Set the kept columns of all rows as of a day."""
    for invoice in world.invoices:
        _keep_invoice(world, invoice, rates, today=today)
    for note in world.credits:
        _keep_credit(world, note, rates, today=today)
    for payment in world.payments:
        _keep_payment(world, payment, rates, today=today)


def _keep_invoice(world: World, invoice: Invoice, rates: RateTable, *, today: date) -> None:
    mine = _effective((found for found in world.settlements if found.invoice_id == invoice.id), today)
    settled = SettledSums(_of(mine, PAID_KINDS), _of(mine, ADJUSTED_KINDS), _of(mine, frozenset({SettlementKind.WRITE_OFF})))
    residual = Residual(invoice.residual_paid_minor, invoice.residual_adjusted_minor, invoice.residual_write_off_minor, invoice.residual_date)
    amounts = invoice_amounts(invoice.total_minor, settled, residual, today=today)
    rate = rates.rate(invoice.currency, document_date=invoice.document_date, today=today)
    invoice.amount_paid_minor, invoice.amount_adjusted_minor = amounts.paid_minor, amounts.adjusted_minor
    invoice.write_off_minor, invoice.amount_due_minor = amounts.write_off_minor, amounts.due_minor
    invoice.converted_total_minor = convert(invoice.total_minor, rate)
    invoice.converted_paid_minor = convert(amounts.paid_minor, rate)
    invoice.converted_adjusted_minor = convert(amounts.adjusted_minor, rate)
    invoice.converted_write_off_minor = convert(amounts.write_off_minor, rate)
    invoice.converted_due_minor = convert(amounts.due_minor, rate)
    invoice.rate_window_id = None if rate is None else rate.window_id
    invoice.first_open_due_date = invoice.due_date if amounts.due_minor > 0 else None
    if invoice.has_due_parts:
        parts = world.parts_of(invoice)
        left = remaining_parts([part.amount_minor for part in parts], amounts.due_minor)
        converted = [None] * len(parts) if rate is None else convert_parts(left, rate)
        for part, remaining, in_base in zip(parts, left, converted, strict=True):
            part.amount_due_minor, part.converted_due_minor = remaining, in_base
        invoice.first_open_due_date = next((part.due_date for part in parts if part.amount_due_minor), None)


def _keep_credit(world: World, note: CreditNote, rates: RateTable, *, today: date) -> None:
    mine = _effective((found for found in world.settlements if found.credit_note_id == note.id), today)
    note.allocated_minor = sum(found.allocated_minor for found in mine)
    note.refunded_minor = _refunded(world, note, today)
    residual = note.residual_minor if note.residual_date is not None and note.residual_date <= today else 0
    note.unutilised_minor = note.total_minor - note.allocated_minor - note.refunded_minor - residual
    rate = rates.rate(note.currency, document_date=note.document_date, today=today)
    note.converted_total_minor = convert(note.total_minor, rate)
    note.converted_unutilised_minor = convert(note.unutilised_minor, rate)
    note.rate_window_id = None if rate is None else rate.window_id


def _keep_payment(world: World, payment: Payment, rates: RateTable, *, today: date) -> None:
    mine = _effective((found for found in world.settlements if found.payment_id == payment.id), today)
    payment.allocated_minor = sum(found.allocated_minor for found in mine)
    payment.refunded_minor = _refunded(world, payment, today)
    counts = payment_counts(payment.state, payment_date=payment.payment_date, reversed_on=payment.reversed_on, today=today)
    payment.unapplied_minor = payment.amount_minor - payment.allocated_minor - payment.refunded_minor if counts else 0
    rate = rates.rate(payment.currency, document_date=payment.payment_date, today=today)
    payment.converted_amount_minor = convert(payment.amount_minor, rate)
    payment.converted_unapplied_minor = convert(payment.unapplied_minor, rate)
    payment.rate_window_id = None if rate is None else rate.window_id


def _effective(settlements: Iterable[Settlement], today: date) -> list[Settlement]:
    return [found for found in settlements if found.counts and found.effective_date <= today]


def _of(settlements: Iterable[Settlement], kinds: frozenset[SettlementKind]) -> int:
    return sum(found.amount_minor for found in settlements if found.kind in kinds)


def _refunded(world: World, owner: Payment | CreditNote, today: date) -> int:
    return sum(
        refund.amount_minor
        for refund in world.refunds
        if (refund.payment_id if isinstance(owner, Payment) else refund.credit_note_id) == owner.id
        and refund.state is PaymentState.SETTLED
        and refund.currency == owner.currency
        and not refund.is_deleted
        and refund.refund_date <= today
    )
