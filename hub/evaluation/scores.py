"""The payment risk as a plugin's scorer gave it: what it said of each customer, and of whom it is still to be asked (B22)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hub.health.basis import Basis
from hub.model import CustomerRisk, table_of
from hub.plugins.risk_scorer import RiskScore
from hub.store.lock import own_books
from hub.store.lookup import is_among
from hub.sync.texts import clean
from hub.vocabulary import PaymentRisk

_RISKS = table_of(CustomerRisk)
_MOST_REASONS = 10
_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Marked:
    """A customer of whom the scorer is to be asked, and the mark under which: what is said counts only while it stands."""

    customer_id: int
    mark: str


@dataclass(frozen=True, slots=True)
class StoredScore:
    """What a scorer said of a customer. `level` None: not known; `problem` says why, None while it has not been asked yet."""

    level: PaymentRisk | None
    reasons: Sequence[str]
    problem: str | None


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """How far the scores of a day are: of how many customers the risk is known, is still to be asked, and could not be told, with why of one of these."""

    known: int
    waiting: int
    unknown: int
    problem: str | None


def is_score(scored: sa.FromClause, scorer: str | None, day: date) -> sa.ColumnElement[bool]:
    """Whether a row of `customer_risk` is what a scorer was asked as of a day; none is where there is no scorer."""
    return sa.and_(scored.c.scorer == sa.literal(scorer, sa.String), scored.c.business_date == sa.literal(day, sa.Date))


def is_anybody_due(connection: sa.Connection, basis: Basis, *, asked_before: datetime) -> bool:
    """Whether the scorer is to be asked of anybody."""
    return connection.execute(sa.select(_RISKS.c.customer_id).where(_is_due(basis, asked_before)).limit(1)).first() is not None


def take_due(connection: sa.Connection, basis: Basis, *, asked_before: datetime, now: datetime, most: int) -> Sequence[Marked]:
    """Customers of whom the scorer is to be asked: no other process takes them before it was asked again.

    `asked_before`: who was asked of since is left alone.
    """
    own_books(connection)
    due = sa.select(_RISKS.c.customer_id, _RISKS.c.mark).where(_is_due(basis, asked_before)).order_by(_RISKS.c.customer_id).limit(most)
    found = [Marked(*row) for row in connection.execute(due)]
    mine = is_among(_RISKS.c.customer_id, [one.customer_id for one in found])
    connection.execute(sa.update(_RISKS).where(mine).values(asked_at=now))
    return found


def keep_scores(connection: sa.Connection, marked: Sequence[Marked], scores: Mapping[int, RiskScore], *, left_out: str) -> None:
    """Keep what a scorer said, and of those that it left out the sentence that says so. Whose figures were refreshed meanwhile stays to be asked."""
    said = [_said(one, scores[one.customer_id]) for one in marked if one.customer_id in scores]
    unsaid = [{"customer": one.customer_id, "asked": one.mark, "problem": left_out} for one in marked if one.customer_id not in scores]
    own_books(connection)
    for rows in (said, unsaid):
        if rows:
            names = rows[0].keys() - {"customer", "asked"}
            connection.execute(_of_marked().values(mark=None, **{name: sa.bindparam(name) for name in names}), rows)


def keep_failure(connection: sa.Connection, marked: Sequence[Marked], problem: str) -> None:
    """Keep why there are no scores; the customers stay to be asked."""
    own_books(connection)
    statement = _of_marked().values(problem=sa.bindparam("problem"))
    connection.execute(statement, [{"customer": one.customer_id, "asked": one.mark, "problem": problem} for one in marked])


def give_back(connection: sa.Connection, marked: Sequence[Marked]) -> None:
    """Leave customers that were taken to whoever comes next: the scorer was not waited for."""
    own_books(connection)
    connection.execute(_of_marked().values(asked_at=None), [{"customer": one.customer_id, "asked": one.mark} for one in marked])


def read_score(connection: sa.Connection, basis: Basis, customers: sa.Select[tuple[int]]) -> StoredScore | None:
    """What the scorer said of the one customer that is selected, as of the day; None: it was not asked as of this day."""
    mine = sa.and_(_RISKS.c.customer_id.in_(customers), is_score(_RISKS, basis.risk_scorer, basis.as_of))
    row = connection.execute(sa.select(_RISKS.c.level, _RISKS.c.reasons, _RISKS.c.problem).where(mine)).first()
    return None if row is None else StoredScore(row.level, tuple(row.reasons or ()), row.problem)


def count_scores(connection: sa.Connection, basis: Basis) -> ScoreCounts:
    """How far the scores of the day of a basis are."""
    known, told = _RISKS.c.level.is_not(None), _RISKS.c.problem.is_not(None)
    counts = (sa.func.count(sa.case((condition, 1))) for condition in (known, sa.and_(~known, ~told), sa.and_(~known, told)))
    query = sa.select(*counts, sa.func.min(_RISKS.c.problem)).where(is_score(_RISKS, basis.risk_scorer, basis.as_of))
    return ScoreCounts(*connection.execute(query).one())


def _is_due(basis: Basis, asked_before: datetime) -> sa.ColumnElement[bool]:
    is_time = sa.or_(_RISKS.c.asked_at.is_(None), _RISKS.c.asked_at < asked_before)
    return sa.and_(_RISKS.c.mark.is_not(None), is_score(_RISKS, basis.risk_scorer, basis.as_of), is_time)


def _of_marked() -> sa.Update:
    return sa.update(_RISKS).where(_RISKS.c.customer_id == sa.bindparam("customer"), _RISKS.c.mark == sa.bindparam("asked"))


def _said(one: Marked, score: RiskScore) -> dict[str, object]:
    reasons = [clean(reason, _REASON_LENGTH) for reason in score.reasons[:_MOST_REASONS]]
    return {"customer": one.customer_id, "asked": one.mark, "level": score.level, "reasons": reasons, "problem": None}
