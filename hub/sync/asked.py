"""What people ask of connections, as jobs: a run, single objects fetched again, rejected records applied again.

Each is handed in within the transaction of the request, and its payload says what was asked for and who did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, cast
from uuid import uuid4

import sqlalchemy as sa

from hub.jobs import JobHandle, NewJob, connection_lock, fence, submit
from hub.jobs.scheduling import SYNC_JOB
from hub.sync.service import SyncOptions
from hub.sync.sweep import NOTHING_APPROVED, Closing
from hub.vocabulary import Stream

RESYNC_JOB = "resync"
REPLAY_JOB = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRun:
    """A run that a person wants. `streams` None: all; `since` None: from where the last run stopped, or all of it with `is_full`.

    `approved_deletions` is how many absent objects the person agrees to be gone; None: none.
    """

    streams: Sequence[Stream] | None = None
    since: date | None = None
    is_full: bool = False
    approved_deletions: int | None = None

    def as_document(self) -> dict[str, Any]:
        """For the payload of its job."""
        return {
            "streams": None if self.streams is None else sorted({stream.stored for stream in self.streams}),
            "since": None if self.since is None else self.since.isoformat(),
            "full": self.is_full,
            "deleteAbsent": self.approved_deletions,
        }


@dataclass(frozen=True, slots=True)
class AskedObjects:
    """Objects of one stream that a person wants to be fetched again."""

    stream: Stream
    external_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, when, and of which connection."""

    connection_id: int
    by: str
    now: datetime


def submit_run(connection: sa.Connection, asking: Asking, run: AskedRun) -> int:
    """Hand in a run; returns the id of its job."""
    return submit_asked(connection, SYNC_JOB, asking, lock=connection_lock(asking.connection_id), asked=run.as_document())


def submit_resync(connection: sa.Connection, asking: Asking, objects: AskedObjects) -> int:
    """Have objects fetched again; returns the id of the job."""
    asked = {"stream": objects.stream.stored, "externalIds": list(objects.external_ids)}
    return submit_asked(connection, RESYNC_JOB, asking, lock=connection_lock(asking.connection_id), asked=asked)


def submit_replay(connection: sa.Connection, asking: Asking, rejected_ids: Sequence[int]) -> int:
    """Have rejected records of the connection applied again; returns the id of the job."""
    return submit_asked(connection, REPLAY_JOB, asking, lock=connection_lock(asking.connection_id), asked={"ids": list(rejected_ids)})


def options_of(job: JobHandle, *, otherwise: str) -> SyncOptions:
    """How the run of a job goes: as it was asked for, or all that has changed, with `otherwise` as its trigger, where nobody asked."""
    options = SyncOptions(trigger=otherwise, fence=partial(fence, handle=job), job_run_id=job.id)
    asked = _payload(job)
    if not asked:
        return options
    options = replace(options, trigger="MANUAL" if job.kind == SYNC_JOB else job.kind.upper(), actor=asked["by"])
    if job.kind != SYNC_JOB:
        return options
    approved = asked["deleteAbsent"]
    return replace(
        options,
        streams=None if asked["streams"] is None else frozenset(Stream(name) for name in asked["streams"]),
        since=None if asked["since"] is None else date.fromisoformat(asked["since"]),
        is_full=asked["full"],
        closing=NOTHING_APPROVED if approved is None else Closing(approved, is_brake_released=True),
    )


def objects_of(job: JobHandle) -> AskedObjects:
    """The objects that a job fetches again."""
    asked = _payload(job)
    return AskedObjects(Stream(asked["stream"]), asked["externalIds"])


def rejected_ids_of(job: JobHandle) -> Sequence[int]:
    """The rejected records that a job applies again."""
    found: Sequence[int] = _payload(job)["ids"]
    return found


def submit_asked(connection: sa.Connection, kind: str, asking: Asking, *, lock: str, asked: Mapping[str, Any]) -> int:
    """Hand in a job that a person asks for; returns its id. `asked` says of what, and holds no secret."""
    key = f"{kind}:{asking.connection_id}:{uuid4()}"
    payload = {**asked, "by": asking.by}
    job = NewJob(kind, key, lock=lock, payload=payload, connection_id=asking.connection_id)
    job_id = submit(connection, job, now=asking.now)
    if job_id is None:
        raise RuntimeError(f"a job with the fresh key {key} is there already")
    return job_id


def _payload(job: JobHandle) -> Mapping[str, Any]:
    return cast("dict[str, Any]", job.payload or {})
