"""The rule-engine package over rows in memory, as a program of its own environment: it imports nothing else of this project.

    python rule_engine_program.py ROWS RULES

ROWS is a JSON list of objects, RULES one of texts. For each line that comes in, all rules are held against all rows, and a line goes out: the seconds
for `time`, and for `rows` a JSON list of `[id, mask]` for every row for which a rule holds.
"""

import gc
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

DAYS = ("due_date", "document_date")


def read_rows(file: Path) -> list[dict[str, Any]]:
    """The rows, with days as days."""
    rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    for row in rows:
        row.update({name: date.fromisoformat(row[name]) for name in DAYS if row[name] is not None})
    return rows


def evaluate(rules: Sequence[Any], rows: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """The rows for which any of the rules holds; bit n of a mask is the n-th rule."""
    bits = [(1 << number, rule.matches) for number, rule in enumerate(rules)]
    found: list[tuple[int, int]] = []
    for row in rows:
        mask = sum(bit for bit, matches in bits if matches(row))
        if mask:
            found.append((row["id"], mask))
    return found


def main(rows_file: str, rules_file: str) -> None:
    """Answer every line until there are no more."""
    engine: Any = import_module("rule_engine")
    context = engine.Context(resolver=engine.resolve_item)
    rules = [engine.Rule(text, context=context) for text in json.loads(Path(rules_file).read_text(encoding="utf-8"))]
    rows = read_rows(Path(rows_file))
    gc.disable()
    for line in sys.stdin:
        started = perf_counter()
        found = evaluate(rules, rows)
        seconds = perf_counter() - started
        print(json.dumps(found if line.strip() == "rows" else seconds), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
