"""What becomes of an event, decided from what the hub knows and what its source told when it was asked. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.plugins.webhooks import WebhookHint
from hub.sync.answers import Target, Versions
from hub.sync.webhooks.events import OpenEvent, Outcome
from hub.sync.webhooks.hints import is_behind
from hub.vocabulary import Stream, WebhookEventStatus

WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6), timedelta(hours=12))
"""How long an object is left alone before it is asked for again, after each attempt in vain."""

GIVEN_UP_AFTER = timedelta(hours=24)
"""How long after its arrival an event may wait for its object."""


@dataclass(frozen=True, slots=True)
class KnownObject:
    """What the hub has of an object; `version` None: it has no version."""

    version: int | None
    is_deleted: bool


KnownObjects = Mapping[Target, KnownObject]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a source answered: `told` are the objects that it told of and their versions, `failed` says why it could not serve others."""

    told: Versions
    failed: Mapping[Target, str]


def wanted_hints(event: OpenEvent, *, streams: Collection[Stream], known: KnownObjects) -> tuple[WebhookHint, ...] | None:
    """The hints of an event whose objects have to be fetched; empty: the hub has them all. None: nothing of it concerns the hub.

    `streams` are those of which objects can be fetched. An object that is marked as deleted is asked for, whatever its version:
    that it was absent once does not mean that it did not come back.
    """
    hints = [hint for hint in event.hints if hint.stream in streams]
    return tuple(hint for hint in hints if not _has(known.get((hint.stream, hint.external_id)), hint)) if hints else None


def judge(event: OpenEvent, hints: Collection[WebhookHint], *, answers: Answers, known: KnownObjects, now: datetime) -> Outcome:
    """What became of an event whose `hints` were asked for."""
    reasons = [reason for hint in hints if (reason := _objection(hint, answers=answers, known=known)) is not None]
    if not reasons:
        return Outcome(event, WebhookEventStatus.APPLIED)
    error = "; ".join(reasons)
    end = event.received_at + GIVEN_UP_AFTER
    if now >= end:
        return Outcome(event, WebhookEventStatus.GIVEN_UP, error)
    wait = WAITS[min(event.attempt_count, len(WAITS) - 1)]
    return Outcome(event, WebhookEventStatus.UNKNOWN, error, min(now + wait, end))


def _has(known: KnownObject | None, hint: WebhookHint) -> bool:
    if known is None or known.is_deleted or known.version is None or hint.source_version is None:
        return False
    return known.version >= hint.source_version


def _objection(hint: WebhookHint, *, answers: Answers, known: KnownObjects) -> str | None:
    """Why an object is not what the event tells of; None: it is. What is deleted here and unknown to the source is as it should be."""
    target = (hint.stream, hint.external_id)
    what = f"{hint.stream.value} {hint.external_id!r}"
    if target in answers.failed:
        return f"the source could not serve {what}: {answers.failed[target]}"
    told = answers.told
    if target not in told:
        found = known.get(target)
        return None if found is not None and found.is_deleted else f"the source does not know {what}"
    return f"the source has {what} in version {told[target]} only, not in {hint.source_version}" if is_behind(told[target], hint) else None
