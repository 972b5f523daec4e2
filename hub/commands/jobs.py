"""Commands about jobs and the schedules that start them."""

from typing import Any

from hub.access.audit import Effect
from hub.commands.command import CommandContext, Outcome
from hub.commands.finding import held
from hub.errors import ConflictError
from hub.jobs.control import cancel, retry_dead
from hub.jobs.pausing import pause_schedule, resume_schedule
from hub.model import JobRun, Schedule
from hub.vocabulary import JobStatus


def retry(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the name of the input's field
    """Queue a dead job again, with all its attempts before it."""
    found = held(context, JobRun, id)
    if not retry_dead(context.connection, [id], now=context.now):
        raise ConflictError(f"the job is {found.status.value}: only one that is DEAD can be tried again", path=("id",))
    return Outcome(shown={"job": id}, effects=[job_effect(found, JobStatus.QUEUED)])


def cancel_job(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """End a job that is queued, running or dead; what it has done stays."""
    found = held(context, JobRun, id)
    require_open(found, field="id")
    cancel(context.connection, id, now=context.now)
    return Outcome(shown={"job": id}, effects=[job_effect(found, JobStatus.CANCELLED)])


def pause(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Let the slots of a schedule pass until it is resumed; one that is paused stays as it is."""
    found = held(context, Schedule, id)
    pause_schedule(context.connection, found.name)
    return Outcome(shown={"schedule": id}, effects=_schedule_effects(found, is_enabled=False))


def resume(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Go on with the next slot of a schedule; those that have passed are not made up for. One that is not paused stays as it is."""
    found = held(context, Schedule, id)
    if not found.is_enabled:
        resume_schedule(context.connection, found.name, now=context.now, zone=context.services.settings.workspace.time_zone)
    return Outcome(shown={"schedule": id}, effects=_schedule_effects(found, is_enabled=True))


def require_open(job: Any, *, field: str) -> None:  # noqa: ANN401 - a row of jobs
    """Raise ConflictError, naming the input's field, for a job that has ended."""
    if job.status in {JobStatus.DONE, JobStatus.CANCELLED}:
        raise ConflictError(f"the job has ended already: it is {job.status.value}", path=(field,))


def job_effect(job: Any, status: JobStatus) -> Effect:  # noqa: ANN401 - the same
    """That a job has another status from now on."""
    return Effect("JobRun", job.id, {"status": (job.status, status)})


def _schedule_effects(schedule: Any, *, is_enabled: bool) -> list[Effect]:  # noqa: ANN401 - a row of schedules
    is_news = schedule.is_enabled != is_enabled
    return [Effect("Schedule", schedule.id, {"isEnabled": (schedule.is_enabled, is_enabled)})] if is_news else []
