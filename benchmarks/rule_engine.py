"""The rule-engine package as a reference: rules over the same rows in memory, in an environment of its own.

It wants an older python-dateutil than the hub's croniter, so the two cannot be installed side by side.
"""

import json
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from benchmarks import rule_engine_program

PYTHON = Path(".venv-bench/bin/python")
"""Of the environment that `make bench` installs rule-engine in."""


@dataclass(frozen=True, slots=True)
class RuleEngine:
    """A running program that has the rows in memory."""

    ask: IO[str]
    answer: IO[str]

    def matches(self) -> list[tuple[int, int]]:
        """The id and the mask of every row for which a rule holds."""
        return [(key, mask) for key, mask in self._asked("rows")]

    def seconds(self) -> float:
        """How long all rules over all rows take."""
        return float(self._asked("time"))

    def _asked(self, what: str) -> Any:  # noqa: ANN401 - whatever the program answers
        self.ask.write(f"{what}\n")
        self.ask.flush()
        line = self.answer.readline()
        assert line, "the program of rule-engine has ended; what it said is above"
        return json.loads(line)


@contextmanager
def rule_engine_over(rows: Sequence[Mapping[str, Any]], rules: Sequence[str], *, python: Path | str = PYTHON) -> Generator[RuleEngine]:
    """The program with some rows and rules; it ends with the block."""
    with TemporaryDirectory() as folder:
        files = Path(folder, "rows.json"), Path(folder, "rules.json")
        for file, content in zip(files, (rows, rules), strict=True):
            file.write_text(json.dumps(content, default=str), encoding="utf-8")
        command = [python, "-I", rule_engine_program.__file__, *files]  # isolated: the folder of the program has a rule_engine of its own
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
            assert process.stdin is not None
            assert process.stdout is not None
            yield RuleEngine(process.stdin, process.stdout)
            process.stdin.close()
