"""Our own reference in a source: the id of a customer as our API gives it, or its bare number."""

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error

_TYPE = "Customer:"
_MOST_DIGITS = 18


def customer_id_of(text: str | None) -> int | None:
    """The number of the customer that a reference names; None where it names none."""
    found = (text or "").strip()
    if not (found.isascii() and found.isdecimal()):
        try:
            decoded = urlsafe_b64decode(found.encode("ascii") + b"=" * (-len(found) % 4)).decode("ascii")
        except (Base64Error, UnicodeError, ValueError):
            return None
        found = decoded.removeprefix(_TYPE) if decoded.startswith(_TYPE) else ""
    return int(found) if found.isascii() and found.isdecimal() and len(found) <= _MOST_DIGITS else None
