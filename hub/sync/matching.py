"""Customers that are the same made one after a run, as far as that is certain; the rest is suggested to people."""

import structlog

from hub.clock import Clock
from hub.config import Settings
from hub.crashpoints import crashpoint
from hub.errors import ConflictError
from hub.identity.homes import counting_customers
from hub.identity.matching.finding import AutomaticMatch, find_matches
from hub.identity.matching.pairs import pair_of
from hub.identity.matching.queue import is_anyone_waiting
from hub.identity.matching.suggestions import suggest_instead
from hub.identity.merging import MergeReason, kept_first
from hub.store.rehearsal import Transactions
from hub.sync.linking import Linking
from hub.vocabulary import MatchRule, MergeKind

_log = structlog.get_logger(__name__)


def match_customers(transactions: Transactions, settings: Settings, clock: Clock) -> int:
    """Compare all customers that are new or changed with all others, merge those that are certainly one, and write suggestions.

    A batch is a transaction of its own, together with the merges that follow from it. Returns how many were merged.
    """
    with transactions.read() as connection:
        if not is_anyone_waiting(connection):
            return 0
    merged = 0
    while True:
        with transactions.write() as connection:
            linking = Linking(connection, settings, clock)
            found = find_matches(connection, now=clock.now())
            done = sum(_merge(linking, match) for match in found.automatic)
            if done:
                linking.settle()
            crashpoint("matching.before_commit")
        merged += done
        if found.is_done:
            return merged


def _merge(linking: Linking, match: AutomaticMatch) -> bool:
    """Merge the two, unless they have become one by now; where their place in the hierarchy forbids it, a person is asked."""
    ends = sorted(set(counting_customers(linking.connection, match.pair).values()))
    if len(ends) == 1:
        return False
    kept, merged = kept_first(linking.connection, ends)
    kind = MergeKind.ALIAS if match.rule is MatchRule.UPSTREAM_MERGE else MergeKind.EXACT
    evidence = [{"feature": each.feature.stored, "points": each.points, "text": each.text} for each in match.evidence]
    try:
        linking.merge(merged, into_id=kept, why=MergeReason(kind=kind, evidence=evidence))
    except ConflictError as conflict:
        _log.info("customers were not merged", customers=ends, reason=str(conflict))
        suggest_instead(linking.connection, pair_of(kept, merged), match.evidence, now=linking.clock.now())
        return False
    return True
