"""Who names whom: the customers that sources name outright, by an id elsewhere, by ours, or as the one that others were merged into."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from hub.identity.matching.candidates import MOST_SHARING, count_holders, find_holders
from hub.identity.matching.keys import Key
from hub.identity.matching.own_reference import customer_id_of
from hub.identity.matching.profile import Profile, SourceObject, claim_keys_of, merge_key
from hub.identity.matching.reading import REFERENCES, System, read_profiles
from hub.plugins.records import CrossReference
from hub.store.lookup import is_among
from hub.vocabulary import MatchKeyKind, Stream

_MOST_STEPS = 8
"""So far who names whom is followed: a customer, what it names, what else names that, and what those name. Chains end long before."""

Place = tuple[int, str]
"""A connection and an external id there."""


@dataclass(frozen=True, slots=True)
class Target:
    """What stands at a place: the customer that it leads to, and what took its place where it is gone."""

    customer_id: int
    is_deleted: bool
    merged_into: str | None


@dataclass(slots=True)
class Neighbourhood:
    """Some customers with all that name them and that they name, step by step.

    Attributes:
        crowded: keys by which too many name one object for any of them to be right, such as an id `0` that a form fills in.
    """

    systems: Mapping[int, System]
    profiles: dict[int, Profile] = field(default_factory=dict[int, Profile])
    targets: dict[Place, Target | None] = field(default_factory=dict[Place, Target | None])
    crowded: set[str] = field(default_factory=set[str])

    def places(self, source: SourceObject, known: CrossReference) -> Iterator[Place]:
        """Where an id elsewhere may be: in each connection of the kind, or in the one that is named; never in the source's own."""
        for system in self.systems.values():
            is_meant = system.kind is known.kind if known.connection is None else system.name == known.connection
            if is_meant and system.id != source.connection_id:
                yield system.id, known.external_id

    def resolve(self, place: Place) -> int | None:
        """The living customer at a place, or at the one that it was merged into; None where there is none, or none yet."""
        connection_id, _ = place
        target = self.targets.get(place)
        for _ in range(_MOST_STEPS):
            if target is None or not target.is_deleted:
                break
            target = None if target.merged_into is None else self.targets.get((connection_id, target.merged_into))
        return None if target is None or target.is_deleted else target.customer_id


def add_neighbours(connection: sa.Connection, found: Neighbourhood, customer_ids: Iterable[int]) -> None:
    """Add some customers to a neighbourhood, with all that name them and that they name; their keys are stored already."""
    wanted = set(customer_ids)
    for _ in range(_MOST_STEPS):
        new = read_profiles(connection, wanted - found.profiles.keys(), found.systems)
        if not new:
            break
        found.profiles.update(new)
        wanted = _named_by(connection, found, new.values()) | _naming(connection, found, new.values())


def read_customers_at(connection: sa.Connection, found: Neighbourhood, places: Iterable[Place]) -> set[int]:
    """The customers that some places lead to, along what was merged into what."""
    customers: set[int] = set()
    unread = {place for place in places if place not in found.targets}
    while unread:
        read = _read_targets(connection, unread)
        found.targets.update(dict.fromkeys(unread))
        found.targets.update(read)
        customers.update(target.customer_id for target in read.values())
        further = {(place[0], target.merged_into) for place, target in read.items() if target.is_deleted and target.merged_into}
        unread = {place for place in further if place not in found.targets}
    return customers


def _named_by(connection: sa.Connection, found: Neighbourhood, profiles: Collection[Profile]) -> set[int]:
    places = {place for profile in profiles for source in profile.living for known in source.values.known_as for place in found.places(source, known)}
    places |= {(source.connection_id, source.merged_into) for profile in profiles for source in profile.sources if source.is_deleted and source.merged_into}
    ours = {customer_id_of(source.values.hub_reference) for profile in profiles for source in profile.living}
    return read_customers_at(connection, found, places) | {customer_id for customer_id in ours if customer_id is not None}


def _naming(connection: sa.Connection, found: Neighbourhood, profiles: Collection[Profile]) -> set[int]:
    keys: set[Key] = {(MatchKeyKind.HUB_REFERENCE, str(profile.customer_id)) for profile in profiles}
    for profile in profiles:
        for source in profile.sources:
            keys.add((MatchKeyKind.MERGED_INTO, merge_key(source.connection_id, source.external_id)))
            keys.update((MatchKeyKind.CROSS_REFERENCE, text) for text in claim_keys_of(source))
    counts = count_holders(connection, keys)
    found.crowded.update(text for (kind, text), count in counts.items() if count > MOST_SHARING and kind is not MatchKeyKind.MERGED_INTO)
    held = find_holders(connection, [key for key, count in counts.items() if count <= MOST_SHARING])
    return {customer_id for customers in held.values() for customer_id in customers}


def _read_targets(connection: sa.Connection, places: Collection[Place]) -> dict[Place, Target]:
    columns = REFERENCES.c
    wanted: dict[int, list[str]] = {}
    for connection_id, external_id in sorted(places):
        wanted.setdefault(connection_id, []).append(external_id)
    found: dict[Place, Target] = {}
    for connection_id, external_ids in wanted.items():
        statement = sa.select(columns.external_id, columns.entity_id, columns.is_deleted_at_source, columns.merged_into_external_id).where(
            columns.connection_id == connection_id, columns.stream == Stream.CUSTOMERS, is_among(columns.external_id, external_ids)
        )
        found.update(((connection_id, row[0]), Target(*row[1:])) for row in connection.execute(statement))
    return found


def places_of_keys(found: Neighbourhood, keys: Iterable[Key]) -> Sequence[Place]:
    """The places that keys of the kind CROSS_REFERENCE name: for those that a customer no longer has."""
    places: list[Place] = []
    for kind, text in keys:
        if kind is MatchKeyKind.CROSS_REFERENCE:
            system, _, external_id = text.partition(":")
            places.extend((each.id, external_id) for each in found.systems.values() if system in {each.kind.stored, f"@{each.name}"})
    return places
