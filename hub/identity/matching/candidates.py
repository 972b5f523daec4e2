"""Keys in the store: who has which, and who shares one with whom. No pair of customers is looked at that has no key in common."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.identity.matching.keys import Key, keys_of
from hub.identity.matching.profile import Profile
from hub.identity.matching.reading import REFERENCES
from hub.model import MatchKey, table_of
from hub.store.bulk import insert_rows
from hub.store.lookup import is_among
from hub.vocabulary import Entity, MatchKeyKind

_KEYS = table_of(MatchKey)

MOST_SHARING = 24
"""A key that more customers share leads to nobody: such are the domains of providers and the names of half a country. Three systems with a
customer, a duplicate and a few projects stay well below; and so many can be compared with each other at no cost worth naming."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The keys of a customer before and now."""

    before: frozenset[Key]
    now: frozenset[Key]


def rewrite_keys(connection: sa.Connection, customer_ids: Sequence[int], profiles: Mapping[int, Profile]) -> dict[int, KeyChange]:
    """Bring the stored keys of some customers up to their profiles; one without a profile has none from now on."""
    statement = sa.select(_KEYS.c.customer_id, _KEYS.c.kind, _KEYS.c.key).where(is_among(_KEYS.c.customer_id, customer_ids))
    before: defaultdict[int, set[Key]] = defaultdict(set)
    for customer_id, kind, key in connection.execute(statement):
        before[customer_id].add((kind, key))
    found: dict[int, KeyChange] = {}
    for customer_id in customer_ids:
        profile = profiles.get(customer_id)
        found[customer_id] = KeyChange(frozenset(before[customer_id]), frozenset() if profile is None else keys_of(profile))
    changed = [customer_id for customer_id, change in found.items() if change.before != change.now]
    replaced = [customer_id for customer_id in changed if found[customer_id].before]
    if replaced:
        connection.execute(sa.delete(_KEYS).where(is_among(_KEYS.c.customer_id, replaced)))
    rows = [(customer_id, kind.stored, key) for customer_id in changed for kind, key in sorted(found[customer_id].now)]
    insert_rows(connection, _KEYS, columns=("customer_id", "kind", "key"), rows=rows)
    return found


def count_holders(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, int]:
    """How many customers have each key that anybody has."""
    found: dict[Key, int] = {}
    for kind, texts in _by_kind(keys).items():
        statement = sa.select(_KEYS.c.key, sa.func.count()).where(_KEYS.c.kind == kind, is_among(_KEYS.c.key, texts)).group_by(_KEYS.c.key)
        found.update(((kind, key), count) for key, count in connection.execute(statement))
    return found


def find_holders(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, list[int]]:
    """The customers that have each key: for keys that not too many have."""
    found: defaultdict[Key, list[int]] = defaultdict(list)
    for kind, texts in _by_kind(keys).items():
        statement = sa.select(_KEYS.c.key, _KEYS.c.customer_id).where(_KEYS.c.kind == kind, is_among(_KEYS.c.key, texts))
        for key, customer_id in connection.execute(statement):
            found[kind, key].append(customer_id)
    return dict(found)


def read_sharing(connection: sa.Connection, keys: Collection[Key]) -> dict[Key, int]:
    """In the system where most customers have a key, how many do, for each key that not too many share. What a system has deleted does not count there."""
    usable = [key for key, count in count_holders(connection, keys).items() if count <= MOST_SHARING]
    columns = REFERENCES.c
    found: dict[Key, int] = dict.fromkeys(usable, 0)
    for kind, texts in _by_kind(usable).items():
        statement = (
            sa.select(_KEYS.c.key, columns.connection_id, sa.func.count(sa.distinct(_KEYS.c.customer_id)))
            .join(REFERENCES, sa.and_(columns.entity == Entity.CUSTOMER, columns.entity_id == _KEYS.c.customer_id))
            .where(_KEYS.c.kind == kind, is_among(_KEYS.c.key, texts), columns.is_deleted_at_source.is_(False))
            .group_by(_KEYS.c.key, columns.connection_id)
        )
        for key, _, count in connection.execute(statement):
            found[kind, key] = max(found[kind, key], count)
    return found


def _by_kind(keys: Iterable[Key]) -> dict[MatchKeyKind, list[str]]:
    found: defaultdict[MatchKeyKind, set[str]] = defaultdict(set)
    for kind, key in keys:
        found[kind].add(key)
    return {kind: sorted(texts) for kind, texts in sorted(found.items())}
