"""The turn of the business date: documents and payments whose facts took effect since the kept amounts were last brought up."""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa

from hub.config import WorkspaceSettings
from hub.health.basis import Basis
from hub.health.bill_to import changed_bill_to, resolve_bill_to
from hub.health.reading import is_kept
from hub.health.refresh import is_anyone_marked, turn_business_date
from hub.model import CreditNote, DirtyCustomer, FiguresState, Invoice, Payment, Refund, Settlement, table_of
from hub.store.bulk import insert_missing
from hub.store.lock import own_books
from hub.sync.context import PageWork, context_outside_runs
from hub.sync.effective.paid import settle_marks
from hub.sync.settling import recompute

_STATE = table_of(FiguresState)
_INVOICES = table_of(Invoice)
_PAYMENTS = table_of(Payment)
_CREDIT_NOTES = table_of(CreditNote)
_SETTLEMENTS = table_of(Settlement)
_REFUNDS = table_of(Refund)
_DIRTY = table_of(DirtyCustomer)
_KEPT_DAY = sa.select(_STATE.c.business_date)


def turn(connection: sa.Connection, workspace: WorkspaceSettings, *, today: date, now: datetime) -> bool:
    """Bring everything that is kept to `today`, who is billed for whom included; returns whether it held for another day or other settings.

    Runs inside the caller's write transaction. After it, kept amounts and kept figures agree with the formulas for `today`.
    """
    own_books(connection)
    basis = Basis.of(workspace, today)
    resolve_bill_to(connection, workspace.bill_to)
    before = connection.execute(_KEPT_DAY).scalar_one_or_none()
    if before is not None and before != today:
        _bring_up(connection, workspace, basis, before=before, now=now)
    return turn_business_date(connection, basis)


def is_out_of_date(connection: sa.Connection, workspace: WorkspaceSettings, *, today: date) -> bool:
    """Whether a turn to `today` would change anything that is kept, or customers are marked whose figures have to be brought up."""
    if not is_kept(connection, Basis.of(workspace, today)) or is_anyone_marked(connection):
        return True
    return bool(changed_bill_to(connection, workspace.bill_to))


def kept_day(connection: sa.Connection, basis: Basis) -> date:
    """The day that kept amounts hold for. Before the first turn it becomes that of `basis`: from then on every page keeps to it."""
    found = connection.execute(_KEPT_DAY).scalar_one_or_none()
    if found is not None:
        return found
    row = (1, basis.as_of, basis.base_currency, "")
    insert_missing(connection, _STATE, columns=("id", "business_date", "base_currency", "settings_digest"), rows=[row])
    return connection.execute(_KEPT_DAY).scalar_one()


def _bring_up(connection: sa.Connection, workspace: WorkspaceSettings, basis: Basis, *, before: date, now: datetime) -> None:
    """Recompute what has a fact dated between the two days, whichever of them is the later."""
    first, last = sorted((before, basis.as_of))
    work = PageWork(connection, context_outside_runs(connection, workspace, basis, now=now))

    def dated(identity: sa.ColumnElement[int], *days: sa.ColumnElement[date]) -> Iterable[int]:
        in_between = sa.or_(*(sa.and_(day > first, day <= last) for day in days))
        return connection.execute(sa.select(identity).where(identity.is_not(None), in_between).distinct()).scalars()

    settled_on = _SETTLEMENTS.c.effective_date
    work.touched_invoices.update(dated(_SETTLEMENTS.c.invoice_id, settled_on), dated(_INVOICES.c.id, _INVOICES.c.residual_date))
    work.touched_payments.update(
        dated(_SETTLEMENTS.c.payment_id, settled_on),
        dated(_PAYMENTS.c.id, _PAYMENTS.c.payment_date, _PAYMENTS.c.reversed_on),
        dated(_REFUNDS.c.payment_id, _REFUNDS.c.refund_date),
    )
    work.touched_credit_notes.update(
        dated(_SETTLEMENTS.c.credit_note_id, settled_on),
        dated(_CREDIT_NOTES.c.id, _CREDIT_NOTES.c.document_date, _CREDIT_NOTES.c.voided_on, _CREDIT_NOTES.c.residual_date),
        dated(_REFUNDS.c.credit_note_id, _REFUNDS.c.refund_date),
    )
    settle_marks(work)
    recompute(work)
    insert_missing(connection, _DIRTY, columns=("customer_id",), rows=[(key,) for key in sorted(work.dirty_customers)])
