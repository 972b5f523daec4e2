"""What becomes of a job when its handler ends: done, once more later, or dead. Values in, values out."""

import math
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from hub.errors import (
    AuthorisationError,
    ConfigurationError,
    ConflictError,
    DeliveryError,
    HubError,
    RecordError,
    RequestError,
    SignatureError,
    SourceContractError,
    TransientDeliveryError,
    TransientSourceError,
)
from hub.jobs.backoff import Jitter, backoff_seconds
from hub.vocabulary import JobStatus

MAX_ATTEMPTS = 10
FIRST_BACKOFF_SECONDS = 30
LONGEST_BACKOFF_SECONDS = 3_600
"""With these an outage of one and a half hours passes without a dead job, whatever chance does."""

CONFLICT_WAIT_SECONDS = 60
"""How long a job waits that found things busy or paused, before it looks again; the look costs nothing."""

LONGEST_WAIT_SECONDS = 86_400
"""However long a source asks us to wait, after a day we ask again."""

_LONGEST_TEXT = 2_000

_PASSING = (TransientSourceError, TransientDeliveryError, ConflictError)
_LASTING = (ConfigurationError, AuthorisationError, SourceContractError, SignatureError, RecordError, DeliveryError, RequestError)
"""Families that a repetition cannot mend: a person has to do something first. What stands in `_PASSING` is none of them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status that a job gets, and when it is started again; `run_at` None: never by itself. `error` None: nothing to say.

    `counts`: whether this start was an attempt.
    """

    status: JobStatus
    run_at: datetime | None = None
    error: str | None = None
    counts: bool = True


DONE = Outcome(JobStatus.DONE)


def outcome_of(error: Exception, attempt_count: int, *, now: datetime, jitter: Jitter) -> Outcome:
    """What becomes of a job whose `attempt_count`-th attempt ended with an error.

    One that met a conflict has not begun, and waits until things are otherwise: somebody reads its connection by hand, or has paused it.
    """
    cause = sole_cause(error)
    if isinstance(cause, ConflictError):
        return Outcome(JobStatus.QUEUED, now + timedelta(seconds=CONFLICT_WAIT_SECONDS), describe(cause), counts=False)
    if attempt_count >= MAX_ATTEMPTS or not can_pass(cause):
        return Outcome(JobStatus.DEAD, error=describe(cause))
    return Outcome(JobStatus.QUEUED, now + timedelta(seconds=_wait_seconds(cause, attempt_count, jitter)), describe(cause))


def can_pass(error: Exception) -> bool:
    """Whether trying again can help. An error of a type that is not ours may be anything, so it can."""
    return isinstance(error, _PASSING) or not isinstance(error, _LASTING)


def describe(error: Exception) -> str:
    """What a person reads. The text of an error that is not ours may hold anything, so only its type and place are told; the log has the rest."""
    if isinstance(error, HubError):
        return _storable(str(error))[:_LONGEST_TEXT]
    return f"{type(error).__name__}{_place_of(error)}: the log has its text"


def sole_cause(error: Exception) -> Exception:
    """The one error in a group of one, which is how errors leave tasks that run side by side."""
    if not isinstance(error, ExceptionGroup):
        return error
    group = cast("ExceptionGroup[Exception]", error)  # an ExceptionGroup holds nothing else
    return sole_cause(group.exceptions[0]) if len(group.exceptions) == 1 else group


def _storable(text: str) -> str:
    """What every database takes: no NUL, no half of a character."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def _place_of(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""


def _wait_seconds(error: Exception, attempt_count: int, jitter: Jitter) -> float:
    backoff = backoff_seconds(attempt_count, jitter, first=FIRST_BACKOFF_SECONDS, most=LONGEST_BACKOFF_SECONDS)
    asked = error.retry_after_seconds if isinstance(error, TransientSourceError) else None
    if asked is None or math.isnan(asked):
        return backoff
    return max(backoff, min(asked, LONGEST_WAIT_SECONDS))
