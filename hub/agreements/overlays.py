"""What lies over an invoice on a day (ST5, B8): holds, disputes, arrangements, promises, payments under way. Each is a predicate over the invoice."""

from datetime import date

import sqlalchemy as sa

from hub.model import Dispute, Hold, Payment, PaymentArrangement, Promise, ScheduledPayment, Settlement, table_of
from hub.vocabulary import ArrangementStatus, DisputeStatus, HoldScope, PaymentState, PromiseStatus, Reconciliation, ScheduledPaymentStatus

_HOLDS = table_of(Hold)
_DISPUTES = table_of(Dispute)
_ARRANGEMENTS = table_of(PaymentArrangement)
_PROMISES = table_of(Promise)
_SCHEDULED = table_of(ScheduledPayment)
_SETTLEMENTS = table_of(Settlement)
_PAYMENTS = table_of(Payment)

_UNDER_WAY = (PaymentState.SUBMITTED, PaymentState.UNKNOWN, PaymentState.ACCEPTED, PaymentState.SETTLED)


def is_held(invoice: sa.FromClause, scope: HoldScope, day: date) -> sa.ColumnElement[bool]:
    """Whether a hold of a scope on the invoice or its customer is in force on the day, both ends included."""
    hold = _HOLDS.alias()
    subject = sa.or_(hold.c.invoice_id == invoice.c.id, hold.c.customer_id == invoice.c.customer_id)
    in_force = sa.and_(hold.c.lifted_at.is_(None), hold.c.starts_on <= day, sa.or_(hold.c.ends_on.is_(None), hold.c.ends_on >= day))
    return _exists(hold, invoice, sa.and_(hold.c.scope == scope, subject, in_force))


def is_disputed(invoice: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether its source says so, or a dispute over it is open."""
    dispute = _DISPUTES.alias()
    open_ = sa.and_(dispute.c.invoice_id == invoice.c.id, dispute.c.status == DisputeStatus.OPEN)
    return sa.or_(invoice.c.is_disputed.is_(sa.true()), _exists(dispute, invoice, open_))


def has_arrangement(invoice: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a payment arrangement over it is agreed and not yet over."""
    arrangement = _ARRANGEMENTS.alias()
    running = arrangement.c.status.in_((ArrangementStatus.NOT_STARTED, ArrangementStatus.ACTIVE, ArrangementStatus.PAUSED))
    return _exists(arrangement, invoice, sa.and_(arrangement.c.invoice_id == invoice.c.id, running))


def has_open_promise(invoice: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether its customer has promised to pay it, and has neither kept nor broken that."""
    promise = _PROMISES.alias()
    return _exists(promise, invoice, sa.and_(promise.c.invoice_id == invoice.c.id, promise.c.status == PromiseStatus.OPEN))


def has_pending_payment(invoice: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a payment of it is under way that the accounting system does not know yet (ST12)."""
    settlement, payment = _SETTLEMENTS.alias(), _PAYMENTS.alias()
    pending = sa.and_(payment.c.reconciliation == Reconciliation.PENDING, payment.c.state.in_(_UNDER_WAY), payment.c.is_deleted.is_(sa.false()))
    both = settlement.join(payment, payment.c.id == settlement.c.payment_id)
    return _exists(both, invoice, sa.and_(settlement.c.invoice_id == invoice.c.id, pending))


def has_scheduled_payment(invoice: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a payment of it is arranged for a date, approved or not (PY3, PY5)."""
    scheduled = _SCHEDULED.alias()
    waiting = scheduled.c.status.in_((ScheduledPaymentStatus.NEEDS_APPROVAL, ScheduledPaymentStatus.SCHEDULED))
    return _exists(scheduled, invoice, sa.and_(scheduled.c.invoice_id == invoice.c.id, waiting))


def _exists(rows: sa.FromClause, invoice: sa.FromClause, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists(sa.select(sa.literal(1)).select_from(rows).where(condition).correlate(invoice))
