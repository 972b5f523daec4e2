"""Endpoints that only read: a caller is let in first, then the request is looked at."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.server.objects import Json, json_answer

Allow = Callable[[Request], None]
"""Raises SandboxRefusalError for a caller that is not let in."""

Read = Callable[[Request], Json]
"""Makes the answer to a request."""


def read_routes(reads: Mapping[str, Read], allow: Allow) -> list[Route]:
    """A GET route for every path."""
    return [Route(path, _endpoint(read, allow), methods=["GET"]) for path, read in reads.items()]


def _endpoint(read: Read, allow: Allow) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        allow(request)
        return json_answer(read(request))

    return answer
