"""The schema of the last release, which the present one must not break."""

import subprocess
from pathlib import Path

_SCHEMA = "schema/schema.graphql"


def last_release(root: Path) -> str | None:
    """The newest tag `v*` that this commit comes after; None when there is none, or no git repository here."""
    found = _git(root, "tag", "--list", "v*", "--merged", "HEAD", "--sort=-v:refname")
    return None if found is None else next(iter(found.split()), None)


def schema_of(root: Path, release: str) -> str | None:
    """The schema as it was committed for a release; None when that had none."""
    return _git(root, "show", f"{release}:{_SCHEMA}")


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)  # noqa: S603, S607 - commands of ours
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
