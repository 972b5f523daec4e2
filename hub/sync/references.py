"""Looking up and writing external references: how rows are found again, and what guards them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter

import sqlalchemy as sa
from msgspec import Struct

from hub.model import ExternalReference, SourceRecord, table_of
from hub.plugins.records import Record
from hub.store.bulk import allocate_ids, insert_rows, update_rows
from hub.store.lookup import is_among
from hub.sync.context import Incoming, PageWork
from hub.vocabulary import Entity, Stream

REFERENCES = table_of(ExternalReference)
SOURCE_RECORDS = table_of(SourceRecord)

_COLUMNS = (
    "id connection_id stream external_id entity entity_id content_hash source_version source_updated_at url is_deleted_at_source "
    "created_run_id changed_run_id changed_at"
).split()
_VERSION: Callable[[Record], tuple[int | None, datetime | None, str | None]] = attrgetter("source_version", "source_updated_at", "url")
_CHANGED_COLUMNS = ("content_hash", "source_version", "source_updated_at", "url", "is_deleted_at_source", "changed_run_id", "changed_at")


class Known(Struct, frozen=True):
    """What is known of an external id: its reference, the row that it leads to, and the version that was last applied."""

    reference_id: int
    entity_id: int
    content_hash: bytes
    source_version: int | None
    source_updated_at: datetime | None
    is_deleted: bool

    def is_newer_than(self, incoming: Incoming) -> bool:
        """Whether the stored version is newer than the incoming one: then the incoming one is left out."""
        record = incoming.record
        if self.source_version is not None and record.source_version is not None:
            return record.source_version < self.source_version
        if self.source_updated_at is not None and record.source_updated_at is not None:
            return record.source_updated_at < self.source_updated_at
        return False


def supersedes(record: Record, before: Record) -> bool:
    """Whether a form of an object takes the place of one that came before and has not landed: the newest counts, a mention least."""
    if record.create_only:
        return False
    if before.create_only:
        return True
    if record.source_version is not None and before.source_version is not None:
        return record.source_version >= before.source_version
    if record.source_updated_at is not None and before.source_updated_at is not None:
        return record.source_updated_at >= before.source_updated_at
    return True


def find_references(work: PageWork, stream: Stream, external_ids: Iterable[str]) -> dict[str, Known]:
    """The known ones among some external ids of one stream of the run's connection."""
    columns = REFERENCES.c
    statement = sa.select(
        columns.external_id,
        columns.id,
        columns.entity_id,
        columns.content_hash,
        columns.source_version,
        columns.source_updated_at,
        columns.is_deleted_at_source,
    ).where(columns.connection_id == work.run.connection_id, columns.stream == stream, is_among(columns.external_id, external_ids))
    return {row[0]: Known(*row[1:]) for row in work.connection.execute(statement).all()}


def find_entity_ids(work: PageWork, stream: Stream, external_ids: Iterable[str]) -> dict[str, int]:
    """Row ids by external id, for resolving mentions of parents and invoices."""
    columns = REFERENCES.c
    statement = sa.select(columns.external_id, columns.entity_id).where(
        columns.connection_id == work.run.connection_id, columns.stream == stream, is_among(columns.external_id, external_ids)
    )
    return {row[0]: row[1] for row in work.connection.execute(statement).all()}


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
        (item.digest, item.record.source_version, item.record.source_updated_at, item.record.url, False, run.run_id, run.now, known.reference_id)
        for item, known in rows
    ]
    update_rows(work.connection, REFERENCES, columns=_CHANGED_COLUMNS, rows=references)
    records = [(item.encoded.decode(), known.reference_id) for item, known in rows]
    update_rows(work.connection, SOURCE_RECORDS, columns=("record",), rows=records, key="reference_id")


def mark_deleted(work: PageWork, reference_ids: Sequence[int]) -> None:
    """Note that the source no longer has these."""
    rows = [(True, work.run.run_id, work.run.now, reference_id) for reference_id in reference_ids]
    update_rows(work.connection, REFERENCES, columns=("is_deleted_at_source", "changed_run_id", "changed_at"), rows=rows)
