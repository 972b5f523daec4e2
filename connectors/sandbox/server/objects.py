"""Objects as they are served, and JSON answers."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from starlette.responses import Response

from connectors.sandbox.system import Stored, System

Json = dict[str, Any]
"""A JSON object on its way out."""


def to_json(content: Mapping[str, Any]) -> bytes:
    """A document as bytes. Instants in it, which are in UTC, are written as the three systems write them: to the second, with a Z."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)


def find_committed(system: System, collection: str, object_id: str) -> Stored | None:
    """An object, deleted or not; None for one that was never there, or is not committed yet."""
    found = system.find(collection, object_id)
    return found if found is not None and found.is_visible else None


def served(found: Stored) -> Json:
    """An object with the four members that every object has."""
    return {**found.body, "id": found.id, "version": found.version, "created_at": found.created_at, "updated_at": found.updated_at}


def served_with_flag(found: Stored, flag: str) -> Json:
    """An object that says by a flag when it is deleted; one that is not has no flag."""
    return {**served(found), flag: True} if found.is_deleted else served(found)


def all_served(found: Iterable[Stored]) -> list[Json]:
    """The objects of a page."""
    return [served(one) for one in found]


def tombstone(found: Stored) -> Json:
    """What is still told of an object that was deleted."""
    return {"id": found.id, "version": found.version, "deleted_at": found.updated_at}


def json_answer(content: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON object as an answer."""
    return Response(to_json(content), status_code=status, headers=headers, media_type="application/json")
