"""The folder for uploaded files: one file for each upload, under its number, readable by nobody but the hub."""

import hashlib
import os
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from hub.errors import NotFoundError
from hub.store.copying import COPY_PREFIX, forget_copy

NAME = "uploads"
_PART = ".part"
_COPY_KEPT = timedelta(days=1)
_CHUNK = 1024 * 1024


class UploadFolder:
    """Where uploaded files lie. No name in it comes from a caller."""

    def __init__(self, var_directory: Path) -> None:
        """`var_directory` is the hub's folder for data; nothing is made before the first use."""
        self.path = var_directory / NAME

    def prepare(self) -> Path:
        """The folder, made where it is not there yet."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.path

    def of(self, key: int) -> Path:
        """The file of an upload whose bytes have come."""
        return self.path / str(key)

    def begin(self, key: int) -> "IncomingFile":
        """A file for bytes that come now; each try has its own, so that two at a time do not mix."""
        return IncomingFile(self.prepare() / f"{key}-{uuid4().hex}{_PART}")

    def listing(self) -> Collection[Path]:
        """What lies here now. Ask for the living uploads after it: a file is never there before its row."""
        return list(self.path.iterdir()) if self.path.is_dir() else []

    def sweep(self, listing: Collection[Path], *, keep: Collection[int], now: datetime) -> None:
        """Of a listing, remove the files of all uploads but those of `keep`, and copies that a process has left behind."""
        oldest = (now - _COPY_KEPT).timestamp()
        kept = {str(key) for key in keep}
        for file in listing:
            with suppress(FileNotFoundError):  # a preview removes its copy by itself
                if file.name.startswith(COPY_PREFIX):
                    if file.stat().st_mtime < oldest:
                        forget_copy(file)
                elif file.name.partition("-")[0] not in kept:
                    file.unlink()


class IncomingFile:
    """A file while its bytes come in. Whoever begins it ends it with `keep_as` or `discard`; not safe for several threads at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Take bytes in."""
        self._file.write(data)
        self._digest.update(data)

    def finish(self) -> str:
        """The SHA-256 of all bytes in hexadecimal, once they are on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._digest.hexdigest()

    def keep_as(self, path: Path) -> None:
        """Put the finished file where it belongs, durably."""
        self._path.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Forget the bytes; nothing happens where they are kept already."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def require_same(path: Path, sha256: str | None, *, name: str) -> None:
    """Make sure that a file holds the bytes that were sent. Raises NotFoundError, for those are not there."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except FileNotFoundError as error:
        raise NotFoundError(f"the bytes of {name} are no longer there: send the file again") from error
    if digest.hexdigest() != sha256:
        raise NotFoundError(f"the bytes of {name} are not those that were sent: send the file again")
