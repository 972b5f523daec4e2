"""Why a request to change something is refused, and what became of what was pushed."""

from enum import auto

from hub.vocabulary.named import Named


class UserErrorCode(Named):
    """Why something that was asked for was not done, so that a program can act on it without reading the message."""

    INVALID = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    NOT_SUPPORTED = auto()
    ALREADY_SHOWN = auto()


class PushOutcome(Named):
    """What has become of one record that was pushed."""

    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()
    STALE = auto()
    WAITING = auto()
    DELETED = auto()
    REJECTED = auto()
