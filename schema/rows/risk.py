"""Figures of a customer's health that are computed when they are asked for: days sales outstanding (B21), and the risk that collecting fails (B22)."""

from collections.abc import Mapping
from decimal import Decimal

import sqlalchemy as sa

from hub.evaluation.scores import is_score
from hub.health.dso import sales_days
from hub.model import CustomerRisk, table_of
from schema.plan.declaring import computed
from schema.plan.mapping import Expression, Field, Join, Scope

_RISKS = table_of(CustomerRisk)
_TENTH = -1


def _sales(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    reading = scope.reading
    found = sales_days(reading.basis, reading.customers)
    return found, found.c.customer_id == scope.c.customer_id


def _risk(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    reading = scope.reading
    facts = reading.facts if reading.customers is None else reading.facts.of_customers(reading.customers)
    rows = reading.known_rules.book.customers(facts)
    level = rows.column("risk.level")
    query = sa.select(rows.key.label("customer_id"), level.label("level")).select_from(rows.from_clause())
    found = query.subquery() if reading.customers is None else query.where(rows.key.in_(reading.customers)).subquery()
    return found, found.c.customer_id == scope.c.customer_id


def _score(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    reading = scope.reading
    found = _RISKS.alias()
    return found, sa.and_(found.c.customer_id == scope.c.customer_id, is_score(found, reading.workspace.payment_risk.scorer, reading.day))


def _joined(join: str, name: str) -> Expression:
    return lambda scope: scope.join(join).c[name]


def _days(tenths: int | None) -> Decimal | None:
    return None if tenths is None else Decimal(tenths).scaleb(_TENTH)


RISK_JOINS: Mapping[str, Join] = {"sales": _sales, "risk": _risk, "score": _score}
"""What is joined to a customer's figures for them."""

RISK_FIELDS: Mapping[str, Field] = {
    "monthlyDso": computed(
        "Decimal",
        "Days sales outstanding of the last full month, to one decimal: outstanding at its end by what was billed in it, times its days. Null where nothing "
        "was billed, or a rate is missing.",
        needs=(_joined("sales", "dso_tenths"),),
        make=_days,
    ),
    "countBackDso": computed(
        "Decimal",
        "The same by taking the billing of month after month off what was outstanding; null where 24 months do not reach.",
        needs=(_joined("sales", "count_back_tenths"),),
        make=_days,
    ),
    "paymentRisk": computed(
        "PaymentRisk",
        "How likely it is that collecting fails, by the workspace's rules of risk (`ruleExplain` of these tells why) or as the scorer said that it names. "
        "Null where the scorer has said nothing as of the day: it is asked about today's figures alone.",
        needs=(_joined("risk", "level"),),
    ),
    "paymentRiskReasons": computed(
        "[String!]",
        "Why, as the workspace's scorer said; null where it has said nothing as of the day, or rules decide.",
        needs=(_joined("score", "reasons"),),
    ),
    "paymentRiskProblem": computed(
        "String",
        "Why the workspace's scorer gave no score of the day; null where it did, has not been asked yet, or rules decide.",
        needs=(_joined("score", "problem"),),
    ),
}
"""Fields of a customer's health."""
