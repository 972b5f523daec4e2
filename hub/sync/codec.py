"""Records as bytes: one JSON form for the content hash, the kept source values and the records that wait."""

from hashlib import blake2b

import msgspec

from hub.plugins.records import RECORD_TYPES, Record
from hub.vocabulary import Stream

_ENCODER = msgspec.json.Encoder()
_DECODERS = {stream: msgspec.json.Decoder(kind) for stream, kind in RECORD_TYPES.items()}

encode = _ENCODER.encode
"""A record as canonical JSON: fields in declared order, defaults left out."""


def digest(encoded: bytes) -> bytes:
    """The 16-byte content hash of an encoded record."""
    return blake2b(encoded, digest_size=16).digest()


def decode(stream: Stream, encoded: str | bytes) -> Record:
    """A record from its JSON form. Raises msgspec.ValidationError where the form is of another version."""
    return _DECODERS[stream].decode(encoded)
