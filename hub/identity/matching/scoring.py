"""How much speaks for two customers being one: points for each feature, with a sentence that a person can check. Pure.

No score links anything by itself. It decides what is suggested, and in which order.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hub.identity.matching.keys import Key
from hub.identity.matching.names import Likeness, Name, likeness
from hub.identity.matching.profile import Profile, are_related
from hub.vocabulary import EvidenceFeature, MatchKeyKind

SUGGESTED_FROM = 50
"""What is suggested from: more than one weak feature, or a name that is the same with one thing beside it. An equal address of mail alone (35), an
equal name alone (40) or an equal tax id alone (40) is not enough: bookkeepers, common names and groups have them in common."""

MATERIALLY_STRONGER = 15
"""By so much the score must have risen since a person said no, before the pair is shown again: one new feature, and not a spelling."""

NAME_POINTS = ((1.0, 40), (0.9, 34), (0.8, 26), (0.65, 14))
"""What a name gives by how alike it is: all but equal names are the best single sign, half-alike ones next to none."""

EQUAL_FORM_POINTS = 5
OTHER_FORM_POINTS = -12
"""X Ltd and X plc are two companies more often than a mistake."""
OTHER_NAME_POINTS = -20
OTHER_NAME_UP_TO = 0.4
"""Names that have this little in common speak against: what else is equal belongs to an office or a bookkeeper that they share."""

SHARED_POINTS: Mapping[MatchKeyKind, tuple[int, int, int]] = {
    MatchKeyKind.EMAIL: (35, 20, 8),
    MatchKeyKind.DOMAIN: (25, 12, 6),
    MatchKeyKind.PHONE: (25, 15, 5),
    MatchKeyKind.TAX_ID: (40, 25, 10),
    MatchKeyKind.ADDRESS: (20, 10, 4),
}
"""What an equal feature gives when in no system more than one customer has it, up to `FEW`, and up to `SEVERAL`; beyond that nothing."""
FEW = 3
SEVERAL = 10

OTHER_TAX_ID_POINTS = -35
SAME_CITY_POINTS = 5
OTHER_COUNTRY_POINTS = -15
SHARED_REFERENCE_POINTS = 35

Sharing = Callable[[Key], int | None]
"""In the system where most customers have a key, how many do; None: too many for it to say anything."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One thing that speaks for two customers being one, or against it where the points are negative. `text` is for people."""

    feature: EvidenceFeature
    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Scored:
    """Points from 0 to 100, and what they are made of. `names` is how alike the names are that are most so."""

    score: int
    evidence: tuple[Evidence, ...]
    names: Likeness


def score_pair(one: Profile, other: Profile, sharing: Sharing) -> Scored:
    """What speaks for two customers being one. Which of them comes first makes no difference."""
    one, other = sorted((one, other), key=_order)
    first, second, alike = _best_names(one, other)
    if _are_different_parts(one, other, alike):
        reason = f"different projects or branches: {first.text!r} and {second.text!r}"
        return Scored(0, (Evidence(EvidenceFeature.HIERARCHY, -100, reason),), alike)
    evidence = sorted(
        (*_of_names(first, second, alike), *_of_keys(one, other, sharing), *_of_tax_ids(one, other), *_of_places(one, other), *_of_claims(one, other)),
        key=lambda found: (-found.points, found.feature, found.text),
    )
    points = sum(found.points for found in evidence)
    return Scored(max(0, min(100, points)), tuple(evidence), alike)


def _order(profile: Profile) -> tuple[str, str]:
    """An order that does not depend on which customer came first."""
    first = profile.sources[0]
    return first.connection, first.external_id


def _best_names(one: Profile, other: Profile) -> tuple[Name, Name, Likeness]:
    """The two names that are most alike; a legal name counts where both customers state none of a parent's."""
    pairs = [(mine, yours) for mine in one.names for yours in other.names]
    if not one.has_parent and not other.has_parent:
        pairs += [(mine, yours) for mine in one.legal_names for yours in other.names]
        pairs += [(mine, yours) for mine in one.names for yours in other.legal_names]
    found = [(mine, yours, likeness(mine, yours)) for mine, yours in dict.fromkeys(pairs)]
    return max(found, key=_how_alike)


def _how_alike(found: tuple[Name, Name, Likeness]) -> tuple[bool, float, bool, bool, str, str]:
    """The texts come last, so that of equal ones it is always the same that is shown."""
    first, second, alike = found
    return not alike.is_other_part, alike.ratio, alike.is_form_equal, not alike.is_form_different, first.text, second.text


def _are_different_parts(one: Profile, other: Profile, alike: Likeness) -> bool:
    """Whether they are projects of one customer, or a customer and its project; by their names, or by what a system says and their names."""
    same_from, _ = NAME_POINTS[1]
    return alike.is_other_part or (alike.ratio < same_from and are_related(one, other))


def _of_names(first: Name, second: Name, alike: Likeness) -> Iterator[Evidence]:
    points = next((points for least, points in NAME_POINTS if alike.ratio >= least), 0)
    if points:
        same = first.text == second.text
        text = f"the same name: {first.text!r}" if same else f"names alike ({alike.ratio:.0%}): {first.text!r} ~ {second.text!r}"
        yield Evidence(EvidenceFeature.NAME, points, text)
        if alike.is_form_equal:
            yield Evidence(EvidenceFeature.NAME, EQUAL_FORM_POINTS, "the same legal form")
        if alike.is_form_different:
            yield Evidence(EvidenceFeature.NAME, OTHER_FORM_POINTS, "different legal forms")
    elif alike.ratio <= OTHER_NAME_UP_TO:
        yield Evidence(EvidenceFeature.NAME, OTHER_NAME_POINTS, f"different names: {first.text!r} and {second.text!r}")


_WORDS: Mapping[MatchKeyKind, tuple[EvidenceFeature, str]] = {
    MatchKeyKind.EMAIL: (EvidenceFeature.EMAIL, "same e-mail"),
    MatchKeyKind.DOMAIN: (EvidenceFeature.DOMAIN, "same domain"),
    MatchKeyKind.PHONE: (EvidenceFeature.PHONE, "same telephone number, ending in"),
    MatchKeyKind.TAX_ID: (EvidenceFeature.TAX_ID, "same tax id"),
    MatchKeyKind.ADDRESS: (EvidenceFeature.ADDRESS, "same postal address"),
}


def _of_keys(one: Profile, other: Profile, sharing: Sharing) -> Iterator[Evidence]:
    """Of each feature the strongest equal value. The domain of an equal mail address is no news."""
    email = _of_key(MatchKeyKind.EMAIL, one.emails & other.emails, sharing)
    domain = _of_key(MatchKeyKind.DOMAIN, one.domains & other.domains, sharing)
    if email is not None and domain is not None:
        email, domain = (email, None) if email.points >= domain.points else (None, domain)
    rest = (
        _of_key(MatchKeyKind.PHONE, one.phones & other.phones, sharing),
        _of_key(MatchKeyKind.TAX_ID, one.tax_ids & other.tax_ids, sharing),
        _of_key(MatchKeyKind.ADDRESS, one.streets & other.streets, sharing),
    )
    yield from (found for found in (email, domain, *rest) if found is not None)


def _of_key(kind: MatchKeyKind, values: frozenset[str], sharing: Sharing) -> Evidence | None:
    found = [(count, value) for value in values if (count := sharing((kind, value))) is not None and count <= SEVERAL]
    if not found:
        return None
    count, value = min(found)
    alone, few, several = SHARED_POINTS[kind]
    feature, words = _WORDS[kind]
    shared = f", shared by {count} customers of one system" if count > 1 else ""
    return Evidence(feature, alone if count <= 1 else few if count <= FEW else several, f"{words} {value.replace('|', ' ')}{shared}")


def _of_tax_ids(one: Profile, other: Profile) -> Iterator[Evidence]:
    mine, yours = min(one.tax_ids, default=None), min(other.tax_ids, default=None)
    if mine and yours and not one.tax_ids & other.tax_ids and mine[:2] == yours[:2]:
        yield Evidence(EvidenceFeature.TAX_ID, OTHER_TAX_ID_POINTS, f"different tax ids: {mine} and {yours}")


def _of_places(one: Profile, other: Profile) -> Iterator[Evidence]:
    if one.cities & other.cities and not one.streets & other.streets:
        yield Evidence(EvidenceFeature.ADDRESS, SAME_CITY_POINTS, f"same town: {min(one.cities & other.cities)}")
    if one.countries and other.countries and not one.countries & other.countries:
        yield Evidence(EvidenceFeature.ADDRESS, OTHER_COUNTRY_POINTS, f"different countries: {min(one.countries)} and {min(other.countries)}")


def _of_claims(one: Profile, other: Profile) -> Iterator[Evidence]:
    shared = min(one.claims & other.claims, default=None)
    if shared is not None:
        system, _, external_id = shared.partition(":")
        yield Evidence(EvidenceFeature.SHARED_REFERENCE, SHARED_REFERENCE_POINTS, f"both are known as {external_id} in {system.removeprefix('@')}")
