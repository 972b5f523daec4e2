"""Stored means of payment as rules see them: the primary and the backup one of each customer (RP10 to RP12, RP16)."""

from datetime import timedelta

import sqlalchemy as sa

from hub.evaluation.facts import Facts
from hub.health.basis import Basis
from hub.health.documents import within
from hub.health.firsts import first_of_each
from hub.model import PaymentMethod, table_of
from hub.vocabulary import PaymentMethodKind, PaymentSourceStatus
from rules.stored import Column

_METHODS = table_of(PaymentMethod)

NONE = "NONE"
EXPIRES_SOON_DAYS = 30
"""A means that ends within so many days is expiring (B22)."""

SAME, UPDATED = "SAME", "UPDATED"


def chosen_methods(facts: Facts, flag: str) -> sa.FromClause:
    """The means of each customer for which `flag` (`is_primary`, `is_backup`) is set; of several the one seen first."""
    means = _METHODS.alias()
    is_chosen = sa.and_(means.c[flag].is_(sa.true()), means.c.is_deleted.is_(sa.false()), within(means.c.customer_id, facts.scope))
    return first_of_each(sa.select(*means.c).where(is_chosen), of=means.c.customer_id, by=[means.c.id])


def kind(means: sa.FromClause) -> Column:
    """The kind of a means; NONE where there is none."""
    return sa.func.coalesce(sa.type_coerce(means.c.kind, sa.String), sa.literal(NONE))


def source_status(means: sa.FromClause, basis: Basis) -> Column:
    """Whether a means can be used on the day: what its source says, and what its end says where the source has not said so yet."""
    stated = sa.type_coerce(means.c.status, sa.String)
    soon = basis.as_of + timedelta(days=EXPIRES_SOON_DAYS)
    return sa.case(
        (stated == PaymentSourceStatus.INVALID.value, stated),
        (means.c.expires_on < basis.as_of, sa.literal(PaymentSourceStatus.EXPIRED.value)),
        (sa.and_(means.c.expires_on <= soon, stated == PaymentSourceStatus.VALID.value), sa.literal(PaymentSourceStatus.EXPIRING.value)),
        else_=stated,
    )


def card_since_failure(means: sa.FromClause, failure: sa.FromClause) -> Column:
    """Whether the primary card is the one of the last failed attempt (B18): SAME, UPDATED, or NONE where there is no card or no failure to compare."""
    is_card = sa.type_coerce(means.c.kind, sa.String) == PaymentMethodKind.CARD.value
    comparable = sa.and_(is_card, means.c.fingerprint.is_not(None), failure.c.method_fingerprint.is_not(None))
    return sa.case(
        (sa.and_(comparable, means.c.fingerprint == failure.c.method_fingerprint), sa.literal(SAME)),
        (comparable, sa.literal(UPDATED)),
        else_=sa.literal(NONE),
    )
