"""The keys by which a customer is found: two customers are compared when they have one in common that not too many share."""

from collections.abc import Iterator

from hub.identity.matching.own_reference import customer_id_of
from hub.identity.matching.profile import Profile, claim_key, merge_key
from hub.vocabulary import MatchKeyKind

Key = tuple[MatchKeyKind, str]

LIKENESS_KINDS = (
    MatchKeyKind.NAME,
    MatchKeyKind.NAME_START,
    MatchKeyKind.EMAIL,
    MatchKeyKind.DOMAIN,
    MatchKeyKind.PHONE,
    MatchKeyKind.ADDRESS,
    MatchKeyKind.TAX_ID,
)
"""The kinds that candidates are found by; the others name a customer outright."""

_START = 4
_LONGEST = 400


def keys_of(profile: Profile) -> frozenset[Key]:
    """All keys of a customer, for looking up and for being found."""
    found = {key for key in (*_name_keys(profile), *_plain_keys(profile), *_named_keys(profile)) if len(key[1]) <= _LONGEST}
    return frozenset(found)


def shared_keys(one: Profile, other: Profile) -> Iterator[Key]:
    """What two customers have in common and that says the less, the more customers have it: names are not among it."""
    yield from ((MatchKeyKind.EMAIL, text) for text in one.emails & other.emails)
    yield from ((MatchKeyKind.DOMAIN, text) for text in one.domains & other.domains)
    yield from ((MatchKeyKind.PHONE, text) for text in one.phones & other.phones)
    yield from ((MatchKeyKind.ADDRESS, text) for text in one.streets & other.streets)
    yield from ((MatchKeyKind.TAX_ID, text) for text in one.tax_ids & other.tax_ids)


def _name_keys(profile: Profile) -> Iterator[Key]:
    """The whole name; the name with its town, where many have the name; and its beginning with the town, where it is mistyped further on."""
    for name in profile.names:
        if not name.core:
            continue
        yield MatchKeyKind.NAME, name.whole[:200]
        for city in profile.cities:
            yield MatchKeyKind.NAME, f"{name.whole[:200]}|{city}"
            yield MatchKeyKind.NAME_START, f"{name.core[:_START]}|{city}"


def _plain_keys(profile: Profile) -> Iterator[Key]:
    yield from ((MatchKeyKind.EMAIL, text) for text in profile.emails)
    yield from ((MatchKeyKind.DOMAIN, text) for text in profile.domains)
    yield from ((MatchKeyKind.PHONE, text) for text in profile.phones)
    yield from ((MatchKeyKind.ADDRESS, text) for text in profile.streets)
    yield from ((MatchKeyKind.TAX_ID, text) for text in profile.tax_ids)


def _named_keys(profile: Profile) -> Iterator[Key]:
    for source in profile.sources:
        if source.is_deleted and source.merged_into:
            yield MatchKeyKind.MERGED_INTO, merge_key(source.connection_id, source.merged_into)
        if source.is_deleted:
            continue
        for known in source.values.known_as:
            yield MatchKeyKind.CROSS_REFERENCE, claim_key(known)
        named = customer_id_of(source.values.hub_reference)
        if named is not None:
            yield MatchKeyKind.HUB_REFERENCE, str(named)
