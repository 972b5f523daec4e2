"""Promises, disputes and messages as rules see them, for each customer and each invoice, as they stood on the day (RC8 to RC12, RI5, RI6, RI10 to RI12)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.evaluation.documents import invoices, is_there
from hub.evaluation.facts import Facts
from hub.health.conversion import convert, rates_for
from hub.health.dialects import JsonItems, summed
from hub.health.documents import in_the_books, is_about_invoice_within, within
from hub.health.invoice_state import is_open_invoice
from hub.health.sums import complete_total
from hub.model import Communication, Dispute, Promise, table_of
from hub.vocabulary import ChannelKind, DisputeStatus, PromiseStatus

_PROMISES = table_of(Promise)
_DISPUTES = table_of(Dispute)
_MESSAGES = table_of(Communication)


def open_promises(facts: Facts) -> sa.ColumnElement[bool]:
    """Whether a promise was given by the day, and neither kept, broken nor cancelled by then."""
    stands = sa.or_(_PROMISES.c.status == PromiseStatus.OPEN, _PROMISES.c.closed_at >= facts.basis.ends_at)
    return sa.and_(_PROMISES.c.promised_on <= facts.basis.as_of, stands)


def open_disputes(facts: Facts) -> sa.ColumnElement[bool]:
    """Whether a dispute was opened by the day, and not settled by then; one without a day was always open."""
    was_opened = sa.or_(_DISPUTES.c.opened_on.is_(None), _DISPUTES.c.opened_on <= facts.basis.as_of)
    stands = sa.or_(_DISPUTES.c.status == DisputeStatus.OPEN, _DISPUTES.c.resolved_on > facts.basis.as_of)
    return sa.and_(was_opened, stands)


def promises_of_customers(facts: Facts) -> sa.FromClause:
    """What each customer has promised and not yet paid, in the workspace currency (NULL where a rate is missing), and the next day of it."""
    promise = _PROMISES
    rate, is_its_rate = rates_for(promise, "promised_on", facts.basis, scope=facts.scope)
    open_minor = convert(promise.c.amount_minor - promise.c.kept_minor, promise.c.currency, rate=rate, basis=facts.basis)
    coming = sa.case((promise.c.due_on >= facts.basis.as_of, promise.c.due_on))
    return (
        sa.select(promise.c.customer_id, complete_total(open_minor).label("open_minor"), sa.func.min(coming).label("next_on"))
        .select_from(promise.outerjoin(rate, is_its_rate))
        .where(open_promises(facts), within(promise.c.customer_id, facts.scope))
        .group_by(promise.c.customer_id)
        .subquery()
    )


def promises_of_invoices(facts: Facts) -> sa.FromClause:
    """The same for each invoice, exact in each currency: `invoice_id currency open_minor`."""
    promise = _PROMISES
    return (
        sa.select(promise.c.invoice_id, promise.c.currency, summed(promise.c.amount_minor - promise.c.kept_minor).label("open_minor"))
        .where(_promised_of_invoices(facts))
        .group_by(promise.c.invoice_id, promise.c.currency)
        .subquery()
    )


def promise_days(facts: Facts) -> sa.FromClause:
    """The earliest day for which each invoice is promised: `invoice_id due_on`."""
    promise = _PROMISES
    query = sa.select(promise.c.invoice_id, sa.func.min(promise.c.due_on).label("due_on"))
    return query.where(_promised_of_invoices(facts)).group_by(promise.c.invoice_id).subquery()


def _promised_of_invoices(facts: Facts) -> sa.ColumnElement[bool]:
    """Whether a promise is open and about an invoice, whoever gave it."""
    invoice_id = _PROMISES.c.invoice_id
    return sa.and_(open_promises(facts), invoice_id.is_not(None), is_about_invoice_within(invoice_id, facts.scope))


def names_an_amount() -> sa.ColumnElement[bool]:
    """Whether a dispute says how much is contested, as those of colleagues do. A source says only that an invoice is; its dispute carries the total."""
    return _DISPUTES.c.connection_id.is_(None)


def disputes_of_invoices(facts: Facts) -> sa.FromClause:
    """What is said to be contested of each invoice, exact in each currency: `invoice_id currency open_minor`."""
    dispute = _DISPUTES
    return (
        sa.select(dispute.c.invoice_id, dispute.c.currency, summed(dispute.c.amount_minor).label("open_minor"))
        .where(_contests_an_invoice(facts), names_an_amount())
        .group_by(dispute.c.invoice_id, dispute.c.currency)
        .subquery()
    )


def disputed_invoices(facts: Facts, *conditions: sa.ColumnElement[bool]) -> sa.FromClause:
    """The invoices over which a dispute is open, `conditions` saying which kind of it: `invoice_id`."""
    dispute = _DISPUTES
    return sa.select(dispute.c.invoice_id).where(_contests_an_invoice(facts), *conditions).distinct().subquery()


def _contests_an_invoice(facts: Facts) -> sa.ColumnElement[bool]:
    """Whether a dispute is open and over an invoice, whoever opened it."""
    invoice_id = _DISPUTES.c.invoice_id
    return sa.and_(open_disputes(facts), invoice_id.is_not(None), is_about_invoice_within(invoice_id, facts.scope))


def contested_invoices(facts: Facts) -> sa.FromClause:
    """The invoices that a source calls contested: `invoice_id`."""
    return disputed_invoices(facts, sa.not_(names_an_amount()))


def disputes_of_customers(facts: Facts) -> sa.FromClause:
    """What each customer contests, in the workspace currency; NULL where a rate is missing: `customer_id open_minor`.

    An invoice that its source calls contested, and of which nobody says how much is, counts with all that is due on it. A dispute without a date is
    converted at the rate of the day.
    """
    opened = sa.func.coalesce(_DISPUTES.c.opened_on, sa.literal(facts.basis.as_of, sa.Date)).label("rated_on")
    columns = (_DISPUTES.c.customer_id, _DISPUTES.c.currency, _DISPUTES.c.amount_minor, opened)
    dispute = sa.select(*columns).where(open_disputes(facts), names_an_amount(), within(_DISPUTES.c.customer_id, facts.scope)).subquery()
    rate, is_its_rate = rates_for(dispute, "rated_on", facts.basis, scope=facts.scope)
    stated = sa.select(
        dispute.c.customer_id, convert(dispute.c.amount_minor, dispute.c.currency, rate=rate, basis=facts.basis).label("open_minor")
    ).select_from(dispute.outerjoin(rate, is_its_rate))
    every = sa.union_all(stated, _contested_as_a_whole(facts)).subquery()
    return sa.select(every.c.customer_id, complete_total(every.c.open_minor).label("open_minor")).group_by(every.c.customer_id).subquery()


def _contested_as_a_whole(facts: Facts) -> sa.Select[*tuple[Any, ...]]:
    invoice = invoices(facts)
    known, contested = disputed_invoices(facts, names_an_amount()), contested_invoices(facts)
    is_contested = sa.or_(invoice.c.is_disputed.is_(sa.true()), contested.c.invoice_id.is_not(None))
    is_whole = sa.and_(is_contested, is_there(invoice), in_the_books(invoice, facts.basis), is_open_invoice(invoice, facts.basis))
    return (
        sa.select(invoice.c.customer_id, invoice.c.converted_due_minor.label("open_minor"))
        .select_from(invoice.outerjoin(known, known.c.invoice_id == invoice.c.id).outerjoin(contested, contested.c.invoice_id == invoice.c.id))
        .where(is_whole, known.c.invoice_id.is_(None), within(invoice.c.customer_id, facts.scope))
    )


def mail_of_customers(facts: Facts) -> sa.FromClause:
    """When each customer was last written to by e-mail, and last replied: `customer_id sent_at replied_at`."""
    message = _MESSAGES
    return (
        sa.select(message.c.customer_id, *_last(message, facts))
        .where(_is_mail(message, facts), message.c.customer_id.is_not(None), within(message.c.customer_id, facts.scope))
        .group_by(message.c.customer_id)
        .subquery()
    )


def mail_of_invoices(facts: Facts) -> sa.FromClause:
    """The same for the invoices that messages spoke of, whoever they were with: `invoice_id sent_at replied_at`."""
    message = _MESSAGES
    named = JsonItems(message.c.invoice_ids).table_valued("value", joins_implicitly=True)
    invoice_id = sa.cast(named.c.value, sa.BigInteger)
    return (
        sa.select(invoice_id.label("invoice_id"), *_last(message, facts))
        .select_from(message.join(named, sa.true()))
        .where(_is_mail(message, facts), message.c.invoice_ids.is_not(None), is_about_invoice_within(invoice_id, facts.scope))
        .group_by(invoice_id)
        .subquery()
    )


def _is_mail(message: sa.Table, facts: Facts) -> sa.ColumnElement[bool]:
    return sa.and_(message.c.channel == ChannelKind.EMAIL, message.c.sent_at < facts.basis.ends_at)


def _last(message: sa.Table, facts: Facts) -> tuple[sa.ColumnElement[object], ...]:
    replied_by_then: sa.ColumnElement[datetime] = sa.case((message.c.replied_at < facts.basis.ends_at, message.c.replied_at))
    return sa.func.max(message.c.sent_at).label("sent_at"), sa.func.max(replied_by_then).label("replied_at")
