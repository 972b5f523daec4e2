"""The days ahead on which what a rule asks for may become another by itself: a due date passes, a bucket is reached, a stretch of days is over."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlmodel.sql.sqltypes import UTCDateTime

from hub.evaluation.facts import Facts
from hub.evaluation.months import first_of, number_of
from hub.health.basis import LAST_DAY
from hub.model import (
    Communication,
    CreditNote,
    Dispute,
    DuePart,
    Invoice,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Promise,
    RateWindow,
    Refund,
    Settlement,
    table_of,
)
from hub.vocabulary import ConversionDate
from rules.fields import Currency, Field, FieldCatalogue, FieldType
from rules.model import Comparison, Expression, Related, Total
from rules.values import Number, RelativeDay, Value, Window, WindowKind
from rules.walking import every_part

FURTHEST_DAYS = 366
"""How far ahead it is looked."""

_MONTHS_AHEAD = 13
_MOST_READ = 5_000
"""Of days, or instants, of one sort that are near enough: the latest. Days alone are never as many."""

_INVOICES = table_of(Invoice)
_PARTS = table_of(DuePart)
_CREDITS = table_of(CreditNote)
_PAYMENTS = table_of(Payment)
_SETTLEMENTS = table_of(Settlement)
_REFUNDS = table_of(Refund)
_PROMISES = table_of(Promise)
_DISPUTES = table_of(Dispute)
_WINDOWS = table_of(RateWindow)
_ATTEMPTS = table_of(PaymentAttempt)
_METHODS = table_of(PaymentMethod)
_MESSAGES = table_of(Communication)

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Dated:
    """Rows with a day or an instant of somebody: `customer` says whose, and `rows` is what both are columns of."""

    day: sa.Column[Any]
    customer: sa.Column[Any]
    rows: sa.FromClause
    counts: Column = field(default_factory=sa.true)


def _own(*days: sa.Column[Any]) -> tuple[_Dated, ...]:
    """Days of rows that say themselves whose they are."""
    return tuple(_Dated(day, day.table.c.customer_id, day.table) for day in days)


def _said(*days: sa.Column[Any]) -> tuple[_Dated, ...]:
    """Days of rows that say themselves whose they are, and which invoice they are about: what is said of it is said of its customer's, whoever said it."""
    about = (_Dated(day, _INVOICES.c.customer_id, day.table.join(_INVOICES, _INVOICES.c.id == day.table.c.invoice_id)) for day in days)
    return (*_own(*days), *about)


def _rates(*amounts: sa.Table) -> tuple[_Dated, ...]:
    """The days from which a rate is in force, in the currencies of what a customer has."""
    return tuple(_Dated(_WINDOWS.c.valid_from, rows.c.customer_id, rows.join(_WINDOWS, _WINDOWS.c.currency == rows.c.currency)) for rows in amounts)


_IS_OPEN = _INVOICES.c.amount_due_minor > 0
_IN_PARTS = _PARTS.join(_INVOICES, _INVOICES.c.id == _PARTS.c.invoice_id)
_SETTLED = _SETTLEMENTS.join(_INVOICES, _INVOICES.c.id == _SETTLEMENTS.c.invoice_id)
_SPENT = _SETTLEMENTS.join(_PAYMENTS, _PAYMENTS.c.id == _SETTLEMENTS.c.payment_id)
_USED = _SETTLEMENTS.join(_CREDITS, _CREDITS.c.id == _SETTLEMENTS.c.credit_note_id)


class _Dates(Enum):
    """Days that a customer has, by what they are days of."""

    DUE = (
        _Dated(_INVOICES.c.due_date, _INVOICES.c.customer_id, _INVOICES, _IS_OPEN),
        _Dated(_PARTS.c.due_date, _INVOICES.c.customer_id, _IN_PARTS, _IS_OPEN),
    )
    BOOKED = (
        *_own(_INVOICES.c.document_date, _INVOICES.c.voided_on, _INVOICES.c.written_off_on, _INVOICES.c.residual_date),
        *_own(_CREDITS.c.document_date, _CREDITS.c.voided_on, _CREDITS.c.residual_date),
        *_own(_PAYMENTS.c.payment_date, _PAYMENTS.c.reversed_on),
        *_own(_REFUNDS.c.refund_date),
        _Dated(_SETTLEMENTS.c.effective_date, _INVOICES.c.customer_id, _SETTLED),
        _Dated(_SETTLEMENTS.c.effective_date, _PAYMENTS.c.customer_id, _SPENT),
        _Dated(_SETTLEMENTS.c.effective_date, _CREDITS.c.customer_id, _USED),
    )
    """Those on which something in the books begins to count, or ends to."""

    DOCUMENT = _own(_INVOICES.c.document_date)
    POSTING = _own(_INVOICES.c.posting_date)
    CREATED = _own(_INVOICES.c.created_on)
    INVOICE_DUE = _own(_INVOICES.c.due_date)
    PAYMENT = _own(_PAYMENTS.c.payment_date)
    PROMISE = _said(_PROMISES.c.due_on)
    PROMISED = _said(_PROMISES.c.promised_on)
    DISPUTE = _said(_DISPUTES.c.opened_on, _DISPUTES.c.resolved_on)
    RATE = _rates(_INVOICES, _CREDITS, _PAYMENTS, _PROMISES, _DISPUTES)
    ATTEMPT = _said(_ATTEMPTS.c.attempted_at)
    SENT = _own(_MESSAGES.c.sent_at)
    REPLIED = _own(_MESSAGES.c.replied_at)
    EXPIRY = _own(_METHODS.c.expires_on)
    OWN = ()
    """That of the field itself, where the rule compares it for the customer or document that is explained."""


_DATES_OF: Mapping[str, _Dates] = {
    "due_date": _Dates.INVOICE_DUE,
    "document_date": _Dates.DOCUMENT,
    "posting_date": _Dates.POSTING,
    "created_on": _Dates.CREATED,
    "payment_date": _Dates.PAYMENT,
    "promise_date": _Dates.PROMISE,
    "next_promise_date": _Dates.PROMISE,
    "attempt_date": _Dates.ATTEMPT,
    "last_attempt_date": _Dates.ATTEMPT,
    "invoice_last_email_date": _Dates.SENT,
    "invoice_last_reply_date": _Dates.REPLIED,
}
"""The days that a field of days may have, for a rule may ask for it of any of the customer's documents; any other field has its own day alone."""

_IN_THE_BOOKS = frozenset({"customer_figures", "invoice", "payment", "disputes"})
"""Relations of fields that may say something else when something in the books begins to count."""

_ATTEMPT = "attempt"
_TRIED = frozenset({"last_attempt", "attempts"})
"""What is asked of attempts, and relations of fields that may say something else when one is made."""

_PROMISED = frozenset({"promises", "promise_days"})
_NEXT_PROMISE = "promises.next_on"
_CONTESTED = frozenset({"disputes.open_minor", "invoice.disputed", "invoice.open_issue_minor"})
"""Where fields are found that may say something else when a promise is given, when its day is over, and when a dispute begins or ends."""

Reach = tuple[_Dates, Collection[int]]
"""Days of one sort, and how many days after each something may turn."""


@dataclass(frozen=True, slots=True)
class DaysAhead:
    """Finds the days for the customer of some facts. `known` are the days that fields of the rule have, by field."""

    connection: sa.Connection
    facts: Facts
    catalogue: FieldCatalogue
    known: Mapping[str, date]

    def of(self, rules: Sequence[Expression]) -> set[date]:
        """The days after that of the facts, up to FURTHEST_DAYS ahead, on which one of the rules may turn."""
        offsets: dict[_Dates, set[int]] = defaultdict(set)
        found: set[date] = set()
        for part in (part for rule in rules for part in every_part(rule)):
            if isinstance(part, Related | Total):
                offsets[_Dates.ATTEMPT if part.relation == _ATTEMPT else _Dates.BOOKED].add(0)
            if not isinstance(part, Comparison | Total) or part.field is None:
                continue
            asked = self.catalogue.get(part.field)
            for dates, days in self._reaches(asked, part.values):
                offsets[dates].update(days)
                if dates is _Dates.OWN and asked.id in self.known:
                    found |= self._after(self.known[asked.id], days)
            found |= self._of_months(asked, part.values)
        for dates, days in offsets.items():
            found |= {after for day in self._dates(dates, days) for after in self._after(day, days)}
        return {day for day in found if self.facts.basis.as_of < day <= self._furthest}

    @property
    def _furthest(self) -> date:
        return min(self.facts.basis.as_of + timedelta(days=FURTHEST_DAYS), LAST_DAY)

    def _after(self, day: date, offsets: Iterable[int]) -> set[date]:
        """The days so many days after another that are within reach; neither end of the calendar is passed to find out."""
        gone = (day - self.facts.basis.as_of).days
        return {day + timedelta(days=offset) for offset in offsets if 0 < gone + offset <= FURTHEST_DAYS}

    def _of_months(self, field: Field, values: Sequence[Value]) -> set[date]:
        """The first days of the months to come, where a rule asks for the month; their last days, where a field is of the month that is over (B21)."""
        first_days = {first_of(number_of(self.facts.basis.as_of) + months) for months in range(1, _MONTHS_AHEAD + 1)}
        found: set[date] = set()
        if field.source.startswith("sales."):
            found |= {_day_after(first, -1) for first in first_days}
        if any(isinstance(value, Window) and value.kind is WindowKind.CURRENT_MONTH for value in values):
            found |= first_days
        return found

    def _reaches(self, field: Field, values: Sequence[Value]) -> Iterator[Reach]:
        basis = self.facts.basis
        relation, _, name = field.source.partition(".")
        if field.type is FieldType.DATE:
            yield _DATES_OF.get(field.id, _Dates.OWN), _offsets_of(values)
        elif name.startswith("ageing_"):
            yield _Dates.DUE, [bucket.first for bucket in basis.buckets if bucket.first is not None]
        elif field.id == "days_past_due":
            yield _Dates.DUE, [day for value in values if isinstance(value, Number) for day in (int(value.value), int(value.value) + 1)]
        elif relation == "customer_figures":
            yield _Dates.DUE, (1 + basis.grace_days,)
        elif relation == "primary_method":
            yield _Dates.EXPIRY, (-30, 1)
        if field.source == _NEXT_PROMISE:
            yield _Dates.PROMISE, (1,)
        yield from ((dates, (0,)) for dates in self._beginnings(field))

    def _beginnings(self, field: Field) -> Iterator[_Dates]:
        """The days on which something that a field is made of begins to count, or ends to."""
        relation = field.source.partition(".")[0]
        if relation in _IN_THE_BOOKS:
            yield _Dates.BOOKED
        if relation in _TRIED:
            yield _Dates.ATTEMPT
        if relation in _PROMISED:
            yield _Dates.PROMISED
        if field.source in _CONTESTED:
            yield _Dates.DISPUTE
        if _is_converted(field) and self.facts.basis.conversion_date is ConversionDate.AS_OF:
            yield _Dates.RATE

    def _dates(self, dates: _Dates, offsets: Collection[int]) -> set[date]:
        """The days of one sort that the customer has, and that lie so near that one of some numbers of days after them is within reach."""
        mine, basis, begins = self.facts.customers, self.facts.basis, self.facts.terms.begins
        if mine is None or not offsets:
            return set()
        first = _day_after(basis.as_of, 1 - max(offsets))
        last = _day_after(basis.as_of, FURTHEST_DAYS - min(offsets))
        found: set[date] = set()
        for dated in dates.value:
            is_instant = isinstance(dated.day.type, UTCDateTime)
            ends = (begins(first), begins(_day_after(last, 1))) if is_instant else (first, last)
            near = sa.select(dated.day).select_from(dated.rows).where(dated.customer.in_(mine), dated.counts, dated.day.between(*ends))
            days = self.connection.execute(near.distinct().order_by(dated.day.desc()).limit(_MOST_READ)).scalars()
            found |= {day.astimezone(basis.zone).date() for day in days} if is_instant else set(days)
        return found


def _is_converted(field: Field) -> bool:
    """Whether a field is of amounts in the workspace currency; the figures of months that are over have their months' own rates."""
    in_base = field.type is FieldType.MONEY and field.currency is Currency.BASE
    return in_base or (field.type is FieldType.DECIMAL and field.source.startswith("customer_figures."))


def _day_after(day: date, days: int) -> date:
    """The day so many days after another, or before it; the ends of the calendar where it lies beyond them."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def _offsets_of(values: Sequence[Value]) -> set[int]:
    """How many days after a day a comparison of it with days from today may turn."""
    found: set[int] = set()
    for value in values:
        match value:
            case RelativeDay(days):
                found |= {-days, 1 - days}
            case Window(_, days):
                found |= {-days, days + 1, 0, 1}
            case _:
                pass
    return found
