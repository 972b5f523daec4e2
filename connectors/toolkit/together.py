"""The same question about several things, asked a few at a time."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

from hub.plugins import SourceError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


async def ask_each(ask: Callable[[_Item], Awaitable[_Result]], items: Sequence[_Item], *, at_once: int) -> list[_Result]:
    """The answers in the order of the items. The first SourceError ends the rest and is raised as it is, not in a group."""
    answers: dict[int, _Result] = {}
    failures: list[SourceError] = []
    waiting = iter(enumerate(items))

    async def work() -> None:
        for number, item in waiting:
            try:
                answers[number] = await ask(item)
            except SourceError as error:
                failures.append(error)
                group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(min(at_once, len(items))):
            group.start_soon(work)
    if failures:
        raise failures[0]
    return [answers[number] for number in range(len(items))]
