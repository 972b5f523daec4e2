"""Looking up and writing external references: how rows are found again, and what guards them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Protocol

import sqlalchemy as sa
from msgspec import Struct

from hub.model import ExternalReference, SourceRecord, table_of
from hub.plugins.records import Deletion, Record
from hub.store.bulk import allocate_ids, insert_rows, instant_of, update_rows
from hub.store.lookup import is_among
from hub.sync.checks import MAX_ID
from hub.sync.context import CustomerIds, Incoming, PageWork
from hub.sync.texts import clean_or_none
from hub.vocabulary import Entity, Stream

REFERENCES = table_of(ExternalReference)
SOURCE_RECORDS = table_of(SourceRecord)

_COLUMNS = (
    "id connection_id stream external_id entity entity_id content_hash source_version source_updated_at url is_deleted_at_source "
    "created_run_id changed_run_id changed_at"
).split()
_VERSION: Callable[[Record], tuple[int | None, datetime | None, str | None]] = attrgetter("source_version", "source_updated_at", "url")
_DELETED_COLUMNS = ("is_deleted_at_source", "merged_into_external_id", "source_version", "source_updated_at", "changed_run_id", "changed_at")
_CHANGED_COLUMNS = ("content_hash source_version source_updated_at url is_deleted_at_source merged_into_external_id changed_run_id changed_at").split()


class Known(Struct, frozen=True):
    """What is known of `external_id`: its reference, the row that it leads to, and the version that was last applied.

    `home_id` is the customer that it has made, where that was merged into the one that it leads to; None: they are the same.
    `kept_instant` is `source_updated_at` as the driver gives it: most records are unchanged, and nobody asks for theirs.
    """

    external_id: str
    reference_id: int
    entity_id: int
    home_id: int | None
    content_hash: bytes
    source_version: int | None
    kept_instant: datetime | str | None
    is_deleted: bool

    @property
    def source_updated_at(self) -> datetime | None:
        """When the version that was last applied came to be in the source."""
        return instant_of(self.kept_instant)

    @property
    def row_id(self) -> int:
        """The row that holds what the source says."""
        return self.entity_id if self.home_id is None else self.home_id

    def is_newer_than(self, incoming: "Versioned") -> bool:
        """Whether the stored version is newer than the incoming one: then the incoming one is left out."""
        return is_older(incoming, than=self)


class Versioned(Protocol):
    """What a source gives a version or an instant: a record, a deletion, what is known here. None: it does not say."""

    @property
    def source_version(self) -> int | None:
        """Higher is newer."""
        ...

    @property
    def source_updated_at(self) -> datetime | None:
        """When it came to be in the source; counts where one of the two has no version."""
        ...


def is_older(one: Versioned, *, than: Versioned) -> bool:
    """Whether one version is surely older than another."""
    if one.source_version is not None and than.source_version is not None:
        return one.source_version < than.source_version
    if one.source_updated_at is not None and than.source_updated_at is not None:
        return one.source_updated_at < than.source_updated_at
    return False


def supersedes(record: Record, before: Record) -> bool:
    """Whether a form of an object takes the place of one that came before and has not landed: the newest counts, a mention least."""
    if record.create_only:
        return False
    if before.create_only:
        return True
    return not is_older(record, than=before)


def find_references(work: PageWork, stream: Stream, external_ids: Iterable[str]) -> dict[str, Known]:
    """The known ones among some external ids of one stream of the run's connection."""
    columns = REFERENCES.c
    statement = sa.select(
        columns.external_id,
        columns.id,
        columns.entity_id,
        columns.home_id,
        columns.content_hash,
        columns.source_version,
        sa.type_coerce(columns.source_updated_at, sa.types.NULLTYPE),
        columns.is_deleted_at_source,
    ).where(columns.connection_id == work.run.connection_id, columns.stream == stream, is_among(columns.external_id, external_ids))
    return {row[0]: Known(*row) for row in work.connection.execute(statement)}


def is_home_of(customer_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a reference is the one that has made a customer, wherever that was merged meanwhile; beside a condition on the entity."""
    columns = REFERENCES.c
    return sa.or_(columns.home_id == customer_id, sa.and_(columns.home_id.is_(None), columns.entity_id == customer_id))


def find_entity_ids(work: PageWork, stream: Stream, external_ids: Iterable[str]) -> dict[str, int]:
    """Row ids by external id, for resolving mentions of parents and invoices."""
    columns = REFERENCES.c
    statement = sa.select(columns.external_id, columns.entity_id).where(
        columns.connection_id == work.run.connection_id, columns.stream == stream, is_among(columns.external_id, external_ids)
    )
    return {row[0]: row[1] for row in work.connection.execute(statement).all()}


def find_customers(work: PageWork, external_ids: Iterable[str]) -> dict[str, CustomerIds]:
    """Customers by external id, for what hangs on them."""
    columns = REFERENCES.c
    named = sa.and_(columns.connection_id == work.run.connection_id, columns.stream == Stream.CUSTOMERS, is_among(columns.external_id, external_ids))
    return {row[0]: (row[1], row[2]) for row in work.connection.execute(sa.select(columns.external_id, columns.entity_id, columns.home_id).where(named))}


def insert_references(work: PageWork, entity: Entity, rows: Sequence[tuple[Incoming, int]]) -> None:
    """A reference and the source's own values for each new row (record, row id)."""
    ids = allocate_ids(work.connection, REFERENCES, len(rows))
    run = work.run
    connection_id, run_id, now, kind = run.connection_id, run.run_id, run.stamp, entity.stored
    stream = rows[0][0].record.stream.stored
    references = [
        (key, connection_id, stream, item.external_id, kind, entity_id, item.digest, *_VERSION(item.record), False, run_id, run_id, now)
        for key, (item, entity_id) in zip(ids, rows, strict=True)
    ]
    insert_rows(work.connection, REFERENCES, columns=_COLUMNS, rows=references)
    records = [(reference_id, item.encoded.decode()) for reference_id, (item, _) in zip(ids, rows, strict=True)]
    insert_rows(work.connection, SOURCE_RECORDS, columns=("reference_id", "record"), rows=records)


def update_references(work: PageWork, rows: Sequence[tuple[Incoming, Known]]) -> None:
    """Note the new version of rows that changed."""
    run = work.run
    references = [
        (item.digest, item.record.source_version, item.record.source_updated_at, item.record.url, False, None, run.run_id, run.now, known.reference_id)
        for item, known in rows
    ]
    update_rows(work.connection, REFERENCES, columns=_CHANGED_COLUMNS, rows=references)
    records = [(item.encoded.decode(), known.reference_id) for item, known in rows]
    update_rows(work.connection, SOURCE_RECORDS, columns=("record",), rows=records, key="reference_id")


def note_deletions(work: PageWork, gone: Sequence[tuple[Deletion, Known]]) -> None:
    """Note that the source no longer has these, with the version of the deletion where it has one: an older form does not bring them back.

    And what took their place, where the source names it.
    """
    run = work.run
    rows: list[tuple[object, ...]] = []
    for deletion, known in gone:
        version = known.source_version if deletion.source_version is None else deletion.source_version
        rows.append(
            (
                True,
                clean_or_none(deletion.merged_into, MAX_ID),
                version,
                deletion.source_updated_at or known.source_updated_at,
                run.run_id,
                run.now,
                known.reference_id,
            )
        )
    update_rows(work.connection, REFERENCES, columns=_DELETED_COLUMNS, rows=rows)
