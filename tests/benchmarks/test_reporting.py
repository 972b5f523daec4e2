import io
import json

import pytest
from rich.console import Console

from benchmarks.reporting import Finding, as_document, finding, print_findings, seconds_text
from benchmarks.timing import Comparison

STEADY = Comparison([1.2, 1.2, 1.2], [1.0, 1.0, 1.0])
UNSTEADY = Comparison([1.0, 1.2, 1.5], [1.0, 1.0, 1.0])


def found(comparison: Comparison, *, wide_target: float | None = None, note: str = "") -> Finding:
    return finding("a thing", size="100", database="sqlite", comparison=comparison, target=1.1, wide_target=wide_target, note=note)


def test_a_steady_ratio_is_held_against_the_narrow_target() -> None:
    assert (found(STEADY, wide_target=1.25).target, found(STEADY, wide_target=1.25).is_met) == (1.1, False)


def test_an_unsteady_ratio_is_held_against_the_wide_target_where_the_plan_allows_it() -> None:
    assert (found(UNSTEADY, wide_target=1.25).target, found(UNSTEADY, wide_target=1.25).is_met) == (1.25, True)
    assert (found(UNSTEADY).target, found(UNSTEADY).is_met) == (1.1, False)


def test_the_table_shows_every_finding_and_its_note() -> None:
    shown = io.StringIO()
    print_findings([found(STEADY, note="measured twice"), found(UNSTEADY, wide_target=1.25)], Console(file=shown, width=180))
    text = shown.getvalue()
    assert "1.20 s" in text
    assert "missed [1]" in text
    assert "[1] measured twice" in text
    assert "≤ 1.25" in text


def test_the_document_is_json_with_the_machine() -> None:
    document = json.loads(json.dumps(as_document([found(STEADY)])))
    assert document["findings"][0]["ratio"] == pytest.approx(1.2)
    assert document["machine"]["python"]


@pytest.mark.parametrize(("seconds", "text"), [(1.239, "1.24 s"), (0.0371, "37.1 ms"), (0.00042, "0.42 ms")])
def test_seconds_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text
