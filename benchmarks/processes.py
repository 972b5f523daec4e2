"""Each measured step of an import in a process of its own: no step inherits another's memory, caches or garbage."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from traceback import format_exc
from typing import Generic, ParamSpec, Protocol, TypeVar

from hub.app.memory import settle_memory

T = TypeVar("T")
P = ParamSpec("P")


class StepError(Exception):
    """A step failed; the text says how. The benchmark ends with it."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a step gave, and the most memory that its process held at one time, in bytes."""

    result: T
    peak_bytes: int


class Runner(Protocol):
    """A way to run a step."""

    def __call__(self, step: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> Outcome[T]:
        """Run it."""
        ...


def here(step: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> Outcome[T]:
    """Run a step in this process: for what is too small to measure."""
    return Outcome(step(*arguments, **options), peak_bytes())


def in_own_process(step: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> Outcome[T]:
    """Run a function of some module in a fresh process; its arguments and its result must be plain values."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, step, *arguments, **options).result()


def _run(step: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> Outcome[T]:
    settle_memory()  # as the command does it
    try:
        return here(step, *arguments, **options)
    except Exception:  # noqa: BLE001 - whatever it is, only its text is sure to reach the other process
        raise StepError(format_exc()) from None


def peak_bytes() -> int:
    """The most memory that this process has held at one time.

    Read from /proc: `ru_maxrss` starts from what the parent held when it made the process, this one does not.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    message = "/proc/self/status does not tell the peak memory: benchmarks need Linux"
    raise RuntimeError(message)
