"""Mutations of jobs and schedules."""

import pytest

from hub.model import AuditEntry, JobRun
from hub.vocabulary import JobStatus
from tests.schema.hub import Hub
from tests.schema.mutation.examples import job_id, schedule


def test_a_dead_job_is_queued_again_with_all_its_attempts(hub: Hub) -> None:
    given = {"id": job_id(hub, JobStatus.DEAD, attempt_count=10, error="no answer")}
    assert hub.done("jobRetry", given, select="job { status attemptCount }") == {"job": {"status": "QUEUED", "attemptCount": 0}}
    assert [entry["changes"] for entry in hub.rows(AuditEntry)] == [{"status": ["DEAD", "QUEUED"]}]


@pytest.mark.parametrize("status", [found for found in JobStatus if found is not JobStatus.DEAD])
def test_only_dead_jobs_are_tried_again(hub: Hub, status: JobStatus) -> None:
    assert hub.refused("jobRetry", {"id": job_id(hub, status)}) == [(["id"], "CONFLICT")]
    assert [row["status"] for row in hub.rows(JobRun)] == [status]


@pytest.mark.parametrize("status", [JobStatus.DONE, JobStatus.CANCELLED])
def test_a_job_that_has_ended_cannot_be_cancelled(hub: Hub, status: JobStatus) -> None:
    assert hub.refused("jobCancel", {"id": job_id(hub, status)}) == [(["id"], "CONFLICT")]


def test_a_job_that_runs_is_cancelled(hub: Hub) -> None:
    assert hub.done("jobCancel", {"id": job_id(hub, JobStatus.RUNNING)}, select="job { status }") == {"job": {"status": "CANCELLED"}}


def test_a_schedule_pauses_and_goes_on_with_its_next_slot(hub: Hub) -> None:
    given = {"id": schedule(hub)}
    assert hub.done("schedulePause", given, select="schedule { isEnabled nextSlotAt }") == {"schedule": {"isEnabled": False, "nextSlotAt": None}}
    hub.done("schedulePause", given)
    resumed = hub.done("scheduleResume", given, select="schedule { isEnabled nextSlotAt }")
    assert resumed == {"schedule": {"isEnabled": True, "nextSlotAt": "2026-03-31T12:15:00Z"}}
    hub.done("scheduleResume", given)
    assert [entry["changes"] for entry in hub.rows(AuditEntry)] == [{"isEnabled": [True, False]}, {"isEnabled": [False, True]}]
