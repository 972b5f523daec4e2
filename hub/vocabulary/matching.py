"""Which customers are the same: what they are compared by, and what became of a suggestion."""

from enum import auto

from hub.vocabulary.named import Named


class MatchKeyKind(Named):
    """What two customers may have in common. The last three are named by a source and no guess."""

    NAME = auto()
    NAME_START = auto()
    EMAIL = auto()
    DOMAIN = auto()
    PHONE = auto()
    ADDRESS = auto()
    TAX_ID = auto()
    CROSS_REFERENCE = auto()
    HUB_REFERENCE = auto()
    MERGED_INTO = auto()


class SuggestionKind(Named):
    """Why two customers are suggested to be one.

    SAME_CUSTOMER: they are alike. RECREATED: one was deleted in its system, and the other is there in its place. UPSTREAM_MERGE: their source has
    merged them, and other systems tell them apart. AMBIGUOUS_EXACT: an exact match that more than one could claim, or that something contradicts.
    """

    SAME_CUSTOMER = auto()
    RECREATED = auto()
    UPSTREAM_MERGE = auto()
    AMBIGUOUS_EXACT = auto()


class SuggestionStatus(Named):
    """What became of a suggestion. WITHDRAWN: what it rested on is gone, or it was decided without a person."""

    OPEN = auto()
    ACCEPTED = auto()
    DISMISSED = auto()
    WITHDRAWN = auto()


class MatchRule(Named):
    """The rule by which two customers are one without anybody being asked; the strongest first."""

    UPSTREAM_MERGE = auto()
    CROSS_REFERENCE = auto()
    HUB_REFERENCE = auto()
    TAX_ID = auto()


class EvidenceFeature(Named):
    """What a piece of evidence is about."""

    CROSS_REFERENCE = auto()
    HUB_REFERENCE = auto()
    UPSTREAM_MERGE = auto()
    SHARED_REFERENCE = auto()
    TAX_ID = auto()
    NAME = auto()
    EMAIL = auto()
    DOMAIN = auto()
    PHONE = auto()
    ADDRESS = auto()
    HIERARCHY = auto()
    AMBIGUITY = auto()
