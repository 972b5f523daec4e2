"""Exports: what was asked to leave the hub as one file, and where it can be fetched."""

from collections.abc import Callable
from decimal import Decimal

from hub.access.rows import row_predicate
from hub.model import BulkOperation, table_of
from hub.vocabulary import BulkOperationStatus
from schema.ids import encode_id
from schema.plan.declaring import column, computed, expression_of, id_of
from schema.plan.mapping import RowType, ValueField
from schema.plan.reading import Reading

EXPORTS_PATH = "/exports"
"""Below this address of the hub the files are."""

_TYPE = "BulkOperation"
_OPERATIONS = table_of(BulkOperation)


def _url_for(reading: Reading) -> Callable[[int, str, int], str | None]:
    """Where the file is, for the token that asked: nobody else is given it."""

    def url(key: int, status: str, token_id: int) -> str | None:
        is_mine = token_id == reading.principal.token_id
        return f"{EXPORTS_PATH}/{encode_id(_TYPE, key)}" if is_mine and status == BulkOperationStatus.COMPLETED.stored else None

    return url


BULK_OPERATION = RowType(
    name=_TYPE,
    description="A whole list that leaves the hub as one file. Callers see their own; who may read the audit log sees all of them.",
    relation=lambda reading: reading.rows_of(_OPERATIONS),
    readable=row_predicate,
    is_node=True,
    fields={
        "id": id_of(_TYPE),
        "status": column(BulkOperation.status, "What has become of it.", filtered=True),
        "format": column(BulkOperation.format, "How the file is written.", filtered=True),
        "query": column(BulkOperation.query, "What was asked for."),
        "actor": column(BulkOperation.actor, "The name of the token that asked.", filtered=True),
        "reason": column(BulkOperation.reason, "Why, in the words of who asked; null: nobody said."),
        "objectCount": column(BulkOperation.object_count, "How many objects are written; while it runs, how many were when it was last noted."),
        "byteSize": computed(
            "Decimal!", "How many bytes are written, as a whole number; likewise.", needs=(expression_of(BulkOperation.byte_size),), make=Decimal
        ),
        "url": ValueField(
            type="URL",
            description="Where the file is, from the address of the hub on; null: it is not finished, has expired, or another token asked for it.",
            needs=(expression_of(BulkOperation.id), expression_of(BulkOperation.status), expression_of(BulkOperation.token_id)),
            make_for=_url_for,
        ),
        "errorCode": column(BulkOperation.error_code, "Why it failed, for programs; null: it has not failed.", filtered=True),
        "problem": column(BulkOperation.problem, "Why it failed, in words; null: it has not failed."),
        "createdAt": column(BulkOperation.created_at, "When it was asked for.", filtered=True, ordered=True),
        "startedAt": column(BulkOperation.started_at, "When it was begun for the first time; null: it was not."),
        "completedAt": column(BulkOperation.completed_at, "When it ended, one way or another; null: it has not.", filtered=True),
        "expiresAt": column(BulkOperation.expires_at, "Until when the file can be fetched; null: the hub keeps none.", filtered=True),
    },
    default_order=(("CREATED_AT", True),),
)
