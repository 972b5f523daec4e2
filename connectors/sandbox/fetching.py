"""Single objects, as they are now."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from connectors.sandbox.client import look_up
from connectors.sandbox.mapping import Collection, Outcome, map_object, map_tombstone
from connectors.toolkit.http import Absent, Gone, HttpClient, Withheld
from connectors.toolkit.together import ask_each
from hub.plugins import Deletion, Refusal

AT_ONCE = 5


async def fetch_outcomes(client: HttpClient, wanted: Sequence[tuple[Collection, str]]) -> list[Outcome]:
    """What has become of some objects, by collection and id. Those that the source does not know are left out; one that it withholds is refused."""

    async def fetch(one: tuple[Collection, str]) -> Outcome | None:
        collection, object_id = one
        found = await look_up(client, collection.path, object_id)
        match found:
            case Absent():
                return None
            case Gone():
                return _gone(collection, object_id, found.document)
            case Withheld():
                return _withheld(collection, object_id, found)
            case _:
                return map_object(collection, cast("Mapping[str, Any]", found.document))

    outcomes = await ask_each(fetch, [one for one in wanted if one[1]], at_once=AT_ONCE)
    return [found for found in outcomes if found is not None]


def _gone(collection: Collection, object_id: str, document: object) -> Outcome:
    """A deletion, with its version and instant where the source tells them."""
    if isinstance(document, dict):
        return map_tombstone(collection, cast("Mapping[str, Any]", document))
    return Deletion(stream=collection.stream, external_id=object_id)


def _withheld(collection: Collection, object_id: str, found: Withheld) -> Refusal:
    """A refusal: of an object that is there, as far as anybody knows, and that we may not see."""
    return Refusal(
        place=f"{collection.system.value} {collection.name} {object_id}",
        reason=f"the source does not let us see it: {found.answer}",
        stream=collection.stream,
        external_id=object_id,
    )
