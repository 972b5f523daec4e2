"""What events hint at, as values: their stored form, the objects that they ask for, and whether a fetched page answers them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from hub.plugins.connector import Page
from hub.plugins.webhooks import WebhookHint
from hub.vocabulary import Stream

Target = tuple[Stream, str]
"""An object of the source: its stream and external id."""

Versions = Mapping[Target, int | None]
"""Objects with a version each; None: the version is not known."""


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


def answered(page: Page, targets: Collection[Target]) -> dict[Target, int | None]:
    """Which of some objects a page tells of, as record, deletion or refusal, and in which version: the newest, if it tells of one twice.

    A mention of an object inside another one tells nothing of it.
    """
    found: dict[Target, int | None] = {}
    told = [item for item in page.records if not item.create_only]
    for item in (*told, *page.deletions):
        target = (item.stream, item.external_id)
        if target in targets:
            found[target] = _highest(found.get(target), item.source_version)
    for refusal in page.refusals:
        streams = tuple(Stream) if refusal.stream is None else (refusal.stream,)
        found |= {(stream, name): None for stream in streams if (name := refusal.external_id) is not None and (stream, name) in targets}
    return found


def is_behind(version: int | None, hint: WebhookHint) -> bool:
    """Whether a version is older than the one that a hint tells of; an unknown one never is."""
    return version is not None and hint.source_version is not None and version < hint.source_version


def _highest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
