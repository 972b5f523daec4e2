"""Ageing buckets as people write them: `["current", "1-30", "31-60", "61+"]`."""

import re
from collections.abc import Sequence

from hub.config.settings import MAX_BUCKETS, AgeingBucket

CURRENT = "current"

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5})|(\+))")


def parse_buckets(labels: Sequence[str]) -> tuple[AgeingBucket, ...]:
    """The buckets of a list of labels.

    The first is `current` (not yet past due), each of the others starts where the one before ends, and the last is open, so that
    every amount is in exactly one. Raises ValueError that says which label is wrong.
    """
    if not 1 < len(labels) <= MAX_BUCKETS:
        message = f"there must be 2 to {MAX_BUCKETS} buckets"
        raise ValueError(message)
    if labels[0] != CURRENT:
        message = f"the first bucket must be {CURRENT!r}, not {labels[0]!r}"
        raise ValueError(message)
    buckets = [AgeingBucket(None, 0)]
    for label in labels[1:]:
        buckets.append(_following(buckets[-1], label))
    if buckets[-1].last is not None:
        message = f"the last bucket must be open: write '{buckets[-1].first}+' instead of {labels[-1]!r}"
        raise ValueError(message)
    return tuple(buckets)


def _following(before: AgeingBucket, label: str) -> AgeingBucket:
    found = _RANGE.fullmatch(label)
    if before.last is None:
        message = f"{label!r} comes after the open bucket {before.label!r}, which must be the last"
        raise ValueError(message)
    if found is None:
        message = f"{label!r} is no bucket: write days as '1-30' or '91+'"
        raise ValueError(message)
    first, last = int(found[1]), None if found[2] is None else int(found[2])
    if first != before.last + 1:
        word = "overlaps with" if first <= before.last else "leaves a gap after"
        message = f"{label!r} {word} {before.label!r}: it must start at {before.last + 1}"
        raise ValueError(message)
    if last is not None and last < first:
        message = f"{label!r} ends before it starts"
        raise ValueError(message)
    return AgeingBucket(first, last)
