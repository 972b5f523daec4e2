"""Exact matches: which customers are one by what their sources say outright, and which of these are not so clear. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.identity.matching.naming import Neighbourhood
from hub.identity.matching.own_reference import customer_id_of
from hub.identity.matching.pairs import Pair, pair_of
from hub.identity.matching.profile import Profile, SourceObject, claim_key
from hub.identity.matching.scoring import Evidence
from hub.plugins.records import CrossReference
from hub.vocabulary import EvidenceFeature, MatchRule, SuggestionKind

CERTAIN_POINTS = 60
"""What is said outright: enough to be suggested whatever else is known, and above every guess that one feature carries."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """An exact match that is not decided without a person."""

    kind: SuggestionKind
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Two customers that are one by a rule."""

    rule: MatchRule
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class ExactMatches:
    """Links and doubts by pair, and who is named together with whom at all."""

    links: dict[Pair, Link] = field(default_factory=dict[Pair, Link])
    doubts: dict[Pair, Doubt] = field(default_factory=dict[Pair, Doubt])
    named: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict[int, set[int]](set))


def match_exactly(near: Neighbourhood, decided: Collection[Pair]) -> ExactMatches:
    """What sources say outright of the customers in a neighbourhood. `decided` are the pairs that a person has kept apart: never linked."""
    found = ExactMatches()
    said = _said(near)
    for one, other in said:
        found.named[one].add(other)
        found.named[other].add(one)
    for pair, (rule, evidence) in said.items():
        against = _objections(near, found.named, pair)
        if pair in decided:
            against.append("a person has kept them apart")
        if against:
            doubts = tuple(Evidence(EvidenceFeature.AMBIGUITY, 0, text) for text in sorted(set(against)))
            found.doubts[pair] = Doubt(SuggestionKind.AMBIGUOUS_EXACT, (*evidence, *doubts))
        else:
            found.links[pair] = Link(rule, evidence)
    _add_merges(near, found, decided)
    return found


# --- what is said ---------------------------------------------------------------------------------


def _said(near: Neighbourhood) -> dict[Pair, tuple[MatchRule, tuple[Evidence, ...]]]:
    """Of each pair of which one names the other: by what, and how."""
    found: defaultdict[Pair, dict[Evidence, MatchRule]] = defaultdict(dict)
    for profile in near.profiles.values():
        for source in profile.living:
            for other, evidence, rule in _named_by(near, source):
                if other != profile.customer_id and other in near.profiles and near.profiles[other].is_living:
                    found[pair_of(profile.customer_id, other)][evidence] = rule
    order = list(MatchRule)
    return {pair: (min(rules.values(), key=order.index), tuple(sorted(rules))) for pair, rules in found.items()}


def _named_by(near: Neighbourhood, source: SourceObject) -> Iterator[tuple[int, Evidence, MatchRule]]:
    for known in source.values.known_as:
        if claim_key(known) in near.crowded:
            continue
        for customer_id in sorted(_resolved(near, source, known)):
            text = f"{source.connection} {source.external_id} says that its id in {_system(known)} is {known.external_id}"
            yield customer_id, Evidence(EvidenceFeature.CROSS_REFERENCE, CERTAIN_POINTS, text), MatchRule.CROSS_REFERENCE
    ours = customer_id_of(source.values.hub_reference)
    if ours is not None and str(ours) not in near.crowded:
        text = f"{source.connection} {source.external_id} holds our reference {source.values.hub_reference}"
        yield ours, Evidence(EvidenceFeature.HUB_REFERENCE, CERTAIN_POINTS, text), MatchRule.HUB_REFERENCE


def _resolved(near: Neighbourhood, source: SourceObject, known: CrossReference) -> set[int]:
    return {customer_id for place in near.places(source, known) if (customer_id := near.resolve(place)) is not None}


def _system(known: CrossReference) -> str:
    return str(known.connection) if known.kind is None else known.kind.stored


# --- what speaks against a link -------------------------------------------------------------------


def _objections(near: Neighbourhood, named: Mapping[int, Collection[int]], pair: Pair) -> list[str]:
    one, other = near.profiles[pair[0]], near.profiles[pair[1]]
    shared = sorted({source.connection for source in one.living if source.connection_id in other.connections})
    found = [f"both are living customers of {name}" for name in shared]
    for mine, yours in ((one, other), (other, one)):
        found += _rivals(near, named[mine.customer_id], yours)
        found += _contradictions(near, mine, yours)
    return found


def _rivals(near: Neighbourhood, named: Iterable[int], wanted: Profile) -> Iterator[str]:
    """Others of the same system that are named together with the first one, as `wanted` is."""
    for customer_id in sorted(named):
        rival = near.profiles[customer_id]
        for source in rival.living:
            if customer_id != wanted.customer_id and source.connection_id in wanted.connections:
                yield f"{source.connection} {source.external_id} ({source.values.name}) is named as well"


def _contradictions(near: Neighbourhood, one: Profile, other: Profile) -> Iterator[str]:
    """Ids of the first in a system of the second that lead elsewhere: to another customer there, to none, or to one that is gone."""
    own = {(source.connection_id, source.external_id) for source in other.sources}
    for source in one.living:
        for known in source.values.known_as:
            places = list(near.places(source, known))
            concerned = other.connections & {connection_id for connection_id, _ in places}
            if not concerned:
                continue
            resolved = _resolved(near, source, known)
            if len(resolved) > 1 and other.customer_id in resolved:
                yield f"{source.connection} {source.external_id} says {known.external_id}, which {len(resolved)} customers are in {_system(known)}"
            elsewhere = [key for key in resolved if key in near.profiles and not near.profiles[key].connections & concerned]
            if other.customer_id not in resolved and not elsewhere and not own & set(places):
                yield f"{source.connection} {source.external_id} says that its id in {_system(known)} is {known.external_id}"


def concerns(near: Neighbourhood, one: Profile, other: Profile) -> bool:
    """Whether the first says of any id that it is its own in a system of the second."""
    places = (place for source in one.living for known in source.values.known_as for place in near.places(source, known))
    return any(connection_id in other.connections for connection_id, _ in places)


# --- upstream merges ------------------------------------------------------------------------------


def _add_merges(near: Neighbourhood, found: ExactMatches, decided: Collection[Pair]) -> None:
    """What a source has merged is one, unless other systems tell the two apart, or did."""
    for profile in near.profiles.values():
        for source in profile.sources:
            survivor_id = near.resolve((source.connection_id, source.merged_into)) if source.is_deleted and source.merged_into else None
            if survivor_id is None or survivor_id == profile.customer_id or survivor_id not in near.profiles:
                continue
            survivor = near.profiles[survivor_id]
            pair = pair_of(profile.customer_id, survivor_id)
            text = f"{source.connection} has merged {source.external_id} into {source.merged_into}"
            evidence = Evidence(EvidenceFeature.UPSTREAM_MERGE, CERTAIN_POINTS, text)
            reasons = _tellers_apart(near, profile, survivor, merging=source)
            reasons += ["a person has kept them apart"] if pair in decided else []
            if reasons:
                doubts = (Evidence(EvidenceFeature.AMBIGUITY, 0, reason) for reason in reasons)
                found.links.pop(pair, None)
                found.doubts[pair] = Doubt(SuggestionKind.UPSTREAM_MERGE, (evidence, *doubts))
            elif pair not in found.doubts:
                before = found.links[pair].evidence if pair in found.links else ()
                found.links[pair] = Link(MatchRule.UPSTREAM_MERGE, (evidence, *before))


def _tellers_apart(near: Neighbourhood, profile: Profile, survivor: Profile, *, merging: SourceObject) -> list[str]:
    """The systems that have both as two, or had, in words.

    One that has deleted the customer which another system merges has merged nothing itself: what is owed there may still stand, and would
    move to a customer that it never named.
    """
    found: set[str] = set()
    for each in profile.sources:
        if each.connection_id not in survivor.connections:
            continue
        if not each.is_deleted:
            found.add(f"{each.connection} has both as two")
        elif each.connection_id != merging.connection_id:
            target = near.resolve((each.connection_id, each.merged_into)) if each.merged_into else None
            if target != survivor.customer_id:
                found.add(f"{each.connection} had both as two, and has deleted {each.external_id}")
    return sorted(found)
