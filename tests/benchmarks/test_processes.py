import math
import os

import pytest

from benchmarks.processes import StepError, here, in_own_process, peak_bytes


def test_a_step_runs_in_another_process_and_tells_its_memory() -> None:
    outcome = in_own_process(os.getpid)
    assert outcome.result != os.getpid()
    assert outcome.peak_bytes > 2**20


def test_a_step_that_fails_says_how() -> None:
    with pytest.raises(StepError, match="math domain error"):
        in_own_process(math.sqrt, -1.0)


def test_memory_that_was_held_once_still_counts() -> None:
    before = peak_bytes()
    held = bytearray(b"x" * (before + 2**26))
    assert here(len, held).peak_bytes >= before + 2**26
