"""The way in: an HTTP request becomes a GraphQL request, or is refused before anything of it is parsed as GraphQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote_to_bytes

import anyio
from starlette.requests import Request

from hub.access.requests import is_same_origin
from schema.http.negotiation import JSON, parse_content_type
from schema.http.refusal import BODY_TOO_SLOW, FORBIDDEN, MALFORMED, TOO_LARGE, UNSUPPORTED_TYPE, URL_TOO_LONG, RequestRefusedError
from schema.http.strict_json import StrictJsonError, parse_strict, refuse_unstorable
from schema.limits.numbers import Limits


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a caller asks: the document's text, which of its operations, the values of its variables, and extensions.

    `object_count` is how many objects the variables have.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    object_count: int = 0


def require_same_origin(request: Request) -> None:
    """Refuse what a page of another origin sends: browsers name the page's origin, other callers send no such header."""
    if not is_same_origin(request.headers.get("origin"), request.headers.get("host", "")):
        raise RequestRefusedError(FORBIDDEN, "Requests from pages of another origin are not taken.")


async def read_raw(request: Request, limits: Limits) -> bytes:
    """What a GET or POST carries, as it came. Raises RequestRefusedError for what is too large, too slow or of another type."""
    if request.method == "GET":
        raw = cast("bytes", request.scope.get("query_string", b""))
        if len(raw) > limits.query_bytes:
            raise RequestRefusedError(URL_TOO_LONG, f"The URL is longer than {limits.query_bytes} bytes; use POST.")
        return raw
    _require_json(request)
    return await _read_body(request, limits)


def parse_request(method: str, raw: bytes, limits: Limits) -> GraphQLRequest:
    """The GraphQL request in what `read_raw` gave. Takes time linear to it, so call it off the event loop."""
    try:
        found = _query_parameters(raw, limits) if method == "GET" else _parse(_decode(raw), limits)
        return _from_parameters(found, limits)
    except StrictJsonError as error:
        raise RequestRefusedError(MALFORMED, f"The request cannot be read: {error}.") from error


def request_of(payload: object, limits: Limits) -> GraphQLRequest:
    """The GraphQL request in a message of a socket, which has been read as JSON already. Raises RequestRefusedError."""
    if not isinstance(payload, dict):
        raise RequestRefusedError(MALFORMED, "`payload` must be an object with a `query`.")
    return _from_parameters(cast("dict[str, Any]", payload), limits)


# --- POST -----------------------------------------------------------------------------------------


def _require_json(request: Request) -> None:
    media_type, charset = parse_content_type(request.headers.get("content-type", ""))
    if media_type != JSON:
        raise RequestRefusedError(UNSUPPORTED_TYPE, "Send the request as application/json.")
    if charset not in {None, "utf-8", "utf8"}:
        raise RequestRefusedError(UNSUPPORTED_TYPE, "Send the request in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefusedError(UNSUPPORTED_TYPE, "Send the request without a content encoding.")


async def _read_body(request: Request, limits: Limits) -> bytes:
    """The body, counted while it comes in, since a length may be missing or a lie."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and (len(stated) > len(str(limits.body_bytes)) or int(stated) > limits.body_bytes):
        raise _body_too_large(limits)
    body = bytearray()
    try:
        with anyio.fail_after(limits.body_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise _body_too_large(limits)
    except TimeoutError as error:
        raise RequestRefusedError(BODY_TOO_SLOW, f"The body did not arrive within {limits.body_seconds:g} seconds.") from error
    return bytes(body)


def _body_too_large(limits: Limits) -> RequestRefusedError:
    return RequestRefusedError(TOO_LARGE, f"The body is larger than {limits.body_bytes} bytes.")


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestRefusedError(MALFORMED, f"The request is not UTF-8: byte {error.start} does not belong there.") from error


def _parse(text: str, limits: Limits) -> dict[str, Any]:
    found = parse_strict(text, depth=limits.json_depth, number_length=limits.number_length)
    if not isinstance(found, dict):
        raise RequestRefusedError(MALFORMED, "The request must be one JSON object; send one operation at a time.")
    return cast("dict[str, Any]", found)


# --- GET ------------------------------------------------------------------------------------------


def _query_parameters(raw: bytes, limits: Limits) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in raw.split(b"&"):
        name, _, value = (_decode(unquote_to_bytes(part.replace(b"+", b" "))) for part in pair.partition(b"="))
        if name in found:
            raise RequestRefusedError(MALFORMED, f"The parameter {name[:50]!r} appears twice.")
        found[name] = value
    refuse_unstorable(found)
    given = {name: value for name, value in found.items() if value}
    for name in given.keys() & {"variables", "extensions"}:
        given[name] = parse_strict(given[name], depth=limits.json_depth, number_length=limits.number_length)
    return given


# --- both -----------------------------------------------------------------------------------------


def _from_parameters(found: Mapping[str, Any], limits: Limits) -> GraphQLRequest:
    query = _text(found, "query")
    if not query:
        raise RequestRefusedError(MALFORMED, "`query` is missing: send the document as text.")
    if len(query.encode()) > limits.query_bytes:
        raise RequestRefusedError(TOO_LARGE, f"`query` is larger than {limits.query_bytes} bytes.")
    variables = _object(found, "variables")
    object_count = _counted_objects(variables, limits)
    return GraphQLRequest(query, _text(found, "operationName"), variables, _object(found, "extensions"), object_count)


def require_few_objects(request: GraphQLRequest, limits: Limits) -> None:
    """Raise RequestRefusedError for variables that are good for a mutation only: in a query each object may become a condition."""
    if request.object_count > limits.objects:
        raise _too_many_objects(limits.objects)


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    if value is not None and not isinstance(value, str):
        raise RequestRefusedError(MALFORMED, f"`{name}` must be a text or null.")
    return value


def _object(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RequestRefusedError(MALFORMED, f"`{name}` must be an object or null.")
    return cast("dict[str, Any]", value)


def _too_many_objects(most: int) -> RequestRefusedError:
    return RequestRefusedError(MALFORMED, f"`variables` has more than {most} objects.")


def _counted_objects(variables: Mapping[str, Any], limits: Limits) -> int:
    """How many objects the variables have. Raises RequestRefusedError for more than any operation may have."""
    waiting: list[Any] = list(variables.values())
    objects = 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            objects += 1
            if objects > limits.mutation_objects:
                raise _too_many_objects(limits.mutation_objects)
            waiting.extend(cast("dict[str, Any]", value).values())
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            if len(items) > limits.list_items:
                raise RequestRefusedError(MALFORMED, f"A list in `variables` has {len(items)} items; {limits.list_items} at most.")
            waiting.extend(items)
    return objects
