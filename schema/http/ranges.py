"""`Range` of a request for a file, by RFC 9110: one range of bytes; what is anything else counts as not sent, and the whole is the answer."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.ASCII | re.IGNORECASE)
_LONGEST = 18
"""Digits of a position that is worth reading: no file has more bytes."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes of a file, from `first` up to and without `end`."""

    first: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes they are."""
        return self.end - self.first


class UnsatisfiableRangeError(Exception):
    """Nothing of the file is in the range: the answer is 416 with the size. Caught within the HTTP layer."""


def wanted_range(header: str | None, size: int) -> ByteRange | None:
    """The bytes that a header asks for of a file with `size` bytes; None: all of it. Raises UnsatisfiableRangeError."""
    found = None if header is None else _ONE_RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first and last and _position(first) > _position(last):
        return None
    if not first:
        return _suffix(_position(last), size)
    if _position(first) >= size:
        raise UnsatisfiableRangeError
    return ByteRange(_position(first), min(_position(last) + 1, size) if last else size)


def _suffix(length: int, size: int) -> ByteRange:
    if length == 0 or size == 0:
        raise UnsatisfiableRangeError
    return ByteRange(max(0, size - length), size)


def _position(digits: str) -> int:
    stripped = digits.lstrip("0") or "0"
    return int(stripped) if len(stripped) <= _LONGEST else 10**_LONGEST
