"""`/graphql/schema.graphql`: the schema in its own language, for code generators and people."""

import hashlib
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.access.policy import Policy
from schema.http.answers import to_refusal_response
from schema.http.authentication import Authenticate, require_principal
from schema.http.negotiation import JSON
from schema.http.refusal import Refusal, RequestRefusedError


class SchemaDocument:
    """The ASGI application that gives the text; its ETag is a digest of it, so that callers see at once whether the schema changed."""

    def __init__(self, text: str, authenticate: Authenticate, *, policy: Policy) -> None:
        """`text` is the schema in the GraphQL schema language."""
        self.policy = policy
        self._authenticate = authenticate
        self._content = text.encode()
        self._tag = f'"{hashlib.sha256(self._content).hexdigest()}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            await require_principal(request.headers, self._authenticate, self.policy)
            response = self._respond(request)
        except RequestRefusedError as error:
            response = to_refusal_response(error, JSON, uuid4().hex)
        await response(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise RequestRefusedError(Refusal(405, headers={"Allow": "GET, HEAD"}), "Use GET.")
        headers = {"ETag": self._tag, "Cache-Control": "private, no-cache", "Content-Type": "application/graphql; charset=utf-8"}
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if self._tag in known or "*" in known:
            return Response(status_code=304, headers=headers)
        return Response(self._content, headers=headers)
