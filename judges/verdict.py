"""What a judge says, and programs that are asked."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE / "build"
REPORTS = HERE / "reports"
PROGRAMS = HERE / "node_modules" / ".bin"

_SHOWN_LINES = 40


@dataclass(frozen=True, slots=True)
class Verdict:
    """`summary` is one line with the counts; `details` is what a person needs to mend it, and empty where nothing is to be mended."""

    judge: str
    is_good: bool
    summary: str
    details: str = ""

    def tell(self) -> None:
        """Write it: one line, and the end of the details below when the judge finds against us."""
        sys.stdout.write(f"{'good' if self.is_good else 'BAD '}  {self.judge:<24} {self.summary}\n")
        if not self.is_good:
            sys.stdout.writelines(f"      {line}\n" for line in self.details.strip().splitlines()[-_SHOWN_LINES:])
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Program:
    """A program that finds against us by a status other than 0.

    Its summary is its last line, or what the pattern `counts` finds in what it says; a program that has nothing to count finds against us.
    """

    judge: str
    command: Sequence[str]
    counts: str | None = None

    def ask(self, environ: Mapping[str, str], *, folder: Path = HERE) -> Verdict:
        """Run it in a folder, and keep all that it says among the reports."""
        done = subprocess.run(self.command, cwd=folder, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - commands of ours
        said = f"{done.stdout}\n{done.stderr}".strip()
        REPORTS.mkdir(exist_ok=True)
        (REPORTS / f"{self.judge}.txt").write_text(f"{said}\n", encoding="utf-8")
        summary = self._summary(said)
        return Verdict(self.judge, done.returncode == 0 and summary is not None, summary or "says nothing that can be counted", said)

    def _summary(self, said: str) -> str | None:
        if self.counts is None:
            return said.splitlines()[-1].strip() if said else None
        found = re.search(self.counts, said)
        return None if found is None else found[0]
