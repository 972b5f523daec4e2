"""Jobs and the schedules that start them."""

from typing import Any

import sqlalchemy as sa

from hub.access.rows import row_predicate
from hub.config import ScheduleSettings
from hub.model import JobRun, Schedule, SyncRun, table_of
from schema.plan.declaring import column, computed, expression_of, id_of, one
from schema.plan.filters import IdFilter
from schema.plan.mapping import OneField, RowType, Scope

_JOBS = table_of(JobRun)
_SCHEDULES = table_of(Schedule)
_RUNS = table_of(SyncRun)


def _last_run(scope: Scope) -> sa.ColumnElement[int]:
    run = scope.reading.rows_of(_RUNS)
    return sa.select(sa.func.max(run.c.id)).where(run.c.job_run_id == scope.c.id).correlate(scope.rows).scalar_subquery()


def _in_words(cron: str | None, interval_seconds: int | None) -> str:
    return ScheduleSettings(cron=cron, interval_seconds=interval_seconds).text


def _next_slot(is_enabled: Any, next_slot_at: Any) -> Any:  # noqa: ANN401 - what the database gives for a boolean and an instant
    return next_slot_at if is_enabled else None


JOB_RUN = RowType(
    name="JobRun",
    description="One job: queued, running, or ended. One that failed is tried again after a pause; after its last attempt it is dead until a person acts.",
    relation=lambda reading: reading.rows_of(_JOBS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("JobRun"),
        "kind": column(JobRun.kind, "What sort of work it is.", filtered=True),
        "key": column(JobRun.unique_key, "What is to be done, and which time of it: no two jobs have the same.", filtered=True),
        "lock": column(JobRun.lock, "Jobs with the same lock never run at a time; null: it may run beside any other.", filtered=True),
        "status": column(JobRun.status, "What has become of it.", filtered=True),
        "attemptCount": column(JobRun.attempt_count, "How often it was started, but for starts that were taken back."),
        "connection": one("ConnectedSystem", JobRun.connection_id, "The connection that it works for."),
        "run": OneField(type="SyncRun", description="The run that it began last; null: none, or it is not there for runs.", target="SyncRun", key=_last_run),
        "createdAt": column(JobRun.created_at, "When it was handed in.", filtered=True, ordered=True),
        "runAt": column(JobRun.run_at, "When it is or was to be started; a queued one is not started before that.", filtered=True),
        "startedAt": column(JobRun.started_at, "When its last attempt began; null: none has."),
        "endedAt": column(JobRun.ended_at, "When it was done, dead or cancelled; null: it is none of these.", filtered=True),
        "error": column(JobRun.error, "What its last attempt ended with; null: with nothing to say."),
    },
    filters={"connection": IdFilter("Of a connection.", "ConnectedSystem", expression_of(JobRun.connection_id))},
)

SCHEDULE = RowType(
    name="Schedule",
    description="When jobs of a kind are started by themselves, each slot once.",
    relation=lambda reading: reading.rows_of(_SCHEDULES),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of("Schedule"),
        "name": column(Schedule.name, "Its name; a declared one has that of its connection.", filtered=True, ordered=True),
        "kind": column(Schedule.kind, "The kind of job that it starts.", filtered=True),
        "connection": one("ConnectedSystem", Schedule.connection_id, "The connection that its jobs work for."),
        "schedule": computed(
            "String!",
            "`every 15 minutes`, or a cron expression of five fields in the workspace zone.",
            needs=(expression_of(Schedule.cron), expression_of(Schedule.interval_seconds)),
            make=_in_words,
        ),
        "isEnabled": column(Schedule.is_enabled, "Whether it runs; false: a person paused it.", filtered=True),
        "isDeclared": column(Schedule.is_declared, "Whether plugins.toml declares it.", filtered=True),
        "lastSlotAt": column(Schedule.last_slot_at, "The last slot that was dealt with; null: none was."),
        "nextSlotAt": computed(
            "DateTime",
            "The next slot; null: none comes by itself.",
            needs=(expression_of(Schedule.is_enabled), expression_of(Schedule.next_slot_at)),
            make=_next_slot,
        ),
    },
    filters={"connection": IdFilter("Of a connection.", "ConnectedSystem", expression_of(Schedule.connection_id))},
    default_order=(("NAME", False),),
)
