"""Finding customers that are the same: a batch of the queue against all customers, by the keys that they share."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.identity.homes import members_of
from hub.identity.matching.candidates import MOST_SHARING, KeyChange, count_holders, find_holders, read_sharing, rewrite_keys
from hub.identity.matching.deciding import Decisions, all_pairs, decide
from hub.identity.matching.exact import match_exactly
from hub.identity.matching.keys import LIKENESS_KINDS, Key, shared_keys
from hub.identity.matching.naming import Neighbourhood, add_neighbours, places_of_keys, read_customers_at
from hub.identity.matching.pairs import Groups, Pair, pair_of
from hub.identity.matching.profile import Profile
from hub.identity.matching.queue import is_anyone_waiting, take_from_queue
from hub.identity.matching.reading import read_profiles, read_systems
from hub.identity.matching.scoring import Evidence, Scored, score_pair
from hub.identity.matching.suggestions import Suggestion, Written, kept_apart, read_suggestions, write_suggestions
from hub.vocabulary import MatchKeyKind, MatchRule, SuggestionStatus

BATCH = 1_000
"""Customers of one transaction: enough for statements to be few, and few enough for others to write in between."""


@dataclass(frozen=True, slots=True)
class AutomaticMatch:
    """Two customers that are one without anybody being asked. Which of them is kept is decided by whoever merges them."""

    pair: Pair
    rule: MatchRule
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What one batch brought. `is_done`: nobody waits any more."""

    automatic: tuple[AutomaticMatch, ...]
    written: Written
    compared: int
    customers: int
    is_done: bool


def find_matches(connection: sa.Connection, *, now: datetime, batch: int = BATCH) -> Found:
    """Compare the next customers of the queue with all others, bring suggestions up to date, and return what is decided without a person.

    Runs in the caller's write transaction, which also merges what was returned; call it again until it is done. A pair that was not merged is
    returned again whenever one of its customers is compared again.
    """
    queued = take_from_queue(connection, batch)
    if not queued:
        return Found((), Written(), 0, 0, is_done=True)
    systems = read_systems(connection)
    profiles = read_profiles(connection, queued, systems)
    changes = rewrite_keys(connection, queued, profiles)
    near = Neighbourhood(systems)
    lost = places_of_keys(near, {key for change in changes.values() for key in change.before - change.now})
    concerned = {*queued, *read_customers_at(connection, near, lost)}
    add_neighbours(connection, near, concerned)
    concerned |= near.profiles.keys()
    likely, kept = _likely_pairs(connection, changes, profiles)
    kept |= read_suggestions(connection, concerned)
    pairs = likely | _taxed_pairs(connection, near) | {pair for pair, each in kept.items() if each.status is not SuggestionStatus.ACCEPTED}
    add_neighbours(connection, near, {key for pair in pairs for key in pair})
    decisions, pairs = _decide(connection, near, pairs, kept=kept, concerned=concerned)
    kept |= {pair: each for pair, each in read_suggestions(connection, {key for pair in pairs for key in pair}).items() if pair in pairs}
    written = write_suggestions(connection, kept, {pair: decisions.suggestions.get(pair) for pair in pairs}, now=now)
    automatic = tuple(AutomaticMatch(pair, link.rule, link.evidence) for pair, link in sorted(decisions.links.items()) if pair in pairs)
    return Found(automatic, written, len(pairs), len(queued), is_done=not is_anyone_waiting(connection))


def _likely_pairs(connection: sa.Connection, changes: Mapping[int, KeyChange], profiles: Mapping[int, Profile]) -> tuple[set[Pair], dict[Pair, Suggestion]]:
    """The pairs to compare because of keys that changed hands, and the suggestions among all that hold one of these keys.

    A key says less the more customers share it, so what was suggested for others that hold it is looked at again. Where it says more than before,
    since somebody no longer holds it, and for tax ids, all who hold it are compared with each other.
    """
    touched = {key for change in changes.values() for key in change.before | change.now if key[0] in LIKENESS_KINDS}
    counts = count_holders(connection, touched)
    gained = _gained(changes)
    holders = find_holders(connection, [key for key, count in counts.items() if count > 1 and count - gained.get(key, 0) <= MOST_SHARING])
    loosened = _loosened(changes, profiles)
    pairs: set[Pair] = set()
    groups: list[Collection[int]] = []
    for key, customer_ids in holders.items():
        groups.append(customer_ids)
        if counts[key] > MOST_SHARING:
            continue
        if key in loosened or key[0] is MatchKeyKind.TAX_ID:
            pairs |= all_pairs(customer_ids)
        else:
            pairs.update(pair_of(one, other) for one in customer_ids if one in changes for other in customer_ids if one != other)
    return pairs, _suggested_among(connection, groups)


def _taxed_pairs(connection: sa.Connection, near: Neighbourhood) -> set[Pair]:
    """The pairs of those who have a tax id of anybody who names the customers, or is named by them: whether it links may have changed."""
    counts = count_holders(connection, {(MatchKeyKind.TAX_ID, text) for profile in near.profiles.values() for text in profile.tax_ids})
    holders = find_holders(connection, [key for key, count in counts.items() if 1 < count <= MOST_SHARING])
    return {pair for customer_ids in holders.values() for pair in all_pairs(customer_ids)}


def _gained(changes: Mapping[int, KeyChange]) -> dict[Key, int]:
    """How many customers have each key that had not had it before."""
    found: dict[Key, int] = {}
    for change in changes.values():
        for key in change.now - change.before:
            found[key] = found.get(key, 0) + 1
    return found


def _loosened(changes: Mapping[int, KeyChange], profiles: Mapping[int, Profile]) -> set[Key]:
    """The keys that somebody has lost, or may have: of a customer that a system has deleted all."""
    found = {key for change in changes.values() for key in change.before - change.now}
    for customer_id, change in changes.items():
        if customer_id in profiles and any(source.is_deleted for source in profiles[customer_id].sources):
            found |= change.now
    return found


def _suggested_among(connection: sa.Connection, groups: Iterable[Collection[int]]) -> dict[Pair, Suggestion]:
    """The suggestions of which both customers are in one of the groups."""
    lists = [frozenset(group) for group in groups]
    of_customer: dict[int, list[int]] = {}
    for place, group in enumerate(lists):
        for customer_id in group:
            of_customer.setdefault(customer_id, []).append(place)
    found = read_suggestions(connection, of_customer)
    return {pair: each for pair, each in found.items() if any(pair[1] in lists[place] for place in of_customer.get(pair[0], ()))}


def _decide(
    connection: sa.Connection, near: Neighbourhood, pairs: set[Pair], *, kept: Mapping[Pair, Suggestion], concerned: Collection[int]
) -> tuple[Decisions, set[Pair]]:
    """What becomes of the pairs, and of all that are named together with any of the customers concerned; returned with the pairs that it holds for.

    A tax id can link too, so whoever has one in common counts as named together: with one link more or less, others of the group are one or not.
    """
    members = members_of(connection, near.profiles)
    everything = {**read_suggestions(connection, (member for some in members.values() for member in some)), **kept}
    decided = _kept_apart_now(everything, members)
    exact = match_exactly(near, decided)
    taxed = {pair for pair in pairs if _have_one_tax_id(near, pair)}
    named = {*exact.links, *exact.doubts, *taxed}
    groups = Groups.of(named)
    leaders = {groups.leader(customer_id) for customer_id in {*concerned, *(key for pair in taxed for key in pair)}}
    outright = {pair for pair in named if groups.leader(pair[0]) in leaders}
    grouped = _within_groups({key for pair in outright for key in pair}, groups)
    wanted = {pair for pair in pairs | outright | grouped if pair[0] in near.profiles and pair[1] in near.profiles}
    scores, sharing = _scores(connection, near, wanted)
    accepted = {pair for pair, each in everything.items() if each.status is SuggestionStatus.ACCEPTED}
    decisions = decide(near, exact, scores, decided=decided, sharing=sharing.get)
    return decisions, (pairs | outright | grouped) - accepted


def _kept_apart_now(kept: Mapping[Pair, Suggestion], members: Mapping[int, Collection[int]]) -> set[Pair]:
    """The pairs that a person keeps apart, by the customers that count now: who was told apart from one is so from all that are one with it."""
    counting = {member: customer for customer, some in members.items() for member in some}
    pairs = ((counting.get(one, one), counting.get(other, other)) for one, other in kept_apart(kept))
    return {pair_of(one, other) for one, other in pairs if one != other}


def _have_one_tax_id(near: Neighbourhood, pair: Pair) -> bool:
    one, other = near.profiles.get(pair[0]), near.profiles.get(pair[1])
    return one is not None and other is not None and bool(one.tax_ids & other.tax_ids)


def _within_groups(customer_ids: Collection[int], groups: Groups) -> set[Pair]:
    """Every pair within the groups of some customers that are small enough."""
    members: dict[int, list[int]] = {}
    for customer_id in customer_ids:
        members.setdefault(groups.leader(customer_id), []).append(customer_id)
    return {pair for group in members.values() if len(group) <= MOST_SHARING for pair in all_pairs(group)}


def _scores(connection: sa.Connection, near: Neighbourhood, pairs: Collection[Pair]) -> tuple[dict[Pair, Scored], dict[Key, int]]:
    shared = {key for one, other in pairs for key in shared_keys(near.profiles[one], near.profiles[other])}
    sharing = read_sharing(connection, shared)
    return {pair: score_pair(near.profiles[pair[0]], near.profiles[pair[1]], sharing.get) for pair in pairs}, sharing


def find_all_matches(connection: sa.Connection, *, now: datetime) -> Sequence[AutomaticMatch]:
    """Work through the whole queue in one transaction, and return all that is decided without a person: for few customers, and for tests."""
    found: dict[Pair, AutomaticMatch] = {}
    while True:
        batch = find_matches(connection, now=now)
        found.update((each.pair, each) for each in batch.automatic)
        if batch.is_done:
            return [found[pair] for pair in sorted(found)]
