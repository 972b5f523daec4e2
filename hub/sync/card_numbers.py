"""Full card numbers: found and masked, so that the hub never keeps one, whatever a source hands over.

A card number has 13 to 19 digits, perhaps in groups, begins as those of card schemes do (2 to 6, or 9792), and passes the check of
Luhn. What merely counts milliseconds or numbers transactions seldom does.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec.structs import replace

from hub.plugins.records import Record
from hub.vocabulary import Stream

STREAMS = frozenset((Stream.PAYMENT_METHODS, Stream.PAYMENT_ATTEMPTS))
"""The streams whose records speak of cards."""

_SHORTEST, _LONGEST, _SHOWN = 13, 19, 4
_DIGITS = "0123456789"
_HALF = 4
"""The largest digit whose double has one digit."""

_START = re.compile(r"(?<![0-9])(?=((?:[2-6]|9[ -]?7[ -]?9[ -]?2)(?:[ -]?[0-9]){12,18}))")
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
    for start, end in reversed(list(_places(text))):
        text = f"{text[:start]}****{text[end - _SHOWN : end]}{text[end:]}"
    return text


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
    """Where card numbers stand in a text, first and behind last sign; none overlaps another."""
    done = 0
    for found in _START.finditer(text):
        start, last = found.span(1)
        if start < done or (is_token and text[max(start - 1, 0) : start].isalnum()):
            continue
        ends = range(last, start + _SHORTEST - 1, -1)
        end = next((end for end in ends if _ends_there(text, end, is_token=is_token) and _is_card_number(text[start:end])), None)
        if end is not None:
            yield start, end
            done = end


def _ends_there(text: str, end: int, *, is_token: bool) -> bool:
    behind = text[end : end + 1]
    return text[end - 1] in _DIGITS and not (behind.isalnum() if is_token else behind in _DIGITS and behind != "")


def _is_card_number(text: str) -> bool:
    digits = [int(sign) for sign in text if sign in _DIGITS]
    doubled = [digit * 2 - 9 * (digit > _HALF) for digit in digits[-2::-2]]
    return _SHORTEST <= len(digits) <= _LONGEST and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
