"""The days ahead on which what a rule asks for may become another by itself: a due date passes, a bucket is reached, a stretch of days is over."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa

from hub.evaluation.facts import Facts
from hub.health.basis import LAST_DAY
from hub.model import DuePart, Invoice, PaymentAttempt, PaymentMethod, Promise, table_of
from rules.fields import Field, FieldCatalogue, FieldType
from rules.model import Comparison, Expression, Total
from rules.values import Number, RelativeDay, Value, Window, WindowKind
from rules.walking import every_part

FURTHEST_DAYS = 366
"""How far ahead it is looked."""

_MONTHS_AHEAD = 13
_MOST_DATES = 100

_INVOICES = table_of(Invoice)
_PARTS = table_of(DuePart)
_PROMISES = table_of(Promise)
_ATTEMPTS = table_of(PaymentAttempt)
_METHODS = table_of(PaymentMethod)


class _Dates(Enum):
    """Days that a customer has, by what they are days of."""

    DUE = auto()
    DOCUMENT = auto()
    PROMISE = auto()
    ATTEMPT = auto()
    EXPIRY = auto()
    OWN = auto()


_DATES_OF: Mapping[str, tuple[_Dates, ...]] = {
    "due_date": (_Dates.DUE,),
    "document_date": (_Dates.DOCUMENT,),
    "posting_date": (_Dates.DOCUMENT,),
    "created_on": (_Dates.DOCUMENT,),
    "promise_date": (_Dates.PROMISE,),
    "next_promise_date": (_Dates.PROMISE,),
    "attempt_date": (_Dates.ATTEMPT,),
    "last_attempt_date": (_Dates.ATTEMPT,),
}
"""The days behind a field of days; of any other field it is the day that it has."""

Reach = tuple[_Dates, Iterable[int]]
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
        today = self.facts.basis.as_of
        found: set[date] = set()
        cache: dict[_Dates, set[date]] = {}
        for rule in rules:
            for part in every_part(rule):
                if isinstance(part, Comparison | Total) and part.field is not None:
                    found |= self._of_part(self.catalogue.get(part.field), part.values, cache)
        return {day for day in found if today < day <= self._furthest}

    @property
    def _furthest(self) -> date:
        return min(self.facts.basis.as_of + timedelta(days=FURTHEST_DAYS), LAST_DAY)

    def _of_part(self, field: Field, values: Sequence[Value], cache: dict[_Dates, set[date]]) -> set[date]:
        found: set[date] = set()
        for dates, offsets in self._reaches(field, values):
            if dates is _Dates.OWN:
                days = {self.known[field.id]} if field.id in self.known else set[date]()
            else:
                if dates not in cache:
                    cache[dates] = self._dates(dates)
                days = cache[dates]
            found |= {day + timedelta(days=offset) for offset in offsets for day in days if self._may_come(day, offset)}
        if field.source.startswith("sales.") or any(isinstance(value, Window) and value.kind is WindowKind.CURRENT_MONTH for value in values):
            found |= {_month_after(self.facts.basis.as_of, months) for months in range(1, _MONTHS_AHEAD)}
        return found

    def _may_come(self, day: date, offset: int) -> bool:
        """Whether a day so many days after another is within reach; neither end of the calendar is passed to find out."""
        return 0 < (day - self.facts.basis.as_of).days + offset <= FURTHEST_DAYS

    def _reaches(self, field: Field, values: Sequence[Value]) -> Iterator[Reach]:
        basis = self.facts.basis
        relation, _, name = field.source.partition(".")
        if field.type is FieldType.DATE:
            for dates in _DATES_OF.get(field.id, (_Dates.OWN,)):
                yield dates, _offsets_of(values)
        elif name.startswith("ageing_"):
            yield _Dates.DUE, [bucket.first for bucket in basis.buckets if bucket.first is not None]
        elif field.id == "days_past_due":
            yield _Dates.DUE, [day for value in values if isinstance(value, Number) for day in (int(value.value), int(value.value) + 1)]
        elif relation in {"customer_figures", "sales"}:
            yield _Dates.DUE, (1 + basis.grace_days,)
            yield _Dates.DOCUMENT, (0,)
        elif relation == "invoice":
            yield _Dates.DOCUMENT, (0,)
        elif relation == "primary_method":
            yield _Dates.EXPIRY, (-30, 1)
        elif relation in {"promises", "promise_days"}:
            yield _Dates.PROMISE, (1,)

    def _dates(self, dates: _Dates) -> set[date]:
        """The days of one sort that the customer has."""
        mine = self.facts.customers
        if mine is None:
            return set()
        is_open = sa.and_(_INVOICES.c.amount_due_minor > 0, _INVOICES.c.customer_id.in_(mine))
        if dates is _Dates.DUE:
            parts = sa.select(_PARTS.c.due_date).join(_INVOICES, _INVOICES.c.id == _PARTS.c.invoice_id).where(is_open)
            return self._read(sa.select(_INVOICES.c.due_date).where(is_open)) | self._read(parts)
        if dates is _Dates.DOCUMENT:
            return self._read(sa.select(_INVOICES.c.document_date).where(_INVOICES.c.customer_id.in_(mine)).order_by(_INVOICES.c.document_date.desc()))
        if dates is _Dates.PROMISE:
            return self._read(sa.select(_PROMISES.c.due_on).where(_PROMISES.c.customer_id.in_(mine)))
        if dates is _Dates.EXPIRY:
            return self._read(sa.select(_METHODS.c.expires_on).where(_METHODS.c.customer_id.in_(mine)))
        made = _ATTEMPTS.c.attempted_at
        moments = self.connection.execute(sa.select(made).where(_ATTEMPTS.c.customer_id.in_(mine)).order_by(made.desc()).limit(_MOST_DATES)).scalars()
        return {moment.astimezone(self.facts.basis.zone).date() for moment in moments}

    def _read(self, query: sa.Select[*tuple[Any, ...]]) -> set[date]:
        return {day for day in self.connection.execute(query.distinct().limit(_MOST_DATES)).scalars() if day is not None}


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


def _month_after(day: date, months: int) -> date:
    """The first day of the month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
