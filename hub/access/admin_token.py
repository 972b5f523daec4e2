"""The admin token of an installation: a file that only its owner can read, made once and used as long as it is valid."""

import os
import secrets
from pathlib import Path

from hub.access.tokens import issue_token, revoke_tokens_named, verify_token
from hub.clock import Clock
from hub.store.engine import Store
from hub.vocabulary import Role

_LONGEST_NAME = 200
_OWNER_ONLY = 0o600


def ensure_admin_token(store: Store, clock: Clock, path: Path) -> str:
    """The admin token in the file at `path`; a new one is issued and written there unless the one that stands there is valid.

    The file is replaced at once and readable by its owner only (mode 0600). Tokens that earlier files at the same place held are
    revoked with it. Raises OSError when the folder cannot be written.
    """
    present = _read(path)
    now = clock.now()
    if present is not None:
        with store.read() as connection:
            found = verify_token(connection, present, now=now)
        if found is not None and found.principal.role is Role.ADMIN:
            path.chmod(_OWNER_ONLY)
            return present
    name = f"admin token in {path.resolve()}"[-_LONGEST_NAME:]
    with store.write() as connection:
        revoke_tokens_named(connection, name, now=now)
        issued = issue_token(connection, name, Role.ADMIN, now=now)
        write_secret_file(path, issued.secret + "\n")
    return issued.secret


def write_secret_file(path: Path, text: str) -> None:
    """Put text into a file that only its owner can read, all or nothing; a link at `path` is replaced, never followed."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
