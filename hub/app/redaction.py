"""Redaction: what looks like a secret leaves no trace in a log, wherever in an entry it stands."""

import re
from collections.abc import Mapping
from typing import Any, cast

from hub.access.tokens import PREFIX

HIDDEN = "***"
"""What stands in the place of a secret."""

_SECRET_KEY = re.compile(r"authorization|cookie|password|passphrase|secret|api_?key|private_?key|(?:^|_)token$", re.IGNORECASE)
_PATTERNS = (
    (re.compile(rf"{re.escape(PREFIX)}[A-Za-z0-9_\-]+"), PREFIX + HIDDEN),
    (re.compile(r"\b(Bearer|Basic)\s+[^\s\"',;]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(\w://[^\s/:@]*):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
)


def redact(value: Any) -> Any:  # noqa: ANN401 - whatever a log entry holds
    """The same value without its secrets: texts under a telling key, tokens, credentials in headers and URLs."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        members = cast("Mapping[Any, Any]", value)
        return {key: HIDDEN if _is_secret(key, member) else redact(member) for key, member in members.items()}
    if isinstance(value, list | tuple):
        return [redact(member) for member in cast("list[Any]", value)]
    return value


def redact_text(text: str) -> str:
    """A text without tokens and credentials."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _is_secret(key: object, member: object) -> bool:
    return isinstance(key, str) and bool(_SECRET_KEY.search(key)) and not isinstance(member, bool | int | None)
