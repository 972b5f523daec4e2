"""Connections to outside systems: how far each has been read, their runs, and the records that were refused."""

from typing import Any

import orjson
import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.model import Checkpoint, Connection, ConnectionNotice, ConnectionTest, RejectedRecord, SourceField, SyncNotice, SyncRun, table_of
from hub.sync.connection_facts import data_as_of
from schema.plan.declaring import column, computed, expression_of, group, id_of, many, one, page
from schema.plan.filters import IdFilter
from schema.plan.mapping import ManyField, OneField, RowType, Scope
from schema.rows.connection_health import health_join
from schema.values import FeedResult, SyncScope, list_or_empty

_CONNECTIONS = table_of(Connection)
_CHECKPOINTS = table_of(Checkpoint)
_RUNS = table_of(SyncRun)
_REJECTED = table_of(RejectedRecord)
_NOTICES = table_of(SyncNotice)


def _last_run(scope: Scope) -> sa.ColumnElement[int]:
    run = scope.reading.rows_of(_RUNS)
    return sa.select(sa.func.max(run.c.id)).where(run.c.connection_id == scope.c.id).correlate(scope.rows).scalar_subquery()


def _data_as_of(scope: Scope) -> sa.ColumnElement[Any]:
    return data_as_of(scope.reading.rows_of(_CHECKPOINTS), scope.c.id)


def _parsed(text: str | None) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A payload that is kept as JSON text; a text that is no JSON as it is."""
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _names(secrets: Any) -> list[str] | None:  # noqa: ANN401 - names with what holds each
    return None if secrets is None else sorted(secrets)


CONNECTION = RowType(
    name="ConnectedSystem",
    description="A connection: one configured link to one outside system. (Types whose names end in Connection are pages of a list.)",
    relation=lambda reading: reading.rows_of(_CONNECTIONS),
    readable=row_predicate,
    is_node=True,
    joins={"health": health_join},
    fields={
        "id": id_of("ConnectedSystem"),
        "name": column(Connection.name, "The name that settings and people use.", filtered=True, ordered=True),
        "connector": column(Connection.connector, "The name of the connector that serves it.", filtered=True),
        "kind": column(Connection.kind, "What sort of system it leads to.", filtered=True),
        "status": column(Connection.status, "Whether it may run.", filtered=True),
        "statusReason": column(Connection.status_reason, "Why it may not run, in words; null: it may, or nobody said."),
        "health": group("ConnectionHealth", "How it fares, in one word and one sentence."),
        "isDeclared": column(Connection.is_declared, "Whether plugins.toml declares it; then it cannot be changed here.", filtered=True),
        "streams": computed("[Stream!]", "The kinds of object that it delivers; null: all that its connector can.", needs=(expression_of(Connection.streams),)),
        "syncFromDate": column(Connection.sync_from_date, "The start of the history that is read; null: all of it."),
        "options": computed(
            "JSON",
            "How it was set through the API; null: its settings stand in plugins.toml, it came of an import, or it was removed.",
            needs=(expression_of(Connection.options),),
        ),
        "secretNames": computed(
            "[String!]", "The secrets that were given for it through the API, by name; null as above.", needs=(expression_of(Connection.secrets),), make=_names
        ),
        "createdAt": column(Connection.created_at, "When it was made here."),
        "dataAsOf": computed(
            "DateTime", "The instant up to which all of its feeds are known; null: one of them has never been read to its end.", needs=(_data_as_of,)
        ),
        "dataAsOfByStream": ManyField(
            type="[StreamFreshness!]!",
            description="The same for each kind of object that a feed of it carries.",
            target="StreamFreshness",
            foreign="connection_id",
            order=("stream",),
            list_size=6,
        ),
        "feeds": many("Feed", Checkpoint.connection_id, "Its readable sequences of pages.", order=(Checkpoint.feed,)),
        "lastRun": OneField(type="SyncRun", description="Its latest run.", target="SyncRun", key=_last_run),
        "runs": page("SyncRun", SyncRun.connection_id, "Its runs."),
        "tests": page("ConnectionTest", ConnectionTest.connection_id, "The latest tries of it."),
        "notices": page("ConnectionNotice", ConnectionNotice.connection_id, "What a person should know of it."),
        "sourceFields": page("SourceField", SourceField.connection_id, "The fields of its payloads, and which of them are not as they were."),
        "rejectedRecords": page("RejectedRecord", RejectedRecord.connection_id, "Records of it that were refused."),
    },
    default_order=(("NAME", False),),
)

FEED = RowType(
    name="Feed",
    description="One readable sequence of pages of a connection, and how far it has been read.",
    relation=lambda reading: reading.rows_of(_CHECKPOINTS),
    readable=row_predicate,
    key="feed",
    fields={
        "name": column(Checkpoint.feed, "The feed's name."),
        "sequence": column(Checkpoint.sequence, "The place of the last file in the declared order of files; null: its files have none."),
        "dataAsOf": column(Checkpoint.data_as_of, "The instant up to which its data are known; null: it has not been read to its end."),
        "streams": computed("[Stream!]!", "The kinds of object that it carries.", needs=(expression_of(Checkpoint.streams),), make=list_or_empty),
        "readingSince": column(Checkpoint.reading_since, "When the read that is under way began; null: the last one ended."),
        "problem": column(Checkpoint.problem, "Why it does not move, in words; null: it does."),
        "problemSince": column(Checkpoint.problem_since, "Since when it does not move; null: it does."),
        "updatedAt": column(Checkpoint.updated_at, "When its cursor last moved."),
    },
)

SYNC_RUN = RowType(
    name="SyncRun",
    description="One execution for one connection. Counts are of records, over all feeds.",
    relation=lambda reading: reading.rows_of(_RUNS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("SyncRun"),
        "connection": one("ConnectedSystem", SyncRun.connection_id, "The connection that was read."),
        "status": column(SyncRun.status, "Its outcome.", filtered=True),
        "trigger": column(SyncRun.trigger, "What started it.", filtered=True),
        "startedAt": column(SyncRun.started_at, "When it started.", filtered=True, ordered=True),
        "endedAt": column(SyncRun.ended_at, "When it ended; null: it has not."),
        "readCount": column(SyncRun.read_count, "Records read."),
        "createdCount": column(SyncRun.created_count, "Records that made a new row."),
        "updatedCount": column(SyncRun.updated_count, "Records that changed a row."),
        "unchangedCount": column(SyncRun.unchanged_count, "Records that changed nothing."),
        "deletedCount": column(SyncRun.deleted_count, "Rows that their source had deleted."),
        "closedCount": column(SyncRun.closed_count, "Invoices that a full list no longer had."),
        "staleCount": column(SyncRun.stale_count, "Records older than what is here."),
        "skippedCount": column(SyncRun.skipped_count, "Records before the date from which is read."),
        "waitingCount": column(SyncRun.waiting_count, "Records whose parent has not arrived."),
        "rejectedCount": column(SyncRun.rejected_count, "Records that were refused.", filtered=True),
        "noticeCount": column(SyncRun.notice_count, "Things that a person should know of accepted records."),
        "message": column(SyncRun.message, "Why it failed, waits or is held; null: it does none of these."),
        "waitingUntil": column(SyncRun.waiting_until, "Until when it waits before it asks its source again; null: it does not wait."),
        "scope": computed("SyncScope", "What was asked for; null: everything that had changed.", needs=(expression_of(SyncRun.scope),), make=SyncScope.of),
        "feeds": computed("[FeedResult!]!", "What became of each feed.", needs=(expression_of(SyncRun.feeds),), make=FeedResult.list_of),
        "notices": page("SyncNotice", SyncNotice.run_id, "What a person should know of accepted records."),
        "rejectedRecords": page("RejectedRecord", RejectedRecord.run_id, "The records that were refused."),
    },
    filters={"connection": IdFilter("Of a connection.", "ConnectedSystem", expression_of(SyncRun.connection_id))},
)

REJECTED_RECORD = RowType(
    name="RejectedRecord",
    description="A record that was refused, kept until it is replayed or dismissed.",
    relation=lambda reading: reading.rows_of(_REJECTED),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("RejectedRecord"),
        "connection": one("ConnectedSystem", RejectedRecord.connection_id, "Where it comes from."),
        "run": one("SyncRun", RejectedRecord.run_id, "The run that refused it last."),
        "feed": column(RejectedRecord.feed, "The feed that it stood in.", filtered=True),
        "stream": column(RejectedRecord.stream, "The kind of object; null: it could not be told.", filtered=True),
        "externalId": column(RejectedRecord.external_id, "Its id in the source; null: it could not be told.", filtered=True),
        "place": column(RejectedRecord.place, "Where it stood: file, line, column."),
        "field": column(RejectedRecord.field, "The field at fault; null: the record as a whole.", filtered=True),
        "reason": column(RejectedRecord.reason, "Why it was refused.", filtered=True),
        "record": computed("JSON", "The mapped record, where mapping succeeded.", needs=(expression_of(RejectedRecord.record),), make=_parsed),
        "raw": computed("JSON", "The payload as it came.", needs=(expression_of(RejectedRecord.raw),), make=_parsed),
        "status": column(RejectedRecord.status, "What became of it.", filtered=True),
        "attemptCount": column(RejectedRecord.attempt_count, "How often it was tried."),
        "rejectedAt": column(RejectedRecord.rejected_at, "When it was refused.", filtered=True, ordered=True),
        "resolvedAt": column(RejectedRecord.resolved_at, "When it was resolved or dismissed; null: it was not."),
    },
    filters={"connection": IdFilter("Of a connection.", "ConnectedSystem", expression_of(RejectedRecord.connection_id))},
)

SYNC_NOTICE = RowType(
    name="SyncNotice",
    description="Something that a person should know of a record that was accepted: an amount that was rounded, an id that looks like a number.",
    relation=lambda reading: reading.rows_of(_NOTICES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("SyncNotice"),
        "feed": column(SyncNotice.feed, "The feed that it stood in.", filtered=True),
        "place": column(SyncNotice.place, "Where it stood: file, line, column."),
        "field": column(SyncNotice.field, "The field that it is about; null: the record as a whole."),
        "message": column(SyncNotice.message, "What to know.", filtered=True),
    },
)
