"""What was measured, as values, as a table for people and as JSON for machines."""

import platform
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from os import cpu_count
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.timing import Comparison

WIDE_SPREAD = 0.10
"""Above this spread, an equal plan and the wider target count instead of the narrow one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was measured. `ours` and `reference` are texts with their units.

    `target` is the most that the ratio may be; None: shown for what it is, with nothing to meet. `is_met` None: no target.
    """

    what: str
    size: str
    database: str
    ours: str
    reference: str
    ratio: float
    spread: float | None
    rounds: int
    target: float | None = None
    is_met: bool | None = None
    note: str = ""


def finding(
    what: str, *, size: str, database: str, comparison: Comparison, target: float | None = None, wide_target: float | None = None, note: str = ""
) -> Finding:
    """A finding of a comparison in seconds. `wide_target` counts where the rounds spread too far for the narrow one."""
    spread = comparison.spread
    counts = wide_target if wide_target is not None and spread is not None and spread > WIDE_SPREAD else target
    return Finding(
        what=what,
        size=size,
        database=database,
        ours=seconds_text(_middle(comparison.ours)),
        reference=seconds_text(_middle(comparison.reference)),
        ratio=comparison.ratio,
        spread=spread,
        rounds=len(comparison.ours),
        target=counts,
        is_met=None if counts is None else comparison.ratio <= counts,
        note=note,
    )


def seconds_text(seconds: float) -> str:
    """Seconds as people read them: `1.24 s`, `37.1 ms`, `0.42 ms`."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e3:.2f} ms"  # noqa: PLR2004 - a millisecond


def rate_text(records_a_second: float) -> str:
    """Records a second as people read them."""
    return f"{records_a_second:,.0f}/s"


def bytes_text(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 2**20:.0f} MiB"


def size_text(invoice_count: int) -> str:
    """A number of invoices as people read it."""
    return f"{invoice_count:,}"


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """One table of all of them, and the notes below it."""
    table = Table(title="Ours against the reference", title_justify="left")
    for name in ("What", "Size", "Database"):
        table.add_column(name)
    for name in ("Ours", "Reference", "Ratio", "Spread", "Rounds", "Target"):
        table.add_column(name, justify="right")
    table.add_column("")
    notes: list[str] = []
    for found in findings:
        mark = "" if found.is_met is None else "met" if found.is_met else "[bold red]missed[/]"
        if found.note:
            notes.append(found.note)
            mark = f"{mark} [{len(notes)}]".strip()
        spread = "" if found.spread is None else f"{found.spread:.0%}"
        target = "" if found.target is None else f"≤ {found.target:g}"
        table.add_row(
            found.what,
            found.size,
            found.database,
            found.ours,
            found.reference,
            f"{found.ratio:.3g}",
            spread,
            str(found.rounds),
            target,
            mark.replace("[1", r"\[1"),
        )
    console.print(table)
    for number, note in enumerate(notes, start=1):
        console.print(rf"\[{number}] {note}")


def as_document(findings: Iterable[Finding]) -> dict[str, Any]:
    """The findings and the machine that they were found on."""
    return {"machine": machine(), "findings": [asdict(found) for found in findings]}


def machine() -> dict[str, str]:
    """What the figures depend on besides the code."""
    return {
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(cpu_count()),
    }


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
