"""How a connection fares: its health, and how fresh each kind of object is."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.access.rows import row_predicate
from hub.model import Checkpoint, table_of
from hub.sync.connection_facts import FACT_NAMES, connection_facts, freshness_by_stream
from hub.sync.connection_health import ConnectionFacts, ConnectionHealth, connection_health
from schema.plan.declaring import computed
from schema.plan.mapping import Expression, GroupType, RowType, Scope, ValueField
from schema.plan.reading import Reading

_CHECKPOINTS = table_of(Checkpoint)
_JOIN = "health"


def health_join(scope: Scope) -> tuple[sa.FromClause, sa.ColumnElement[bool]]:
    """The facts beside their connection."""
    facts = connection_facts().subquery()
    return facts, facts.c.connection_id == scope.c.id


def _fact(name: str) -> Expression:
    return lambda scope: scope.join(_JOIN).c[name]


def _told(part: Callable[[ConnectionHealth], Any]) -> Callable[[Reading], Callable[..., Any]]:
    """Makes one part of the health of a connection from its facts, told in the zone of the workspace."""

    def make_for(reading: Reading) -> Callable[..., Any]:
        def make(*values: Any) -> Any:  # noqa: ANN401 - the facts, in the order of their names
            facts = ConnectionFacts(**dict(zip(FACT_NAMES, values, strict=True)))
            return part(connection_health(facts, today=reading.today, zone=reading.workspace.time_zone))

        return make

    return make_for


_FACTS = tuple(_fact(name) for name in FACT_NAMES)

CONNECTION_HEALTH = GroupType(
    name="ConnectionHealth",
    description="How a connection fares.",
    fields={
        "state": ValueField(type="ConnectionState!", description="In one word.", needs=_FACTS, make_for=_told(lambda health: health.state.value)),
        "summary": ValueField(
            type="String!",
            description="In words for people, with what to do about it; times are in the zone of the workspace.",
            needs=_FACTS,
            make_for=_told(attrgetter("summary")),
        ),
        "since": ValueField(
            type="DateTime", description="Since when that has been so; null: it cannot be told.", needs=_FACTS, make_for=_told(attrgetter("since"))
        ),
    },
)


def _freshness(reading: Reading) -> sa.FromClause:
    return freshness_by_stream(reading.rows_of(_CHECKPOINTS)).subquery()


def _readable(principal: Principal, _rows: sa.FromClause) -> sa.ColumnElement[bool]:
    return row_predicate(principal, _CHECKPOINTS)


STREAM_FRESHNESS = RowType(
    name="StreamFreshness",
    description="How far one kind of object is known, over all feeds that carry it.",
    relation=_freshness,
    readable=_readable,
    key="connection_id",
    fields={
        "stream": computed("Stream!", "The kind of object.", needs=(lambda scope: scope.c.stream,)),
        "dataAsOf": computed(
            "DateTime",
            "The instant up to which all feeds that carry it are known; null: one of them has never been read to its end.",
            needs=(lambda scope: scope.c.data_as_of,),
        ),
    },
)
