"""schema/http/ranges.py: one range of bytes, by RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.http.ranges import ByteRange, UnsatisfiableRangeError, wanted_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=9-9", (9, 10)),
        ("bytes=3-", (3, 10)),
        ("bytes=3-99", (3, 10)),
        ("bytes=-1", (9, 10)),
        ("bytes=-10", (0, 10)),
        ("bytes=-99", (0, 10)),
        ("BYTES=1-2", (1, 3)),
        ("bytes = 1-2 ", (1, 3)),
        ("bytes=0-" + "9" * 5_000, (0, 10)),
        ("bytes=-" + "9" * 5_000, (0, 10)),
    ],
)
def test_a_range_is_cut_to_the_file(header: str, expected: tuple[int, int]) -> None:
    assert wanted_range(header, 10) == ByteRange(*expected)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=1-2,4-5", "bytes=5-4", "items=0-1", "bytes=a-b", "bytes=+1-2", "bytes=1--2", "bytes=\u0661-\u0662"],
)
def test_what_is_no_single_range_counts_as_not_sent(header: str | None) -> None:
    assert wanted_range(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0), ("bytes=" + "9" * 5_000 + "-", 10)]
)
def test_a_range_beyond_the_file_cannot_be_answered(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        wanted_range(header, size)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 20))
def test_a_range_is_what_a_slice_of_the_file_is(first: int, last: int, size: int) -> None:
    content = bytes(range(size))
    try:
        found = wanted_range(f"bytes={first}-{last}", size)
    except UnsatisfiableRangeError:
        assert first >= size
        return
    if found is None:
        assert first > last
        return
    assert content[found.first : found.end] == content[first : last + 1]
