"""The admin token file is readable by its owner only, is kept while it is valid, and replaced when it is not."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from hub.access.admin_token import ensure_admin_token, write_secret_file
from hub.access.tokens import issue_token, list_tokens, revoke_token, verify_token
from hub.clock import FixedClock
from hub.store.engine import Store
from hub.vocabulary import Role


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "admin-token"


def role_of(store: Store, clock: FixedClock, secret: str) -> Role | None:
    with store.read() as connection:
        found = verify_token(connection, secret, now=clock.now())
    return None if found is None else found.principal.role


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_a_file_for_its_owner_only(store: Store, clock: FixedClock, path: Path) -> None:
    secret = ensure_admin_token(store, clock, path)
    assert path.read_text() == secret + "\n"
    assert mode(path) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["admin-token"]
    assert role_of(store, clock, secret) is Role.ADMIN


def test_a_second_start_keeps_a_valid_token_and_narrows_its_file(store: Store, clock: FixedClock, path: Path) -> None:
    first = ensure_admin_token(store, clock, path)
    path.chmod(0o644)
    clock.move_to(clock.now() + timedelta(days=400))
    assert ensure_admin_token(store, clock, path) == first
    assert mode(path) == 0o600


def test_a_revoked_token_is_replaced(store: Store, clock: FixedClock, path: Path) -> None:
    first = ensure_admin_token(store, clock, path)
    with store.write() as connection:
        revoke_token(connection, list_tokens(connection)[0].id, now=clock.now())
    second = ensure_admin_token(store, clock, path)
    assert second != first
    assert role_of(store, clock, second) is Role.ADMIN


def test_a_lost_file_makes_a_new_token_and_the_lost_one_worthless(store: Store, clock: FixedClock, path: Path) -> None:
    first = ensure_admin_token(store, clock, path)
    path.unlink()
    second = ensure_admin_token(store, clock, path)
    assert role_of(store, clock, first) is None
    assert role_of(store, clock, second) is Role.ADMIN


def test_a_valid_token_of_a_lesser_role_is_not_taken_for_the_admin_token(store: Store, clock: FixedClock, path: Path) -> None:
    with store.write() as connection:
        lesser = issue_token(connection, "script", Role.AUDITOR, now=clock.now())
    write_secret_file(path, lesser.secret)
    assert role_of(store, clock, ensure_admin_token(store, clock, path)) is Role.ADMIN


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not a token\n"])
def test_a_spoilt_file_is_replaced(store: Store, clock: FixedClock, path: Path, *, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert role_of(store, clock, ensure_admin_token(store, clock, path)) is Role.ADMIN


def test_the_admin_token_of_another_installation_stays_valid(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    first = ensure_admin_token(store, clock, tmp_path / "one" / "admin-token")
    ensure_admin_token(store, clock, tmp_path / "two" / "admin-token")
    assert role_of(store, clock, first) is Role.ADMIN


def test_a_link_is_replaced_and_what_it_points_at_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    link = tmp_path / "admin-token"
    link.symlink_to(target)
    write_secret_file(link, "secret")
    assert target.read_text() == "precious"
    assert not link.is_symlink()


def test_a_write_that_fails_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "admin-token").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_secret_file(tmp_path / "admin-token", "secret")
    assert [found.name for found in tmp_path.iterdir()] == ["admin-token"]
