"""Mutations of jobs and schedules."""

from collections.abc import Mapping

from hub.commands import jobs
from schema.mutation.declaring import Mutation, id_input, shown

JOB_MUTATIONS: Mapping[str, Mutation] = {
    "jobRetry": Mutation(
        description="Queue a dead job again, when what kept it from being done is mended.",
        command=jobs.retry,
        input={"id": id_input("JobRun", "The job.")},
        payload={"job": shown("JobRun", "The job.")},
    ),
    "jobCancel": Mutation(
        description="End a job that is queued, running or dead. One that runs stops before its next transaction; what it has done stays.",
        command=jobs.cancel_job,
        input={"id": id_input("JobRun", "The job.")},
        payload={"job": shown("JobRun", "The job.")},
    ),
    "schedulePause": Mutation(
        description="Let the slots of a schedule pass until it is resumed.",
        command=jobs.pause,
        input={"id": id_input("Schedule", "The schedule.")},
        payload={"schedule": shown("Schedule", "The schedule.")},
    ),
    "scheduleResume": Mutation(
        description="Go on with the next slot of a schedule; those that have passed are not made up for.",
        command=jobs.resume,
        input={"id": id_input("Schedule", "The schedule.")},
        payload={"schedule": shown("Schedule", "The schedule.")},
    ),
}
"""Trying again, cancelling, pausing, resuming."""
