"""`dunwell jobs`: what was done, is being done and could not be done."""

from typing import Annotated

import typer

from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import camel, minute, print_json, print_table, say
from hub.errors import NotFoundError
from hub.jobs.control import JobInfo, cancel, list_jobs, retry_dead
from hub.vocabulary import JobStatus

app = typer.Typer(no_args_is_help=True, help="Jobs: list, retry, cancel.")

_COLUMNS = ("id", "kind", "key", "status", "attempt_count", "connection", "created_at", "run_at", "started_at", "ended_at", "error")

Status = Annotated[JobStatus | None, typer.Option("--status", case_sensitive=False, help="Only jobs of this status.")]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="COUNT", help="How many to list, newest first.")]
DeadIds = Annotated[list[int] | None, typer.Argument(metavar="IDS", help="Ids that `dunwell jobs list` shows; every dead job when left out.")]
Ids = Annotated[list[int], typer.Argument(metavar="IDS", help="Ids that `dunwell jobs list` shows.")]


@app.command("list")
def list_all(*, status: Status = None, limit: Limit = 50, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """List jobs with their status and what they ended with."""
    with hub_of(settings) as hub, hub.store.read() as connection:
        found = list_jobs(connection, status=status, limit=limit)
    if as_json:
        print_json([{camel(column): getattr(job, column) for column in _COLUMNS} for job in found])
        return
    rows = [(job.id, job.key, job.status.value.lower(), job.attempt_count, _when(job), job.error) for job in found]
    print_table("Jobs", ("Id", "Job", "Status", "Attempts", "When", "Error"), rows, right=("Id", "Attempts"))


def _when(job: JobInfo) -> str:
    if job.ended_at is not None:
        return f"ended {minute(job.ended_at)}"
    if job.status is JobStatus.RUNNING and job.started_at is not None:
        return f"started {minute(job.started_at)}"
    return f"due {minute(job.run_at)}"


@app.command()
def retry(ids: DeadIds = None, *, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Queue dead jobs again, when what kept them from being done is mended."""
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            count = retry_dead(connection, ids or None, now=hub.clock.now())
        if not count:
            raise NotFoundError("none of these is a dead job" if ids else "there is no dead job")
        say(f"{count} queued again")


@app.command("cancel")
def cancel_some(ids: Ids, *, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """End jobs that are queued, running or dead, all of them or none; what they have done stays."""
    with hub_of(settings) as hub:
        with hub.store.write() as connection:
            for job_id in dict.fromkeys(ids):
                cancel(connection, job_id, now=hub.clock.now())
        say(f"{len(set(ids))} cancelled")
