"""Secrets taken out of what is told: code that knows a secret may put it into the text of an error, and that text is kept and shown."""

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from hub.errors import causes_of

_HIDDEN = "***"
_SHORTEST = 3
"""What is shorter than that stands in any text, and tells nothing there."""


_NAMED_BY_US = "connection"
"""The fact of an error that is the hub's own, whatever stands in it."""


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """A text without any of these secrets, also where they stand in it as in an address."""
    known = (secret for secret in secrets if len(secret) >= _SHORTEST)
    for form in sorted({form for secret in known for form in (secret, quote(secret, safe=""), quote_plus(secret))}, key=len, reverse=True):
        text = text.replace(form, _HIDDEN)
    return text


def _hidden(told: object, secrets: Iterable[str]) -> object:
    """What an error tells, as it is where its text gives nothing away."""
    text = str(told)
    hidden = without_secrets(text, secrets)
    return told if hidden == text else hidden


def hide_secrets(error: BaseException, secrets: Iterable[str]) -> None:
    """Take secrets out of the text and the facts of an error, and of those that led to it, so that whoever tells it later gives none away."""
    known = tuple(secrets)
    for found in causes_of(error):
        found.args = tuple(_hidden(item, known) for item in found.args)
        for name, value in vars(found).items():
            if name != _NAMED_BY_US:
                vars(found)[name] = _hidden(value, known)
