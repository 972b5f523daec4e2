"""What was read, as a page for the hub."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.sandbox.mapping import Collection, Outcome, map_mention, map_object
from connectors.toolkit.paging import Portion
from hub.plugins import Deletion, Notice, Page, Refusal, date_of


def portion_page(collection: Collection, portion: Portion, *, since: date | None) -> Page:
    """The page of a part of a list. Documents that are older than `since` are left out."""
    mentions = [found for item in portion.items if (found := map_mention(collection, item)) is not None]
    outcomes = [*mentions, *(map_object(collection, item) for item in portion.items)]
    return outcomes_page(outcomes, since=since, cursor=portion.cursor, ends_at=portion.ends_at, notices=merges(collection, portion.items))


def outcomes_page(
    outcomes: Iterable[Outcome],
    *,
    since: date | None = None,
    cursor: str | None = None,
    ends_at: str | None = None,
    notices: Sequence[Notice] = (),
) -> Page:
    """A page of records, deletions and refusals."""
    kept = [found for found in outcomes if since is None or (day := date_of(found)) is None or day >= since]
    return Page(
        records=[found for found in kept if not isinstance(found, Deletion | Refusal)],
        deletions=[found for found in kept if isinstance(found, Deletion)],
        refusals=[found for found in kept if isinstance(found, Refusal)],
        notices=notices,
        cursor=cursor,
        ends_at=ends_at,
    )


def merges(collection: Collection, items: Iterable[Mapping[str, Any]]) -> list[Notice]:
    """Which objects were merged into others: their deletion alone would not tell where they went."""
    return [
        Notice(place=f"{collection.system.value} {collection.name} {item.get('id')}", message=f"it was merged into {item['merged_into']}", field="merged_into")
        for item in items
        if item.get("merged_into")
    ]
