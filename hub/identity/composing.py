"""One customer from what all its sources say of it: pure, so that the same sources always give the same customer, in whatever order they came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from hub.identity.precedence import GROUPS, WHOLE, Precedence
from hub.plugins.records import CustomerRecord
from hub.vocabulary import ConnectionKind, SourceHandling

STRICTNESS = (SourceHandling.ACTIVE, SourceHandling.HOLD, SourceHandling.CLOSED)
"""What a source may say of how to treat a customer, the strictest last: that one counts."""


@dataclass(frozen=True, slots=True)
class CustomerSource:
    """What one source says of a customer. `home_id` is the customer that this source has made; `is_gone`: it has deleted it since.

    `parent_id` is the customer that counts as its parent by what the source says; None: there is none, or it has not arrived. `parent_home_id`
    is the one that it names, which may have been merged into that one.
    """

    reference_id: int
    home_id: int
    connection_id: int
    connection_name: str
    kind: ConnectionKind
    is_gone: bool
    record: CustomerRecord
    parent_id: int | None = None
    parent_home_id: int | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """The customer, the source (reference id) that each field's value is from, and the parents that sources name, the first to be asked first.

    Fields that no source gives a value are in no `origins`. `asked` has, by field, the sources in the order in which they are asked.
    """

    record: CustomerRecord
    origins: Mapping[str, int]
    parents: Sequence[tuple[int, int]]
    asked: Mapping[str, Sequence[CustomerSource]]


def compose_customer(sources: Sequence[CustomerSource], precedence: Precedence, *, speaker_id: int | None) -> Composed:
    """The first source with a value is believed, group by group; one that has deleted the customer, or only mentions it, is asked last.

    A hold of any source counts, the strictest of them; custom fields are put together. What the customer owes is what the connection
    `speaker_id`, which speaks for its invoices, says: the sum over the customers there that are this one (None: nobody speaks, and only
    what a single source says is known). What belongs to no group is that of the first of `sources`,
    the customer's own, which is asked before others of its connection. Raises ValueError without a source.
    """
    if not sources:
        raise ValueError("a customer is composed of one source at least")
    values: dict[str, Any] = {}
    origins: dict[str, int] = {}
    asked: dict[str, Sequence[CustomerSource]] = {}
    for group, fields in GROUPS.items():
        ordered = in_order(sources, group, precedence)
        asked |= dict.fromkeys(fields, ordered)
        if group == "custom":
            values["custom"], origins = _custom(ordered, origins)
        elif group in WHOLE:
            _take_whole(ordered, fields, values, origins=origins)
        else:
            _take_each(ordered, fields, values, origins=origins)
    living = [source for source in sources if not source.is_gone] or list(sources)
    strictest = max(living, key=lambda source: (STRICTNESS.index(source.record.source_handling), -source.reference_id))
    asked["source_handling"] = sorted(sources, key=lambda source: source.reference_id)
    values["source_handling"] = strictest.record.source_handling
    origins["source_handling"] = strictest.reference_id
    values["reported_balances"] = _balances([source for source in living if source.connection_id == speaker_id or len(sources) == 1])
    parents = [(source.parent_id, source.reference_id) for source in in_order(sources, "hierarchy", precedence) if source.parent_id is not None]
    return Composed(replace(sources[0].record, **values), origins, parents, asked)


def in_order(sources: Sequence[CustomerSource], group: str, precedence: Precedence) -> list[CustomerSource]:
    """Sources in the order in which they are asked for the fields of a group; of those of one connection in the order in which they are given."""

    def rank(source: CustomerSource) -> tuple[object, ...]:
        return (source.is_gone, source.record.create_only, precedence.rank(group, source.kind, source.connection_name))

    return sorted(sources, key=rank)


def _take_each(ordered: Sequence[CustomerSource], fields: Iterable[str], values: dict[str, Any], *, origins: dict[str, int]) -> None:
    for name in fields:
        if name == "parent_id":
            continue
        first = next((source for source in ordered if _has(source, name)), None)
        values[name] = getattr((first or ordered[0]).record, name)
        if first is not None:
            origins[name] = first.reference_id


def _take_whole(ordered: Sequence[CustomerSource], fields: Sequence[str], values: dict[str, Any], *, origins: dict[str, int]) -> None:
    first = next((source for source in ordered if any(_has(source, name) for name in fields)), None)
    for name in fields:
        values[name] = getattr((first or ordered[0]).record, name)
        if first is not None and _has(first, name):
            origins[name] = first.reference_id


def _has(source: CustomerSource, name: str) -> bool:
    value = getattr(source.record, name)
    return value is not None and value != []


def _custom(ordered: Sequence[CustomerSource], origins: dict[str, int]) -> tuple[dict[str, Any] | None, dict[str, int]]:
    """Custom fields of all sources; of one name the first that is not empty. Their origins are named `custom.NAME`."""
    found: dict[str, Any] = {}
    given = dict(origins)
    for source in ordered:
        for name, value in (source.record.custom or {}).items():
            if found.get(name) is None:
                found[name] = value
                if value is not None:
                    given[f"custom.{name}"] = source.reference_id
    return (found if any(source.record.custom is not None for source in ordered) else None), given


def _balances(speaking: Iterable[CustomerSource]) -> dict[str, int] | None:
    """Balances by currency, summed over the customers of one system that are one; None when it says nothing of any of them."""
    stated = [source.record.reported_balances for source in speaking if source.record.reported_balances is not None]
    if not stated:
        return None
    total: dict[str, int] = {}
    for balances in stated:
        for currency, amount in balances.items():
            total[currency] = total.get(currency, 0) + amount
    return total
