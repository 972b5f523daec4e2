"""Why a request to change something is refused."""

from enum import auto

from hub.vocabulary.named import Named


class UserErrorCode(Named):
    """Why something that was asked for was not done, so that a program can act on it without reading the message."""

    INVALID = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    NOT_SUPPORTED = auto()
    ALREADY_SHOWN = auto()
