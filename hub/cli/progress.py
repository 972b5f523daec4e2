"""A progress bar for runs, on standard error, and only where there is a terminal."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from hub.cli.output import ERR
from hub.sync.request import Progress as RunProgress


@contextmanager
def shown_progress(*, enabled: bool) -> Generator[Callable[[RunProgress], None]]:
    """Show how far each feed is while the body runs; the yielded function takes every step."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rejected]}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR, disable=not enabled or not ERR.is_terminal, transient=False) as bars:
        tasks: dict[str, TaskID] = {}

        def step(progress: RunProgress) -> None:
            if progress.feed not in tasks:
                _fill(bars)
                tasks[progress.feed] = bars.add_task(progress.feed, total=progress.expected_count, rejected="")
            rejected = f"{progress.rejected_count} rejected" if progress.rejected_count else ""
            expected = progress.expected_count
            total = None if expected is None else max(expected, progress.read_count)
            bars.update(tasks[progress.feed], completed=progress.read_count, total=total, rejected=rejected)

        yield step
        _fill(bars)


def _fill(bars: Progress) -> None:
    """Feeds follow one another, and how many records one has was an estimate: what was read of those before is all that there was."""
    for task in bars.tasks:
        bars.update(task.id, total=task.completed)
