"""The keys that secrets at rest are sealed with: from the environment, or else from a key file that only its owner can read."""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from hub.config.environment import SECRET_KEY
from hub.errors import ConfigurationError

KEY_FILE = "secret-key"
"""The name of the key file in the folder for data."""

KEY_ID_BYTES = 8
_KEY_BYTES = 32
_OWNER_ONLY = 0o600
_OTHERS = 0o077
_SEPARATORS = re.compile(r"[\s,]+")


class SealingError(ConfigurationError):
    """A secret at rest cannot be opened, or nothing can be sealed: the key is lost or another one, or the secret was altered."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A 256-bit key. `id` follows from it and says nothing about it; it stands in the header of all that the key has sealed."""

    id: bytes
    material: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealingKeys:
    """Keys in the order in which they were written: the first one seals, all of them open."""

    keys: tuple[SealingKey, ...]

    @property
    def sealing(self) -> SealingKey:
        """The key that seals."""
        return self.keys[0]

    def find(self, key_id: bytes) -> SealingKey | None:
        """The key with that id; None where it is not among them."""
        return next((key for key in self.keys if key.id == key_id), None)


class KeyPlace:
    """Where the keys are; they are read at the first need and kept from then on. Safe to use from several threads.

    Without the environment variable the key file counts. It is made at the first need of a key to seal with, but never while
    something that it would have opened is there: then it was lost, and a new one would only hide that.
    """

    def __init__(self, environ: Mapping[str, str], var_directory: Path, *, is_anything_sealed: Callable[[], bool]) -> None:
        """Look into the environment; `is_anything_sealed` is asked before a key file is made.

        Raises ConfigurationError when the environment variable does not hold keys.
        """
        text = environ.get(SECRET_KEY)
        self._found = _parse(text, f"the environment variable {SECRET_KEY}") if text else None
        self._path = var_directory / KEY_FILE
        self._is_anything_sealed = is_anything_sealed
        self._lock = Lock()

    def to_open(self) -> SealingKeys:
        """The keys, to open with. Raises SealingError when there are none."""
        with self._lock:
            self._found = self._found or _read(self._path)
            if self._found is None:
                raise self._lost()
            return self._found

    def to_seal(self) -> SealingKeys:
        """The keys, to seal with. Raises SealingError when they were lost."""
        with self._lock:
            self._found = self._found or _read(self._path)
            if self._found is None:
                if self._is_anything_sealed():
                    raise self._lost()
                self._found = _make(self._path)
            return self._found

    def _lost(self) -> SealingError:
        return SealingError(
            f"there are sealed secrets, but the key file {self._path} is not there: put it back from a backup, or set {SECRET_KEY} to what stood in it"
        )


def _read(path: Path) -> SealingKeys | None:
    """The keys in a file; None where there is none."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the key file {path} cannot be read ({type(error).__name__})") from error
    if mode & _OTHERS:
        raise ConfigurationError(
            f"the key file {path} can be read by others than its owner: run `chmod 600 {path}`, and change the key if they may have read it"
        )
    return _parse(text, f"the key file {path}")


def _make(path: Path) -> SealingKeys:
    """Write a new key. Where another process was quicker its key counts."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
    except OSError as error:
        raise ConfigurationError(f"the key file {path} cannot be made ({error.strerror}); set {SECRET_KEY} to a key instead") from error
    found = _read(path)
    if found is None:
        raise ConfigurationError(f"the key file {path} was taken away as soon as it was made")
    return found


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place whole, and only where there is none."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    _make_durable(path.parent)


def _make_durable(folder: Path) -> None:
    """A name in a folder outlives a power cut only when the folder is written too; what is sealed next must not outlive its key."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parse(text: str, place: str) -> SealingKeys:
    """Keys in base64, with commas or white space between them. `place` says in errors where they stand; no error holds a key."""
    parts = [part for part in _SEPARATORS.split(text) if part]
    keys = tuple(_key(part, number, place) for number, part in enumerate(parts, 1))
    if not keys:
        raise ConfigurationError(f"{place} holds no key: it needs {_KEY_BYTES} random bytes in base64, as `openssl rand -base64 {_KEY_BYTES}` prints them")
    return SealingKeys(keys)


def _key(text: str, number: int, place: str) -> SealingKey:
    try:
        material = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ConfigurationError(f"{place}: key {number} is no base64; `openssl rand -base64 {_KEY_BYTES}` prints a key") from None
    if len(material) != _KEY_BYTES:
        raise ConfigurationError(f"{place}: key {number} has {len(material)} bytes, not {_KEY_BYTES}; `openssl rand -base64 {_KEY_BYTES}` prints a key")
    return SealingKey(blake2b(material, digest_size=KEY_ID_BYTES, person=b"dunwell-key-id").digest(), material)
