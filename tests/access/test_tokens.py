"""API tokens open what they should, as long as they should, and their secrets are nowhere to be found."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.access.tokens import PREFIX, IssuedToken, TokenInfo, issue_token, list_tokens, mark_used, revoke_token, token_hash, verify_token
from hub.errors import NotFoundError, RequestError
from hub.model import ApiToken, User, table_of
from hub.store.engine import Store
from hub.vocabulary import Role

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def issue(store: Store, *, name: str = "script", expires_at: datetime | None = None, user_id: int | None = None) -> IssuedToken:
    with store.write() as connection:
        return issue_token(connection, name, Role.FINANCE, now=NOW, expires_at=expires_at, user_id=user_id)


def is_valid(store: Store, secret: str, *, now: datetime = NOW) -> bool:
    with store.read() as connection:
        return verify_token(connection, secret, now=now) is not None


def test_an_issued_token_stands_for_its_name_and_role(store: Store) -> None:
    issued = issue(store)
    with store.read() as connection:
        found = verify_token(connection, issued.secret, now=NOW)
    assert found is not None
    assert (found.principal.name, found.principal.role, found.principal.token_id) == ("script", Role.FINANCE, issued.id)


def test_a_secret_is_recognisable_long_and_never_the_same(store: Store) -> None:
    secrets = {issue(store).secret for _ in range(20)}
    assert len(secrets) == 20
    assert all(secret.startswith(PREFIX) and len(secret) >= len(PREFIX) + 43 for secret in secrets)


def test_only_the_hash_of_a_secret_is_kept(store: Store) -> None:
    issued = issue(store)
    with store.read() as connection:
        row = connection.execute(sa.select(table_of(ApiToken))).one()
    assert row.token_hash == token_hash(issued.secret)
    assert not any(issued.secret in str(value) for value in row)


def test_a_secret_is_not_printed_with_its_token(store: Store) -> None:
    issued = issue(store)
    assert issued.secret not in repr(issued)


@pytest.mark.parametrize("wrong", ["", "dun_", "dun_" + "A" * 43, "x" * 43, "dun_" + "A" * 10_000, "dun_\udce4", "dun_' OR 1=1 --"])
def test_what_was_never_issued_is_refused(store: Store, wrong: str) -> None:
    issue(store)
    assert not is_valid(store, wrong)


def test_a_secret_is_not_found_by_its_beginning_or_another_spelling(store: Store) -> None:
    secret = issue(store).secret
    assert not any(is_valid(store, wrong) for wrong in (secret[:-1], secret + "A", secret + " ", secret.swapcase()))


def test_a_token_is_valid_until_the_instant_of_its_expiry(store: Store) -> None:
    secret = issue(store, expires_at=NOW + DAY).secret
    assert is_valid(store, secret, now=NOW + DAY - timedelta(microseconds=1))
    assert not is_valid(store, secret, now=NOW + DAY)


def test_a_revoked_token_is_refused_and_keeps_its_first_instant(store: Store) -> None:
    issued = issue(store)
    for now in (NOW, NOW + DAY):
        with store.write() as connection:
            revoke_token(connection, issued.id, now=now)
    assert not is_valid(store, issued.secret)
    with store.read() as connection:
        assert list_tokens(connection)[0].revoked_at == NOW


def test_revoking_a_token_leaves_the_others_valid(store: Store) -> None:
    first, second = issue(store), issue(store)
    with store.write() as connection:
        revoke_token(connection, first.id, now=NOW)
    assert is_valid(store, second.secret)


def test_an_unknown_token_cannot_be_revoked(store: Store) -> None:
    with store.write() as connection, pytest.raises(NotFoundError):
        revoke_token(connection, 4711, now=NOW)


@pytest.mark.parametrize("is_active", [True, False])
def test_the_token_of_a_user_is_valid_while_the_user_is_active(store: Store, *, is_active: bool) -> None:
    with store.write() as connection:
        values = {"login": "ann", "role": Role.FINANCE, "is_active": is_active, "created_at": NOW}
        user_id: int = connection.execute(sa.insert(table_of(User)).values(values).returning(table_of(User).c.id)).scalar_one()
    assert is_valid(store, issue(store, user_id=user_id).secret) is is_active


@pytest.mark.parametrize("name", ["", "  ", "n" * 201])
def test_a_token_without_a_usable_name_is_refused(store: Store, name: str) -> None:
    with pytest.raises(RequestError) as caught:
        issue(store, name=name)
    assert caught.value.path == ("name",)


def test_a_token_cannot_expire_before_it_is_made(store: Store) -> None:
    with pytest.raises(RequestError):
        issue(store, expires_at=NOW)


def test_tokens_are_listed_oldest_first_with_their_use(store: Store) -> None:
    first, second = issue(store, name="first"), issue(store, name="second", expires_at=NOW + DAY)
    with store.write() as connection:
        mark_used(connection, second.id, now=NOW)
    with store.read() as connection:
        assert list_tokens(connection) == [
            TokenInfo(first.id, "first", Role.FINANCE, NOW, None, None, None),
            TokenInfo(second.id, "second", Role.FINANCE, NOW, NOW + DAY, None, NOW),
        ]


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "expected"),
    [(None, None, True), (NOW + DAY, None, True), (NOW, None, False), (None, NOW, False)],
    ids=["no expiry", "later", "expired", "revoked"],
)
def test_a_listed_token_says_whether_it_is_valid(expires_at: datetime | None, revoked_at: datetime | None, *, expected: bool) -> None:
    assert TokenInfo(1, "t", Role.ADMIN, NOW, expires_at, revoked_at, None).is_valid_at(NOW) is expected
