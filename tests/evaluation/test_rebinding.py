"""A statement that was made for a few days says of any other day what the one made for it would say."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from hub.evaluation.evaluating import matching_ids
from hub.evaluation.facts import Facts
from hub.evaluation.rebinding import Statement, find_rebound
from hub.health.basis import Basis
from hub.model import Customer, table_of
from hub.vocabulary import ConversionDate
from rules.fields import Field, FieldType, Level, Operator
from rules.model import Comparison, Expression, Quantifier, Related
from rules.parsing import parse_rule
from rules.values import RelativeDay
from rules.words import LEVEL_OF_RELATED
from tests.evaluation.worlds import BOOK, CATALOGUE, ZONE
from tests.health.worlds import TODAY

CUSTOMERS = table_of(Customer)
DIALECT = postgresql.dialect()
DAYS = [TODAY + timedelta(days=number) for number in (1, 30, 122, 276, 334, 365)]
FIELDS = {(field.level, field.source.rpartition(".")[0], field.type is FieldType.DATE): field for field in CATALOGUE}
"""One of each place: what it takes to ask for others there is the same."""

RELATED = {level: name for name, level in LEVEL_OF_RELATED.items()}


def asked_of(field: Field) -> Expression:
    """A rule about customers that asks for a field."""
    is_day = field.type is FieldType.DATE
    asked = Comparison(field.id, Operator.LESS, (RelativeDay(-30),)) if is_day else Comparison(field.id, Operator.IS_SET)
    return Related(Quantifier.ANY, RELATED[field.level], asked) if field.level in RELATED else asked


def making(rule: Expression, conversion: ConversionDate = ConversionDate.AS_OF) -> Callable[[date], Statement]:
    def make(day: date) -> Statement:
        basis = Basis(day, "EUR", zone=ZONE, grace_days=3, conversion_date=conversion)
        facts = Facts(basis, is_kept=False, customers=sa.select(CUSTOMERS.c.id).where(CUSTOMERS.c.id == 1), risk_day=TODAY)
        return matching_ids(rule, BOOK.rows(Level.CUSTOMER, facts))

    return make


def require_same(make: Callable[[date], Statement], *, zone: ZoneInfo = ZONE) -> None:
    rebound = find_rebound(make, after=TODAY, dialect=DIALECT, zone=zone)
    assert rebound is not None
    sql = rebound.statement.compile(dialect=DIALECT)
    for day in DAYS:
        own = make(day).compile(dialect=DIALECT)
        assert (str(sql), {**sql.params, **rebound.on(day)}) == (str(own), own.params)


@pytest.mark.parametrize("field", list(FIELDS.values()), ids=lambda field: field.id)
def test_whatever_a_rule_asks_for_follows_the_day(field: Field) -> None:
    require_same(making(asked_of(field)))


@pytest.mark.parametrize(
    "text",
    [
        "last_email_date in current month",
        "any attempt (attempt_date in last 30 days)",
        "next_promise_date in next 7 days and last_email_date < 2026-05-10",
        "any invoice (days_past_due between 3 and 40) and count of invoices (due_date in current month) > 2",
        'payment_risk includes ("HIGH") and overdue > 5 USD',
        "ageing[31..60] > 10 EUR or monthly_dso > 30",
    ],
)
@pytest.mark.parametrize("conversion", list(ConversionDate))
def test_so_does_whatever_it_says_of_days(text: str, conversion: ConversionDate) -> None:
    require_same(making(parse_rule(text), conversion))


def bound(follow: Callable[[date], object]) -> Callable[[date], Statement]:
    return lambda day: sa.select(sa.literal(follow(day)))


@pytest.mark.parametrize("zone", [ZoneInfo("UTC"), ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")], ids=str)
def test_instants_begin_days_of_the_zone(zone: ZoneInfo) -> None:
    require_same(bound(lambda day: datetime.combine(day - timedelta(days=5), time.min, zone).astimezone(UTC)), zone=zone)


OTHERWISE: dict[str, Callable[[date], object]] = {
    "a number": lambda day: day.toordinal(),
    "a text of another form": lambda day: f"{day:%d.%m.%Y}",
    "within the month": lambda day: day.replace(day=15),
    "only on some days": lambda day: day if day.day < 15 else TODAY,
    "within a day": lambda day: datetime.combine(day, time(12), UTC),
    "nothing on some days": lambda day: day if day.day < 15 else None,
}


@pytest.mark.parametrize("name", list(OTHERWISE))
def test_what_follows_in_another_way_is_not_found(name: str) -> None:
    assert find_rebound(bound(OTHERWISE[name]), after=TODAY, dialect=DIALECT, zone=ZONE) is None


def test_a_statement_of_another_form_is_not_found() -> None:
    def make(day: date) -> Statement:
        return sa.select(sa.literal(day)) if day.day < 15 else sa.select(sa.literal(day), sa.literal(1))

    assert find_rebound(make, after=TODAY, dialect=DIALECT, zone=ZONE) is None
