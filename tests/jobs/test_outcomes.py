"""What becomes of a job whose handler failed, by the type of its error."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import (
    AddressRejectedError,
    AuthorisationError,
    ConfigurationError,
    ConflictError,
    DeliveryError,
    MissingSecretError,
    NotFoundError,
    RateLimitedError,
    RecordError,
    RequestError,
    SignatureError,
    SourceContractError,
    StoreError,
    TransientDeliveryError,
    TransientSourceError,
)
from hub.jobs.outcomes import CONFLICT_WAIT_SECONDS, LONGEST_WAIT_SECONDS, MAX_ATTEMPTS, Outcome, describe, outcome_of
from hub.vocabulary import JobStatus

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(error: Exception, attempt: int = 1, *, jitter: float = 1.0) -> Outcome:
    return outcome_of(error, attempt, now=NOW, jitter=lambda: jitter)


def wait_of(error: Exception, attempt: int = 1, *, jitter: float = 1.0) -> float:
    run_at = after(error, attempt, jitter=jitter).run_at
    assert run_at is not None
    return (run_at - NOW).total_seconds()


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("x"),
        MissingSecretError("x"),
        AuthorisationError("x", connection="books"),
        SourceContractError("x", connection="books"),
        SignatureError("x"),
        RecordError("x", reference="1"),
        DeliveryError("x"),
        AddressRejectedError("x"),
        RequestError("x"),
        NotFoundError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_repetition_cannot_mend_is_dead_at_once(error: Exception) -> None:
    assert after(error) == Outcome(JobStatus.DEAD, None, str(error))


@pytest.mark.parametrize(
    "error",
    [
        TransientSourceError("x", connection="books"),
        RateLimitedError("x", connection="books"),
        TransientDeliveryError("x"),
        StoreError("x"),
        TimeoutError("x"),
        KeyError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_tried_again_until_the_last_attempt(error: Exception) -> None:
    assert after(error).status is JobStatus.QUEUED
    assert after(error, MAX_ATTEMPTS - 1).status is JobStatus.QUEUED
    assert after(error, MAX_ATTEMPTS).status is JobStatus.DEAD


def test_a_conflict_is_no_attempt_and_never_the_last_one() -> None:
    assert after(ConflictError("x"), MAX_ATTEMPTS) == Outcome(JobStatus.QUEUED, NOW + timedelta(seconds=CONFLICT_WAIT_SECONDS), "x", counts=False)


class TestWaiting:
    def test_doubles_with_each_attempt_up_to_an_hour(self) -> None:
        assert [wait_of(StoreError("x"), attempt) for attempt in range(1, MAX_ATTEMPTS)] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]

    def test_lasts_longer_than_an_hour_in_all_whatever_chance_does(self) -> None:
        assert sum(wait_of(StoreError("x"), attempt, jitter=0.0) for attempt in range(1, MAX_ATTEMPTS)) > 5_400

    @pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 60), (0.5, 90), (1.0, 120)])
    def test_is_spread_over_half_of_its_length(self, jitter: float, seconds: float) -> None:
        assert wait_of(StoreError("x"), 3, jitter=jitter) == seconds

    @pytest.mark.parametrize(
        ("asked", "seconds"),
        [(90.0, 90), (0.5, 30), (-5.0, 30), (10.0**9, LONGEST_WAIT_SECONDS), (float("inf"), LONGEST_WAIT_SECONDS), (float("nan"), 30), (None, 30)],
    )
    def test_is_as_long_as_the_source_asks_within_reason(self, asked: float | None, seconds: float) -> None:
        assert wait_of(RateLimitedError("x", connection="books", retry_after_seconds=asked)) == seconds


class TestText:
    def test_of_our_errors_is_kept(self) -> None:
        assert describe(StoreError("the database is away")) == "the database is away"

    def test_of_other_errors_is_not_since_it_may_hold_anything(self) -> None:
        def fail() -> None:
            raise KeyError("secret-4711")

        with pytest.raises(KeyError) as caught:
            fail()
        assert describe(caught.value).startswith("KeyError in test_outcomes.py, line ")
        assert "secret" not in describe(caught.value)

    def test_is_what_every_database_takes(self) -> None:
        assert describe(StoreError("a\0b\udc80c")) == "a\ufffdb?c"
        assert len(describe(StoreError("x" * 10_000))) == 2_000

    def test_and_family_of_a_lonely_error_in_a_group_are_its_own(self) -> None:
        refused = AuthorisationError("the token was revoked", connection="books")
        group = ExceptionGroup("tasks", [ExceptionGroup("tasks", [refused])])
        assert after(group) == Outcome(JobStatus.DEAD, None, "the token was revoked")

    def test_of_several_errors_at_once_tells_that_the_log_has_them(self) -> None:
        group = ExceptionGroup("tasks", [StoreError("one"), StoreError("two")])
        assert after(group).status is JobStatus.QUEUED
        assert after(group).error == "ExceptionGroup: the log has its text"


def test_a_wait_never_ends_before_now() -> None:
    assert after(StoreError("x"), jitter=0.0).run_at == NOW + timedelta(seconds=15)
