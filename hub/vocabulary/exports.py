"""Exports: their forms, and what becomes of them."""

from enum import auto

from hub.vocabulary.named import Named


class ExportFormat(Named):
    """How an export is written."""

    JSONL = auto()
    CSV = auto()


class BulkOperationStatus(Named):
    """State of a bulk operation."""

    QUEUED = auto()
    RUNNING = auto()
    COMPLETED = auto()
    FAILED = auto()
    CANCELLED = auto()
    EXPIRED = auto()


class BulkOperationErrorCode(Named):
    """Why a bulk operation failed."""

    ACCESS_LOST = auto()
    QUERY_REFUSED = auto()
    NO_ROOM = auto()
    ABANDONED = auto()
