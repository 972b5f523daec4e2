"""Where values are from, kept for the fields in which more than one has a say."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from hub.identity.composing import Composed
from hub.identity.overrides import Override
from hub.identity.settable import PARENT, SETTABLE
from hub.model import FieldOrigin, table_of
from hub.store.bulk import insert_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork
from hub.sync.effective.overridden import json_of
from hub.sync.landing.frame import document
from hub.vocabulary import Entity

_ORIGINS = table_of(FieldOrigin)
_COLUMNS = ("entity", "entity_id", "field", "reference_id", "override_id", "said")


class Said(NamedTuple):
    """What one source (reference id; connection and external id for people) says of a field, as JSON; None: nothing."""

    reference: int
    connection: str
    external_id: str
    value: str | None


class Origin(NamedTuple):
    """Where the value of a field is from: the source that is believed (None: no source has one), what stands over it, what all of them say."""

    field: str
    reference_id: int | None
    override_id: int | None
    said: Sequence[Said]


def keep_origins(work: PageWork, entity: Entity, origins: Mapping[int, Sequence[Origin]]) -> None:
    """Keep the origins of some rows in place of those that were kept."""
    mine = sa.and_(_ORIGINS.c.entity == entity, is_among(_ORIGINS.c.entity_id, origins))
    work.connection.execute(sa.delete(_ORIGINS).where(mine))
    rows: list[tuple[Any, ...]] = []
    for entity_id, found in origins.items():
        for origin in found:
            said = document([one._asdict() for one in origin.said])
            rows.append((entity.stored, entity_id, origin.field, origin.reference_id, origin.override_id, said))
    insert_rows(work.connection, _ORIGINS, columns=_COLUMNS, rows=rows)


def origins_of_customer(composed: Composed, overrides: Mapping[str, Override]) -> list[Origin]:
    """The origins of a customer's fields, of those in which more than one has a say. A parent is the one that the source names, whatever it was merged into."""
    found: list[Origin] = []
    for field in sorted(SETTABLE[Entity.CUSTOMER]):
        said: list[Said] = []
        for source in composed.asked.get(field, ()):
            value = source.parent_home_id if field == PARENT else getattr(source.record, field)
            if value is not None and value != []:
                said.append(Said(source.reference_id, source.connection_name, source.record.external_id, json_of(value)))
        if len(said) > 1 or field in overrides:
            believed = said[0].reference if field == PARENT and said else composed.origins.get(field)
            found.append(Origin(field, believed, overrides[field].id if field in overrides else None, said))
    return found
