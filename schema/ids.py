"""Global ids: opaque to clients, `Type:key` in base64url without padding inside."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from hub.errors import RequestError

MAX_KEY = 2**63 - 1
"""The largest key that a row can have; a larger one names nothing."""


def encode_id(type_name: str, key: object) -> str:
    """The global id of a row."""
    return urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def decode_id(text: str, path: tuple[str, ...]) -> tuple[str, int]:
    """Type name and key of a global id. Raises RequestError, naming the argument's `path`, for a text that no id looks like."""
    try:
        decoded = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
    except (Base64Error, UnicodeError, ValueError):
        raise _malformed(text, path) from None
    type_name, colon, key = decoded.partition(":")
    if not (colon and type_name.isidentifier() and key.isdecimal() and len(key) <= len(str(MAX_KEY)) and encode_id(type_name, key) == text):
        raise _malformed(text, path)
    return type_name, min(int(key), MAX_KEY)


def _malformed(text: str, path: tuple[str, ...]) -> RequestError:
    return RequestError(f"{text[:100]!r} is no id of this API: send one as an `id` field gave it.", path=path)
