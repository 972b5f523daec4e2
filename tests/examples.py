"""How many examples a property is tried with: few in the suite, and many times as many by `make prove`."""

import os

TIMES = "DUNWELL_TEST_EXAMPLES"


def examples(count: int) -> int:
    """So many in the suite; `DUNWELL_TEST_EXAMPLES` says how many times as many there are otherwise."""
    return count * int(os.environ.get(TIMES, "1"))
