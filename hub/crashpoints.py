"""Named places between two steps that must survive a crash. Inert: only a test arms them, and then a process dies at one of them.

A place is named where it stands: `crashpoint("page.before_commit")`. `docs/development.md` tells how a new one is swept.
"""

from collections.abc import Callable

Reached = Callable[[str], None]


class _Watch:
    """What is told of every place that is reached; nothing in a hub that runs."""

    reached: Reached | None = None


def crashpoint(name: str) -> None:
    """A place where the process may die. Does nothing unless a test watches."""
    if _Watch.reached is not None:
        _Watch.reached(name)


def watch_crashpoints(reached: Reached | None) -> None:
    """For tests: have `reached` called with the name of every place that is reached; None ends that. Never called by the hub."""
    _Watch.reached = reached
