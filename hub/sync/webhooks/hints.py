"""What events hint at, as values: their stored form, the objects that they ask for, and whether a version is behind them."""

from collections.abc import Iterable, Sequence
from typing import Any

from hub.plugins.webhooks import WebhookHint
from hub.sync.answers import Target
from hub.vocabulary import Stream


def to_document(hints: Sequence[WebhookHint]) -> list[dict[str, Any]] | None:
    """Hints as they are stored; None for none."""
    return [{"stream": hint.stream.stored, "external_id": hint.external_id, "version": hint.source_version} for hint in hints] or None


def from_document(document: Any) -> tuple[WebhookHint, ...]:  # noqa: ANN401 - a JSON document
    """Stored hints; those of a stream that this version does not know are left out."""
    known = [item for item in document or () if item["stream"] in Stream.__members__]
    return tuple(WebhookHint(Stream[item["stream"]], item["external_id"], item["version"]) for item in known)


def targets_of(hints: Iterable[WebhookHint]) -> list[Target]:
    """The objects that hints are about, each once."""
    return list(dict.fromkeys((hint.stream, hint.external_id) for hint in hints))


def is_behind(version: int | None, hint: WebhookHint) -> bool:
    """Whether a version is older than the one that a hint tells of; an unknown one never is."""
    return version is not None and hint.source_version is not None and version < hint.source_version
