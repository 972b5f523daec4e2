"""Customers: parents are joined when they arrive; a link that would close a cycle is refused."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from hub.identity.circles import link_parents
from hub.identity.composed import find_composed
from hub.identity.matching.queue import queue_for_matching
from hub.model import Customer, ExternalReference, Segment, SegmentMember, table_of
from hub.plugins.records import CustomerRecord, Record
from hub.store.bulk import insert_missing, update_rows
from hub.store.lookup import is_among
from hub.sync.context import PageWork, RunContext
from hub.sync.landing.frame import Landed, Landing, Parents, Values, document, expect
from hub.sync.references import find_entity_ids, is_home_of
from hub.vocabulary import Entity, Stream

CUSTOMERS = table_of(Customer)
_REFERENCES = table_of(ExternalReference)
_SEGMENTS = table_of(Segment)
_MEMBERS = table_of(SegmentMember)

_COLUMNS = (
    "name search_name legal_name email phone website tax_id currency language time_zone address_lines city region postal_code country entity_type "
    "parent_external_id is_billed bill_to_preference payment_terms payment_terms_days is_auto_collected finance_owner sales_owner source_handling "
    "reported_balances custom"
).split()


def search_text(text: str) -> str:
    """A name as search finds it: case folded, single blanks."""
    return " ".join(text.casefold().split())[:500]


def _values(record: Record, _parents: Parents, _context: RunContext) -> Values:
    record = expect(record, CustomerRecord)
    return (
        record.name,
        search_text(record.name),
        record.legal_name,
        record.email,
        record.phone,
        record.website,
        record.tax_id,
        record.currency,
        record.language,
        record.time_zone,
        document(record.address_lines),
        record.city,
        record.region,
        record.postal_code,
        record.country,
        record.entity_type.stored,
        record.parent_external_id,
        record.is_billed,
        None if record.bill_to_preference is None else record.bill_to_preference.stored,
        record.payment_terms,
        record.payment_terms_days,
        record.is_auto_collected,
        record.finance_owner,
        record.sales_owner,
        record.source_handling.stored,
        document(record.reported_balances),
        document(record.custom),
    )


def _fresh(_record: Record, _values: Values, context: RunContext) -> Values:
    return (False, context.now, context.now)


def _created(work: PageWork, rows: Sequence[Landed]) -> None:
    work.new_customers.update((row.item.external_id, row.entity_id) for row in rows)
    work.dirty_customers.update(row.entity_id for row in rows)
    queue_for_matching(work.connection, [row.entity_id for row in rows])
    _join_parents(work, rows)
    _join_children(work, rows)
    _join_segments(work, _segments_of(rows))


def _changed(work: PageWork, rows: Sequence[Landed]) -> None:
    work.dirty_customers.update(row.entity_id for row in rows)
    alone = [row for row in rows if row.entity_id not in work.composed[Entity.CUSTOMER]]
    _join_parents(work, alone)
    update_rows(work.connection, CUSTOMERS, columns=("parent_id",), rows=[(None, row.entity_id) for row in alone if _parent_of(row) is None])
    replace_segments(work, {row.entity_id for row in alone}, _segments_of(alone))
    queue_for_matching(work.connection, [row.entity_id for row in alone])


def _join_parents(work: PageWork, rows: Sequence[Landed]) -> None:
    wanted = {row.entity_id: parent for row in rows if (parent := _parent_of(row)) is not None}
    found = find_entity_ids(work, Stream.CUSTOMERS, set(wanted.values()))
    link_parents(work.connection, [(found.get(parent), child) for child, parent in wanted.items()])


def _join_children(work: PageWork, rows: Sequence[Landed]) -> None:
    """Children that came before their parent are joined to it now; one that others have a say in is composed instead."""
    arrived = {row.item.external_id: row.entity_id for row in rows}
    statement = (
        sa.select(CUSTOMERS.c.id, CUSTOMERS.c.parent_external_id)
        .join(_REFERENCES, sa.and_(_REFERENCES.c.entity == Entity.CUSTOMER, is_home_of(CUSTOMERS.c.id)))
        .where(
            CUSTOMERS.c.parent_id.is_(None),
            CUSTOMERS.c.parent_external_id.is_not(None),
            is_among(CUSTOMERS.c.parent_external_id, arrived),
            _REFERENCES.c.connection_id == work.run.connection_id,
        )
    )
    children = {row.id: arrived[row.parent_external_id] for row in work.connection.execute(statement)}
    found = find_composed(work.connection, Entity.CUSTOMER, children)
    work.composed[Entity.CUSTOMER] |= found.to_compose
    links = [(parent, child) for child, parent in children.items() if child not in found.left_out]
    link_parents(work.connection, links)


def replace_segments(work: PageWork, customers: Collection[int], members: Sequence[tuple[str, int]]) -> None:
    """Let some customers be in these segments (name, customer) and no others."""
    work.connection.execute(sa.delete(_MEMBERS).where(is_among(_MEMBERS.c.customer_id, customers)))
    _join_segments(work, members)


def _segments_of(rows: Sequence[Landed]) -> list[tuple[str, int]]:
    return [(name, row.entity_id) for row in rows if isinstance(row.item.record, CustomerRecord) for name in row.item.record.segments]


def _join_segments(work: PageWork, members: Sequence[tuple[str, int]]) -> None:
    if not members:
        return
    known = {row.name: row.id for row in work.connection.execute(sa.select(_SEGMENTS.c.name, _SEGMENTS.c.id))}
    for name in dict.fromkeys(name for name, _ in members):
        if name not in known:
            known[name] = work.connection.execute(
                sa.insert(_SEGMENTS).values(name=name, position=len(known) + 1, is_default=False).returning(_SEGMENTS.c.id)
            ).scalar_one()
    insert_missing(work.connection, _MEMBERS, columns=("segment_id", "customer_id"), rows=[(known[name], customer_id) for name, customer_id in members])


def _parent_of(row: Landed) -> str | None:
    return row.item.record.parent_external_id if isinstance(row.item.record, CustomerRecord) else None


LANDING = Landing(
    stream=Stream.CUSTOMERS,
    entity=Entity.CUSTOMER,
    table=CUSTOMERS,
    columns=tuple(_COLUMNS),
    values=_values,
    fresh_columns=("is_deleted", "first_seen_at", "updated_at"),
    fresh=_fresh,
    created=_created,
    changed=_changed,
    own_id_columns=("bill_to_id",),
    lists=("segments", "known_as", "hub_reference"),
    customer_column=None,
)
