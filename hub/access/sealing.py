"""Secrets at rest: sealed with AES-256-GCM, each for the one place that it stands in, so that a swapped one does not open."""

import os
from dataclasses import dataclass
from typing import NoReturn, final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.access.sealing_keys import KEY_ID_BYTES, KeyPlace, SealingError

_FORM = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEADER_BYTES = len(_FORM) + KEY_ID_BYTES
_HIDDEN = "***"


@final
class Secret:
    """A text that shows itself to nobody but who asks by name: not in logs, errors, JSON or copies."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap a text."""
        self._text = text

    def reveal(self) -> str:
        """The text. Hand it on at once; keep it nowhere."""
        return self._text

    def __repr__(self) -> str:
        return _HIDDEN

    def __str__(self) -> str:
        return _HIDDEN

    def __format__(self, format_spec: str) -> str:
        return _HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written out and not copied")


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """Where a sealed secret stands: table, connection and name. It opens there only."""

    table: str
    connection: str
    name: str

    def as_bytes(self) -> bytes:
        """The place in a form that no other place shares."""
        return orjson.dumps([self.table, self.connection, self.name])


class Sealer:
    """Seals and opens. What is sealed is: form, id of the key, nonce, and the ciphertext with its tag."""

    def __init__(self, keys: KeyPlace) -> None:
        """Nothing is read before the first use."""
        self._keys = keys

    def seal(self, secret: Secret, place: SealedPlace) -> bytes:
        """The secret as it may be kept. Raises SealingError when the key was lost."""
        key = self._keys.to_seal().sealing
        nonce = os.urandom(_NONCE_BYTES)
        header = _FORM + key.id
        return header + nonce + AESGCM(key.material).encrypt(nonce, secret.reveal().encode(), header + place.as_bytes())

    def open(self, sealed: bytes, place: SealedPlace) -> Secret:
        """The secret that stands in that place. Raises SealingError when it was altered, or sealed for another place or with a key that is not there."""
        header, nonce, rest = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES], sealed[_HEADER_BYTES + _NONCE_BYTES :]
        if len(rest) < _TAG_BYTES or not header.startswith(_FORM):
            raise _unreadable(place, "it is not in a form that this version knows")
        key = self._keys.to_open().find(header[len(_FORM) :])
        if key is None:
            raise _unreadable(place, "the key that it was sealed with is not among the keys; add it behind the one that seals")
        try:
            return Secret(AESGCM(key.material).decrypt(nonce, rest, header + place.as_bytes()).decode())
        except InvalidTag:
            raise _unreadable(place, "it was altered, or sealed for another place") from None

    def is_outdated(self, sealed: bytes) -> bool:
        """Whether another key than the one that seals now has sealed it."""
        return sealed[len(_FORM) : _HEADER_BYTES] != self._keys.to_open().sealing.id


def _unreadable(place: SealedPlace, reason: str) -> SealingError:
    return SealingError(f"the secret {place.name!r} of the connection {place.connection!r} cannot be opened: {reason}")
