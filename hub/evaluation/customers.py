"""Customers as rows of rules: what is joined to each, and the values of each that no column has."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from hub.evaluation import agreed, methods
from hub.evaluation.attempts import CUSTOMER, LAST_ATTEMPT, last_attempts, last_failures, newest_attempt_counts, retries
from hub.evaluation.facts import Facts
from hub.evaluation.rows import Formula, Join, Rows
from hub.evaluation.scores import is_score
from hub.health.dso import sales_days
from hub.health.mismatch import has_outstanding_mismatch
from hub.health.relations import customer_figures
from hub.model import Customer, CustomerCurrencyFigures, CustomerFigures, CustomerRisk, Segment, SegmentMember, Subscription, table_of
from rules.stored import Column, Elements

_CUSTOMERS = table_of(Customer)
_FIGURES = table_of(CustomerFigures)
_CURRENCY_FIGURES = table_of(CustomerCurrencyFigures)
_RISKS = table_of(CustomerRisk)
_SEGMENTS = table_of(Segment)
_MEMBERS = table_of(SegmentMember)
_SUBSCRIPTIONS = table_of(Subscription)

_EXACT = _CURRENCY_FIGURES.alias("rule_currency_figures")
_ROWS, _KEPT, _HELD = _CUSTOMERS.alias("rule_customer"), _FIGURES.alias("rule_figures"), _SUBSCRIPTIONS.alias("rule_subscription")
_SCORED = _RISKS.alias("rule_risk")
"""Made once, for an alias copies every column. None of them stands twice in one scope of a statement."""


def customers(_facts: Facts) -> sa.FromClause:
    """Customers as they are; what is said of them has no history."""
    return _ROWS


def of_customer(made: Callable[[Facts], sa.FromClause]) -> Join:
    """Joins a relation with a row for each `customer_id`."""

    def join(rows: Rows) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
        found = made(rows.facts)
        return found, found.c.customer_id == rows.key

    return join


def _figures(facts: Facts) -> sa.FromClause:
    return _KEPT if facts.is_kept else customer_figures(facts.basis, facts.customers)


def _last_failure(rows: Rows) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    found = last_failures(rows.facts, CUSTOMER)
    return found, found.c.owner_id == rows.key


def _scored(rows: Rows) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    """What the scorer said as of the day; of another day nothing is known."""
    facts = rows.facts
    return _SCORED, sa.and_(_SCORED.c.customer_id == rows.key, is_score(_SCORED, facts.basis.risk_scorer, facts.risk_day or facts.basis.as_of))


JOINS: Mapping[str, Join] = {
    "customer_figures": of_customer(_figures),
    "last_attempt": of_customer(lambda facts: last_attempts(facts, CUSTOMER)),
    "attempts": of_customer(newest_attempt_counts),
    "last_failure": _last_failure,
    "mail": of_customer(agreed.mail_of_customers),
    "promises": of_customer(agreed.promises_of_customers),
    "disputes": of_customer(agreed.disputes_of_customers),
    "primary_method": of_customer(lambda facts: methods.chosen_methods(facts, "is_primary")),
    "backup_method": of_customer(lambda facts: methods.chosen_methods(facts, "is_backup")),
    "sales": of_customer(lambda facts: sales_days(facts.basis, facts.customers)),
    "risk": _scored,
}
"""What is joined to a customer."""


def or_nothing(relation: str, name: str) -> Formula:
    """An amount or a count that is 0 where there is no row for it; one that lacks a rate stays NULL."""

    def formula(rows: Rows) -> Column:
        joined = rows.join(relation)
        return sa.case((joined.c.customer_id.is_(None), 0), else_=joined.c[name])

    return formula


def _mismatch(rows: Rows) -> Column:
    return sa.func.coalesce(has_outstanding_mismatch(rows.rows, _EXACT), sa.false())


def _segments(rows: Rows) -> Elements:
    mine = sa.select(sa.literal(1)).select_from(_MEMBERS.join(_SEGMENTS)).where(_MEMBERS.c.customer_id == rows.key)
    return Elements(mine.correlate(rows.rows), _SEGMENTS.c.name)


def _subscriptions(rows: Rows) -> Elements:
    held = _HELD
    mine = sa.select(sa.literal(1)).select_from(held).where(held.c.customer_id == rows.key, held.c.is_deleted.is_(sa.false()))
    return Elements(mine.correlate(rows.rows), sa.type_coerce(held.c.status, sa.String))


FORMULAS: Mapping[str, Mapping[str, Formula]] = {
    "customer": {"outstanding_mismatch": _mismatch},
    "segment": {"name": _segments},
    "subscription": {"status": _subscriptions},
    "last_attempt": LAST_ATTEMPT,
    "attempts": {
        "attempt_count": or_nothing("attempts", "attempt_count"),
        "failed_count": or_nothing("attempts", "failed_count"),
        "retry_count": retries,
    },
    "promises": {"open_minor": or_nothing("promises", "open_minor")},
    "disputes": {"open_minor": or_nothing("disputes", "open_minor")},
    "primary_method": {
        "kind": lambda rows: methods.kind(rows.join("primary_method")),
        "source_status": lambda rows: methods.source_status(rows.join("primary_method"), rows.facts.basis),
        "card_since_failure": lambda rows: methods.card_since_failure(rows.join("primary_method"), rows.join("last_failure")),
    },
    "backup_method": {"kind": lambda rows: methods.kind(rows.join("backup_method"))},
    "sales": {"tenths": lambda _rows: sa.literal(10, sa.Integer)},
}
"""What a customer's fields say that no column says."""
