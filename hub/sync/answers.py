"""What a page of fetched objects answers: which of those that were asked for it tells of."""

from collections.abc import Collection, Mapping

from hub.plugins.connector import Page
from hub.vocabulary import Stream

Target = tuple[Stream, str]
"""An object of the source: its stream and external id. Another stream may have an object of the same id."""

Versions = Mapping[Target, int | None]
"""Objects with a version each; None: the version is not known."""


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


def _highest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
