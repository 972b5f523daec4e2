"""Rows with one source, of which people have set a value: contacts and invoices."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hub.identity.overrides import Override, field_rules, standing_overrides
from hub.identity.settable import ASKED, DEEDS, PAID
from hub.model import Connection, ExternalReference, SourceRecord, table_of
from hub.plugins.records import Record
from hub.store.lookup import is_among
from hub.sync.codec import decode
from hub.sync.context import PageWork
from hub.sync.effective.deeds import said_of
from hub.sync.effective.origins import Origin, Said, keep_origins
from hub.sync.effective.overridden import Told, overridden, still_standing
from hub.sync.effective.sources import named_customers
from hub.sync.landing.frame import Landing, loaded, rewrite
from hub.sync.landing.streams import LANDINGS
from hub.sync.waiting import customer_of
from hub.vocabulary import Entity, Stream

_REFERENCES = table_of(ExternalReference)
_CONNECTIONS = table_of(Connection)
_RECORDS = table_of(SourceRecord)

CLOSED_BY_LIST = bytes(16)
"""The content hash of an invoice that its open list no longer names: what closed it outlives its record."""

_CLOSING_COLUMNS = frozenset(("source_balance_minor", "source_paid_minor", "source_status", "stated_paid_on"))
_STREAMS = {Entity.CONTACT: Stream.CONTACTS, Entity.INVOICE: Stream.INVOICES}


def compose_rows(work: PageWork, entity: Entity, ids: Collection[int]) -> None:
    """Bring rows in line with what their source says, and with what people say over it."""
    landing = LANDINGS[_STREAMS[entity]]
    stored = loaded(work, landing, list(ids))
    overrides = standing_overrides(work.connection, entity, ids)
    rules = field_rules(work.connection, entity)
    columns = (_REFERENCES.c.entity_id, _REFERENCES.c.id, _REFERENCES.c.connection_id, _CONNECTIONS.c.name, _REFERENCES.c.content_hash, _RECORDS.c.record)
    mine = sa.and_(_REFERENCES.c.entity == entity, is_among(_REFERENCES.c.entity_id, ids))
    found = work.connection.execute(sa.select(*columns).join(_RECORDS, _RECORDS.c.reference_id == _REFERENCES.c.id).join(_CONNECTIONS).where(mine)).all()
    wanted: dict[int, tuple[Any, ...]] = {}
    origins: dict[int, list[Origin]] = {}
    records = {row.entity_id: decode(landing.stream, row.record) for row in found}
    customers = named_customers(work.connection, {(row.connection_id, customer_of(records[row.entity_id])) for row in found})
    for row in found:
        record = records[row.entity_id]
        mine_now = overrides.get(row.entity_id, [])
        said = {one.field: _said(work, record, row, override=one) for one in mine_now}
        standing = still_standing(work, entity, mine_now, said=said, rules=rules)
        origins[row.entity_id] = [
            Origin(name, row.id, one.id, [Said(row.id, row.name, record.external_id, None if name in DEEDS else said[name].theirs)])
            for name, one in sorted(standing.items())
        ]
        before = stored[row.entity_id]
        name = customer_of(record)
        parents = {name: customers.get((row.connection_id, name), (int(before[0]), before[1]))}
        values = landing.values(overridden(record, standing), parents, work.run)
        wanted[row.entity_id] = _as_closed(landing, before, values) if row.content_hash == CLOSED_BY_LIST else values
    rewrite(work, landing, wanted, before=stored)
    keep_origins(work, entity, origins)
    if entity is Entity.INVOICE:
        work.touched_invoices.update(wanted)
    work.dirty_customers.update(int(values[0]) for key in wanted for values in (stored[key], wanted[key]))


def _said(work: PageWork, record: Record, row: Any, *, override: Override) -> Told:  # noqa: ANN401 - a row of the select above
    """What the source says, which is one of the override's own only where that was set on this row: another's may be apart from it again."""
    is_own = override.home_id is None
    if override.field == PAID and row.content_hash == CLOSED_BY_LIST:
        return Told(None, row.connection_id, has_changed=True, is_own=is_own)
    was_asked = ASKED in (override.source_value or "")
    is_late = was_asked or work.run.now - override.set_at >= timedelta(days=work.run.unconfirmed_days)
    theirs = said_of(record, row.content_hash, override.field, is_late=is_late)
    return Told(theirs, row.connection_id, theirs != override.source_value, is_own=is_own)


def _as_closed(landing: Landing, before: tuple[Any, ...], values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(was if name in _CLOSING_COLUMNS else now for name, was, now in zip(landing.columns, before, values, strict=True))
