"""Files that are brought in through the API, and what becomes of them."""

from enum import auto

from hub.vocabulary.named import Named


class UploadState(Named):
    """What has become of a staged upload."""

    WAITING = auto()
    COMPLETE = auto()
    EXPIRED = auto()


class FileImportKind(Named):
    """Whether an import is done, or only looked at."""

    PREVIEW = auto()
    APPLY = auto()


class FileImportState(Named):
    """What has become of an import of a file. QUEUED, RUNNING and CANCELLED follow from its job, the others are kept with it."""

    QUEUED = auto()
    RUNNING = auto()
    READY = auto()
    APPLIED = auto()
    HELD = auto()
    FAILED = auto()
    CANCELLED = auto()
