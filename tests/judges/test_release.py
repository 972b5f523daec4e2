"""The schema of the last release is found in the repository, or said not to be there."""

import subprocess
from pathlib import Path

import pytest

from judges.release import last_release, schema_of


def git(folder: Path, *words: str) -> None:
    author = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *author, *words], check=True, capture_output=True)  # noqa: S603, S607 - commands of ours


def commit(folder: Path, text: str) -> None:
    (folder / "schema").mkdir(exist_ok=True)
    (folder / "schema" / "schema.graphql").write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", text)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path, "first")
    return tmp_path


def test_without_a_tag_there_is_no_release(repository: Path) -> None:
    git(repository, "tag", "trial")
    assert last_release(repository) is None


def test_without_a_repository_there_is_no_release(tmp_path: Path) -> None:
    assert last_release(tmp_path) is None


def test_the_newest_version_is_the_last_release_and_not_the_last_by_name(repository: Path) -> None:
    for version in ("v0.9.0", "v0.10.0"):
        git(repository, "tag", version)
    commit(repository, "second")
    assert last_release(repository) == "v0.10.0"
    assert schema_of(repository, "v0.10.0") == "first"


def test_a_release_that_this_commit_does_not_come_after_is_not_compared_with(repository: Path) -> None:
    git(repository, "switch", "--quiet", "--create", "other")
    commit(repository, "elsewhere")
    git(repository, "tag", "v9.0.0")
    git(repository, "switch", "--quiet", "main")
    assert last_release(repository) is None


def test_a_release_without_a_schema_has_none(repository: Path) -> None:
    git(repository, "rm", "--quiet", "schema/schema.graphql")
    git(repository, "commit", "--quiet", "--message", "gone")
    git(repository, "tag", "v1.0.0")
    assert schema_of(repository, "v1.0.0") is None
