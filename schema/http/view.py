"""`/graphql` over HTTP: authenticate, negotiate, read, execute, answer; in this order, and never a status of 500 for what a caller sent."""

from functools import partial
from uuid import uuid4

import anyio
import anyio.to_thread
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.access.policy import Policy
from hub.access.principal import Principal
from schema.http.answers import Answer, to_refusal_response, to_response
from schema.http.authentication import DATABASE_ERRORS, Authenticate, require_principal, unavailable
from schema.http.event_stream import EventStream
from schema.http.incoming import parse_request, read_raw, require_same_origin
from schema.http.negotiation import JSON, choose_media_type, wants_event_stream
from schema.http.operations import Caller, Operations
from schema.http.refusal import FAILED, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, RequestRefusedError
from schema.http.subscriptions import Asked, Subscriptions, TokenLostError, only, refusal_answer
from schema.limits.numbers import Limits
from schema.limits.refusal import OperationRefusedError

_log = structlog.get_logger(__name__)


class GraphQLView:
    """The ASGI application of one schema; `policy` names the roles that are let in."""

    def __init__(self, operations: Operations, subscriptions: Subscriptions, authenticate: Authenticate, *, policy: Policy, limits: Limits) -> None:
        """Prepare; the number of operations that run at once is limited, so that each finds a database connection."""
        self.policy = policy
        self._operations = operations
        self._subscriptions = subscriptions
        self._authenticate = authenticate
        self._limits = limits
        self._limiter = anyio.CapacityLimiter(limits.concurrent_operations)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request, uuid4().hex)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request, request_id: str) -> ASGIApp:
        accept = ",".join(request.headers.getlist("accept"))
        media_type = choose_media_type(accept)
        try:
            principal = await require_principal(request.headers, self._authenticate, self.policy)
            if wants_event_stream(accept):
                return await self._stream(request, request_id)
            if media_type is None:
                raise RequestRefusedError(NOT_ACCEPTABLE, "Answers are application/graphql-response+json, application/json or text/event-stream.")  # noqa: TRY301
            answer = await self._answer(request, principal, request_id)
            return to_response(answer, media_type, request_id)
        except RequestRefusedError as error:
            return to_refusal_response(error, media_type or JSON, request_id)
        except ClientDisconnect:
            raise
        except DATABASE_ERRORS as error:
            _log.warning("database cannot be used", request_id=request_id, error=type(error).__name__)
            return to_refusal_response(unavailable(), media_type or JSON, request_id)
        except Exception:  # noqa: BLE001 - the outermost loop: the log gets it whole, the caller gets a masked answer
            _log.exception("request failed", request_id=request_id)
            failed = RequestRefusedError(FAILED, f"Something went wrong here. The log tells more about request {request_id}.")
            return to_refusal_response(failed, media_type or JSON, request_id)

    async def _stream(self, request: Request, request_id: str) -> ASGIApp:
        """The answers to an operation as a stream of events; what is wrong with the operation is told as one of them."""
        raw = await self._read(request)
        parsed = await anyio.to_thread.run_sync(partial(parse_request, request.method, raw, self._limits), limiter=self._limiter)
        asked = Asked(parsed, request.headers["authorization"], request_id)
        try:
            answers = await self._subscriptions.open(asked, is_read_only=request.method == "GET")
        except (OperationRefusedError, TokenLostError) as error:
            answers = only(refusal_answer(error, request_id, self._limits))
        return EventStream(answers, lambda error: refusal_answer(error, request_id, self._limits), request_id=request_id, limits=self._limits)

    async def _read(self, request: Request) -> bytes:
        if request.method not in {"GET", "POST"}:
            raise RequestRefusedError(METHOD_NOT_ALLOWED, "Use POST, or GET for queries.")
        require_same_origin(request)
        return await read_raw(request, self._limits)

    async def _answer(self, request: Request, principal: Principal, request_id: str) -> Answer:
        raw = await self._read(request)
        caller = Caller(principal, request_id, is_read_only=request.method == "GET")
        work = partial(self._work, request.method, raw, caller)
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    def _work(self, method: str, raw: bytes, caller: Caller) -> Answer:
        return self._operations.run(parse_request(method, raw, self._limits), caller)
