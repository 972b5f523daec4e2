"""Jobs: work that survives a crash. Job runs, their schedules, and the engine that runs them in this process.

The truth is in the tables `job_run` and `schedule`; an engine only decides when a handler is called. Each job is started at least
once; its effects happen once, because every transaction of a handler begins with `fence`.
"""

from hub.jobs.fencing import FencedError, JobCancelledError, JobHandle, fence, require_current
from hub.jobs.local_engine import JobHandler, LocalEngine
from hub.jobs.submitting import NewJob, connection_lock, submit, submit_or_join

__all__ = [
    "FencedError",
    "JobCancelledError",
    "JobHandle",
    "JobHandler",
    "LocalEngine",
    "NewJob",
    "connection_lock",
    "fence",
    "require_current",
    "submit",
    "submit_or_join",
]
