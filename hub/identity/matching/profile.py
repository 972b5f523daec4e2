"""What is known of a customer, system by system, in the forms in which customers are compared. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from hub.identity.matching.contact_points import domain_of, is_public, normal_email, normal_phone, normal_street, normal_tax_id
from hub.identity.matching.folding import fold
from hub.identity.matching.names import Name, take_apart
from hub.plugins.records import CrossReference
from hub.vocabulary import ConnectionKind


class Values(msgspec.Struct, frozen=True):
    """The members of a kept customer record that tell who it is; the others are not even decoded."""

    external_id: str
    name: str
    legal_name: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    tax_id: str | None = None
    address_lines: list[str] | None = None
    city: str | None = None
    postal_code: str | None = None
    country: str | None = None
    parent_external_id: str | None = None
    known_as: list[CrossReference] = []
    hub_reference: str | None = None


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One system's customer: where it is, whether it is still there, what it was merged into, and what the system says of it."""

    connection_id: int
    connection: str
    kind: ConnectionKind
    values: Values
    is_deleted: bool = False
    merged_into: str | None = None

    @property
    def external_id(self) -> str:
        """Its id in the system."""
        return self.values.external_id


@dataclass(frozen=True)
class Profile:
    """A customer with all the systems that know it, at least one. A system that has deleted it still says what it was."""

    customer_id: int
    sources: tuple[SourceObject, ...]

    @cached_property
    def living(self) -> tuple[SourceObject, ...]:
        """The systems' objects that are still there."""
        return tuple(source for source in self.sources if not source.is_deleted)

    @cached_property
    def connections(self) -> frozenset[int]:
        """The connections that still have it."""
        return frozenset(source.connection_id for source in self.living)

    @property
    def is_living(self) -> bool:
        """Whether any system still has it."""
        return bool(self.living)

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Its names, each spelling once."""
        return tuple({source.values.name.strip(): take_apart(source.values.name) for source in self.sources}.values())

    @cached_property
    def legal_names(self) -> tuple[Name, ...]:
        """Its legal names, where they are its own: a project states its parent's."""
        return tuple(
            {text: take_apart(text) for source in self.sources if (text := source.values.legal_name) and not source.values.parent_external_id}.values()
        )

    @cached_property
    def emails(self) -> frozenset[str]:
        """Its mail addresses."""
        return frozenset(found for source in self.sources if (found := normal_email(source.values.email)))

    @cached_property
    def domains(self) -> frozenset[str]:
        """Its mail and web domains that are not everybody's."""
        texts = (text for source in self.sources for text in (source.values.email, source.values.website))
        return frozenset(found for text in texts if (found := domain_of(text)) and not is_public(found))

    @cached_property
    def phones(self) -> frozenset[str]:
        """Its telephone numbers."""
        return frozenset(found for source in self.sources if (found := normal_phone(source.values.phone)))

    @cached_property
    def tax_ids(self) -> frozenset[str]:
        """Its tax ids."""
        return frozenset(found for source in self.sources if (found := normal_tax_id(source.values.tax_id, source.values.country)))

    @cached_property
    def streets(self) -> frozenset[str]:
        """Its postal addresses."""
        return frozenset(found for source in self.sources if (found := normal_street(source.values.address_lines, source.values.postal_code)))

    @cached_property
    def cities(self) -> frozenset[str]:
        """Its towns."""
        return frozenset(found for source in self.sources if (found := fold(source.values.city or "")))

    @cached_property
    def countries(self) -> frozenset[str]:
        """Its countries, as codes."""
        return frozenset(source.values.country.upper() for source in self.sources if source.values.country)

    @cached_property
    def claims(self) -> frozenset[str]:
        """The ids elsewhere that its systems keep with it, as texts: two customers with one of them in common are kept for one."""
        return frozenset(claim_key(known) for source in self.sources for known in source.values.known_as)

    @cached_property
    def places_in_hierarchy(self) -> Mapping[int, tuple[frozenset[str], frozenset[str]]]:
        """By connection its own ids there, and its parents'."""
        found: dict[int, tuple[set[str], set[str]]] = {}
        for source in self.sources:
            own, parents = found.setdefault(source.connection_id, (set(), set()))
            own.add(source.external_id)
            if source.values.parent_external_id:
                parents.add(source.values.parent_external_id)
        return {connection: (frozenset(own), frozenset(parents)) for connection, (own, parents) in found.items()}

    @property
    def has_parent(self) -> bool:
        """Whether any system has it as a project or branch of another."""
        return any(source.values.parent_external_id for source in self.sources)


def claim_key(known: CrossReference) -> str:
    """An id elsewhere as a text."""
    return f"@{known.connection}:{known.external_id}" if known.kind is None else f"{known.kind.stored}:{known.external_id}"


def claim_keys_of(source: SourceObject) -> tuple[str, str]:
    """The texts by which other systems can name this object."""
    return f"{source.kind.stored}:{source.external_id}", f"@{source.connection}:{source.external_id}"


def merge_key(connection_id: int, external_id: str) -> str:
    """The object of a connection that others were merged into, as a text."""
    return f"{connection_id}:{external_id}"


def are_related(one: Profile, other: Profile) -> bool:
    """Whether a system has one of two customers as the other's parent, or both as children of one."""
    for connection, (own, parents) in one.places_in_hierarchy.items():
        others, their_parents = other.places_in_hierarchy.get(connection, (frozenset[str](), frozenset[str]()))
        if own & their_parents or parents & others or parents & their_parents:
            return True
    return False
