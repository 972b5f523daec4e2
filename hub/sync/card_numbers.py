"""Full card numbers: found and masked, so that the hub never keeps one, whatever a source hands over.

A card number has 13 to 19 digits, perhaps in groups, begins as those of card schemes do (2 to 6, or 9792), and passes the check of
Luhn. What merely counts milliseconds or numbers transactions seldom does.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, cast

from msgspec.structs import replace

from hub.plugins.records import Record
from hub.vocabulary import Stream

STREAMS = frozenset((Stream.PAYMENT_METHODS, Stream.PAYMENT_ATTEMPTS))
"""The streams whose records speak of cards."""

_SHORTEST, _LONGEST, _SHOWN = 13, 19, 4
_RUN = re.compile(r"[0-9](?:[ -]?[0-9]){12,}+")
_GROUP = re.compile(r"[0-9]+")
_SCHEME = re.compile(r"[2-6]|9792")
_BEHIND_SCHEME = 12
"""How many digits stand behind the first of a card scheme, at least."""

_WITHOUT_SEPARATORS = str.maketrans("", "", " -")
_DOUBLED = {str(digit): sum(divmod(digit * 2, 10)) for digit in range(10)}
_NOT_OF_CARDS = frozenset(("customer_external_id", "invoice_external_id", "invoice_number", "payment_external_id", "gateway_transaction_id"))
"""Ids of what is no card: a long number there is the source's own numbering, even where it passes the check."""

_TOKENS = frozenset(("external_id", "payment_method_external_id", "fingerprint", "method_fingerprint"))
"""Ids that stand for a card: digits inside a longer word of them are a part of the word."""


def find_card_number(record: Record) -> str | None:
    """The field of a record that holds a full card number; None: none does. The raw payload is no field."""
    passed = _NOT_OF_CARDS if record.stream is Stream.PAYMENT_METHODS else _NOT_OF_CARDS | {"external_id"}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name not in passed and isinstance(value, str) and any(_places(value, is_token=name in _TOKENS)):
            return name
    return None


def holds_card_number(text: str) -> bool:
    """Whether a full card number stands anywhere in a text."""
    return any(_places(text))


def mask_text(text: str) -> str:
    """A text with the last four digits of each card number only."""
    parts: list[str] = []
    done = 0
    for start, end in _places(text):
        parts += (text[done:start], "****", text[end - _SHOWN : end])
        done = end
    return "".join((*parts, text[done:]))


def mask_json(text: str | None) -> str | None:
    """A JSON text with its texts and numbers masked; None for none."""
    if text is None or not holds_card_number(text):
        return text
    return json.dumps(_masked(json.loads(text)), ensure_ascii=False)


def with_masked_payload(record: Record, encoded: bytes) -> Record:
    """A record whose raw payload is masked; `encoded` is its JSON form, which shows the payload as it is kept."""
    raw: dict[str, Any] | None = json.loads(encoded).get("raw")
    return record if raw is None else replace(record, raw=_masked(raw))


def _masked(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {mask_text(key): _masked(member) for key, member in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return [_masked(member) for member in cast("list[Any]", value)]
    return mask_text(str(value)) if isinstance(value, (int, float)) and holds_card_number(str(value)) else value


def _places(text: str, *, is_token: bool = False) -> Iterator[tuple[int, int]]:
    """Where card numbers stand in a text, first and behind last sign; none overlaps another, and of several with one beginning the longest counts.

    The time is linear in the length of the text, whatever stands in it.
    """
    for found in _RUN.finditer(text):
        run = _Run.of(text, found.span())
        done = 0
        for start, before in run.beginnings:
            if start < done or (is_token and text[max(start - 1, 0) : start].isalnum()):
                continue
            ends = run.ends_from(before)
            end = next((end for end in ends if not (is_token and text[end : end + 1].isalnum())), None)
            if end is not None:
                yield start, end
                done = end


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits that stand together, or with one separator between two. A number begins where a group of them begins, and ends where one ends.

    `beginnings` are where numbers may begin in the text, with how many digits of the run stand before. `ends` says behind how many digits of the
    run a group ends, and where in the text; 0: none does. `sums` are those of Luhn over so many digits, mod 10, with every digit at an even place
    doubled, and with every one at an odd place.
    """

    beginnings: Sequence[tuple[int, int]]
    ends: Sequence[int]
    sums: tuple[Sequence[int], Sequence[int]]

    @classmethod
    def of(cls, text: str, span: tuple[int, int]) -> "_Run":
        digits = text[slice(*span)].translate(_WITHOUT_SEPARATORS)
        ends = [0] * (len(digits) + 1)
        beginnings: list[tuple[int, int]] = []
        count = 0
        for found in _GROUP.finditer(text, *span):
            scheme = _SCHEME.match(digits, count)
            if scheme is not None and scheme.end() + _BEHIND_SCHEME <= len(digits):
                beginnings.append((found.start(), count))
            count += len(found.group())
            ends[count] = found.end()
        return cls(beginnings, ends, (_sums(digits, doubled=0), _sums(digits, doubled=1)))

    def ends_from(self, before: int) -> Iterator[int]:
        """Where numbers end in the text that begin behind so many digits and pass the check, the longest first."""
        for last in range(min(before + _LONGEST, len(self.ends) - 1), before + _SHORTEST - 1, -1):
            sums = self.sums[last % 2]  # the last digit of a number is not doubled
            if self.ends[last] and sums[last] == sums[before]:
                yield self.ends[last]


def _sums(digits: str, *, doubled: int) -> Sequence[int]:
    """The sums of Luhn over the first digits, none to all, mod 10; `doubled` are the digits at even places (0) or at odd ones (1)."""
    values = [_DOUBLED[digit] if place % 2 == doubled else int(digit) for place, digit in enumerate(digits)]
    return list(accumulate(values, lambda total, value: (total + value) % 10, initial=0))
