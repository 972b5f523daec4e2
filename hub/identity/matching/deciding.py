"""From what is known of pairs to what becomes of each: one by a rule, suggested to a person, or nothing. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hub.identity.matching.exact import Doubt, ExactMatches, Link, concerns
from hub.identity.matching.naming import Neighbourhood
from hub.identity.matching.pairs import Groups, Pair, pair_of
from hub.identity.matching.profile import Profile, are_related
from hub.identity.matching.scoring import SUGGESTED_FROM, Evidence, Scored, Sharing
from hub.vocabulary import EvidenceFeature, MatchKeyKind, MatchRule, SuggestionKind

TAX_NAME_FROM = 0.5
"""An equal tax id links only customers whose names are alike by so much: groups of companies are taxed under one id."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """A pair to be decided by a person."""

    kind: SuggestionKind
    score: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What becomes of pairs; a pair in neither is nothing."""

    links: Mapping[Pair, Link]
    suggestions: Mapping[Pair, Suggested]


def decide(near: Neighbourhood, exact: ExactMatches, scores: Mapping[Pair, Scored], *, decided: Collection[Pair], sharing: Sharing) -> Decisions:
    """What becomes of the pairs that were scored, and of all that sources name outright.

    Links are taken the strongest first, and none that would make one customer of two of one system, or of two that a person keeps apart.
    """
    named = {pair: link for pair, link in exact.links.items() if link.rule is not MatchRule.TAX_ID}
    links, refused = _without_conflicts(near, named, before={}, decided=decided)
    by_tax = {pair: link for pair, scored in scores.items() if pair not in decided and (link := _tax_link(near, exact, scored, pair=pair, sharing=sharing))}
    links, refused_by_tax = _without_conflicts(near, by_tax, before=links, decided=decided)
    doubts = {**exact.doubts, **{pair: _refusal(link) for pair, link in {**refused, **refused_by_tax}.items()}}
    groups = Groups.of(links)
    suggestions: dict[Pair, Suggested] = {}
    for pair in scores.keys() | doubts.keys():
        if not groups.is_together(pair):
            found = _suggested(_both(near, pair), scores.get(pair), doubts.get(pair), sharing=sharing)
            if found is not None:
                suggestions[pair] = found
    return Decisions(links, suggestions)


def _refusal(link: Link) -> Doubt:
    reason = Evidence(EvidenceFeature.AMBIGUITY, 0, "together with others that are named, it would make one of two customers that are kept apart")
    kind = SuggestionKind.UPSTREAM_MERGE if link.rule is MatchRule.UPSTREAM_MERGE else SuggestionKind.AMBIGUOUS_EXACT
    return Doubt(kind, (*link.evidence, reason))


def _without_conflicts(
    near: Neighbourhood, links: Mapping[Pair, Link], *, before: Mapping[Pair, Link], decided: Collection[Pair]
) -> tuple[dict[Pair, Link], dict[Pair, Link]]:
    """Links that can all be made at once beside those before them, and the others: a group with a conflict gets none of its new links."""
    groups = Groups.of([*before, *links])
    members: defaultdict[int, set[int]] = defaultdict(set)
    for pair in (*before, *links):
        members[groups.leader(pair[0])].update(pair)
    bad = {leader for leader, group in members.items() if _is_conflict(near, group)}
    bad |= {groups.leader(pair[0]) for pair in decided if groups.is_together(pair)}
    kept = {pair: link for pair, link in links.items() if groups.leader(pair[0]) not in bad}
    return {**before, **kept}, {pair: link for pair, link in links.items() if pair not in kept and pair not in before}


def _is_conflict(near: Neighbourhood, customer_ids: Iterable[int]) -> bool:
    connections = [connection for customer_id in customer_ids for connection in near.profiles[customer_id].connections]
    return len(connections) != len(set(connections))


def _tax_link(near: Neighbourhood, exact: ExactMatches, scored: Scored, *, pair: Pair, sharing: Sharing) -> Link | None:
    """A link by a tax id that in each system one customer has at most, unless a source names another customer outright."""
    one, other = _both(near, pair)
    alone = sorted(text for text in one.tax_ids & other.tax_ids if sharing((MatchKeyKind.TAX_ID, text)) == 1)
    if not alone or not _spans_systems(one, other) or scored.names.is_other_part or scored.names.ratio < TAX_NAME_FROM or scored.score == 0:
        return None
    if one.has_parent or other.has_parent or are_related(one, other):
        return None
    if (
        concerns(near, one, other)
        or concerns(near, other, one)
        or _is_named_with(near, exact.named[pair[0]], other)
        or _is_named_with(near, exact.named[pair[1]], one)
    ):
        return None
    return Link(MatchRule.TAX_ID, scored.evidence)


def _is_named_with(near: Neighbourhood, named: Iterable[int], other: Profile) -> bool:
    """Whether one of those that are named together with a customer is of a system of another customer."""
    return any(near.profiles[customer_id].connections & other.connections for customer_id in named)


def _spans_systems(one: Profile, other: Profile) -> bool:
    return one.is_living and other.is_living and not one.connections & other.connections


def _both(near: Neighbourhood, pair: Pair) -> tuple[Profile, Profile]:
    return near.profiles[pair[0]], near.profiles[pair[1]]


def _suggested(both: tuple[Profile, Profile], scored: Scored | None, doubt: Doubt | None, *, sharing: Sharing) -> Suggested | None:
    evidence = () if scored is None else scored.evidence
    if doubt is not None:
        together = (*doubt.evidence, *evidence)
        score = max(SUGGESTED_FROM, min(100, sum(found.points for found in together)))
        return Suggested(doubt.kind, score, together)
    if scored is None or scored.score < SUGGESTED_FROM:
        return None
    kind = _kind(*both, sharing)
    return None if kind is None else Suggested(kind, scored.score, evidence)


def _kind(one: Profile, other: Profile, sharing: Sharing) -> SuggestionKind | None:
    """The kind of a suggestion that rests on likeness; None for two of which one is gone, and not replaced by the other."""
    if _replaces(one, other) or _replaces(other, one):
        return SuggestionKind.RECREATED
    if not (one.is_living and other.is_living):
        return None
    shared = [sharing((MatchKeyKind.TAX_ID, text)) for text in one.tax_ids & other.tax_ids]
    is_contested = any(count is not None and count > 1 for count in shared) and _spans_systems(one, other)
    return SuggestionKind.AMBIGUOUS_EXACT if is_contested else SuggestionKind.SAME_CUSTOMER


def _replaces(new: Profile, old: Profile) -> bool:
    """Whether a system has the one and has deleted the other: not merged, and not kept under another id."""
    gone = {source.connection_id for source in old.sources if source.is_deleted and not source.merged_into} - old.connections
    return bool(gone & new.connections)


def all_pairs(customer_ids: Iterable[int]) -> set[Pair]:
    """Every pair of some customers: for few."""
    ordered = sorted(customer_ids)
    return {pair_of(one, other) for place, one in enumerate(ordered) for other in ordered[place + 1 :]}
