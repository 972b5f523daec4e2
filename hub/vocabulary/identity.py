"""Customers that are one, and values that several systems give."""

from enum import auto

from hub.vocabulary.named import Named


class MergeKind(Named):
    """Why two customers were made one.

    EXACT: an id, our own reference or a tax id that both sides carry and nobody else. ALIAS: their source itself has merged the one into
    the other. SUGGESTED: a person accepted a suggestion. BY_HAND: a person said so.
    """

    EXACT = auto()
    ALIAS = auto()
    SUGGESTED = auto()
    BY_HAND = auto()


class ConflictStatus(Named):
    """What has become of a difference between what we say and what a source says. OVER: it ended by itself."""

    OPEN = auto()
    DECIDED = auto()
    OVER = auto()


class ConflictDecision(Named):
    """How a person decided: what we say stays, what the source says is taken, or it is taken now and whenever the source changes again."""

    KEEP_OURS = auto()
    TAKE_THEIRS = auto()
    ALWAYS_THEIRS = auto()
    ALWAYS_OURS = auto()
