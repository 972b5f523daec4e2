"""`dunwell schedules`: when jobs start by themselves."""

from datetime import datetime
from typing import Annotated

import typer

from hub.app.jobs import declare_schedules
from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, hub_of
from hub.cli.output import minute, print_json, print_table, say
from hub.jobs.pausing import ScheduleInfo, list_schedules, pause_schedule, resume_schedule

app = typer.Typer(no_args_is_help=True, help="Schedules: list, pause, resume.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name that `dunwell schedules list` shows.")]


@app.command("list")
def list_all(*, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """List schedules with their last and their next slot."""
    with hub_of(settings) as hub:
        declare_schedules(hub)
        with hub.store.read() as connection:
            found = list_schedules(connection)
    if as_json:
        print_json([_document(schedule) for schedule in found])
        return
    rows = [(schedule.name, schedule.kind, schedule.schedule.text, _slot(schedule.last_slot_at), _next(schedule)) for schedule in found]
    print_table("Schedules", ("Name", "Job", "When", "Last slot", "Next slot"), rows)


def _document(schedule: ScheduleInfo) -> dict[str, object]:
    return {
        "name": schedule.name,
        "kind": schedule.kind,
        "schedule": schedule.schedule.text,
        "connection": schedule.connection,
        "isEnabled": schedule.is_enabled,
        "isDeclared": schedule.is_declared,
        "lastSlotAt": schedule.last_slot_at,
        "nextSlotAt": schedule.next_slot_at,
    }


def _next(schedule: ScheduleInfo) -> str | None:
    return _slot(schedule.next_slot_at) if schedule.is_enabled else "paused"


def _slot(instant: datetime | None) -> str | None:
    return None if instant is None else minute(instant)


@app.command()
def pause(name: Name, *, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Let the slots of a schedule pass until it is resumed."""
    with hub_of(settings) as hub:
        declare_schedules(hub)
        with hub.store.write() as connection:
            pause_schedule(connection, name)
        say(f"{name} is paused; `dunwell schedules resume {name}` goes on with it")


@app.command()
def resume(name: Name, *, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Go on with the next slot of a schedule; those that have passed are not made up for."""
    with hub_of(settings) as hub:
        declare_schedules(hub)
        with hub.store.write() as connection:
            following = resume_schedule(connection, name, now=hub.clock.now(), zone=hub.settings.workspace.time_zone)
        say(f"{name} goes on at {minute(following)}")
