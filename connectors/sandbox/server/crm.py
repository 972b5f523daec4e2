"""The CRM: companies, contacts and subscriptions, with a cursor over their last changes; what is deleted is archived."""

from secrets import compare_digest

from starlette.requests import Request
from starlette.routing import BaseRoute

from connectors.sandbox.server.listing import by_change, is_any
from connectors.sandbox.server.objects import Json, find_committed, served_with_flag
from connectors.sandbox.server.paging import token_page
from connectors.sandbox.server.parameters import Parameters
from connectors.sandbox.server.refusals import SandboxRefusalError, not_found
from connectors.sandbox.server.routing import Read, read_routes
from connectors.sandbox.system import System

COLLECTIONS = ("companies", "contacts", "subscriptions")
_FLAG = "archived"


def crm_routes(system: System, key: str) -> list[BaseRoute]:
    """The routes below `/crm`."""

    def allow(request: Request) -> None:
        if not compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {key}".encode()):
            raise SandboxRefusalError(401, "unauthorised", "the key is missing or wrong")

    reads: dict[str, Read] = {
        **{f"/v1/{collection}": _changes(system, collection) for collection in COLLECTIONS},
        **{f"/v1/{collection}/{{id}}": _single(system, collection) for collection in COLLECTIONS},
    }
    return [*read_routes(reads, allow)]


def _changes(system: System, collection: str) -> Read:
    listing = by_change(system, collection, wants=is_any)

    def read(request: Request) -> Json:
        asked = Parameters(request, "modified_since", "cursor", "limit")
        page, token = token_page(listing, asked.instant("modified_since"), token=asked.text("cursor"), limit=asked.limit())
        return {"results": [served_with_flag(found, _FLAG) for found in page.objects], "next_cursor": token}

    return read


def _single(system: System, collection: str) -> Read:
    def read(request: Request) -> Json:
        Parameters(request)
        object_id: str = request.path_params["id"]
        found = find_committed(system, collection, object_id)
        if found is None:
            raise not_found(object_id)
        return served_with_flag(found, _FLAG)

    return read
