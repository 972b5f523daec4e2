"""Finding customers that are the same: what is decided without a person, and what is suggested to one, each with its evidence."""

from hub.identity.matching.finding import AutomaticMatch, Found, find_all_matches, find_matches
from hub.identity.matching.queue import is_anyone_waiting, queue_for_matching
from hub.identity.matching.scoring import Evidence
from hub.identity.matching.suggestions import Suggestion, accept_suggestion, dismiss_suggestion, keep_apart, open_suggestions, read_suggestions

__all__ = [
    "AutomaticMatch",
    "Evidence",
    "Found",
    "Suggestion",
    "accept_suggestion",
    "dismiss_suggestion",
    "find_all_matches",
    "find_matches",
    "is_anyone_waiting",
    "keep_apart",
    "open_suggestions",
    "queue_for_matching",
    "read_suggestions",
]
