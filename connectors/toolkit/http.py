"""The client of one connection: asks over HTTP, and says by the type of an error what happens next."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import httpx

from connectors.toolkit.credentials import Credential, FixedHeaders
from connectors.toolkit.limits import Limiter
from connectors.toolkit.verdicts import Classify, Verdict, verdict_by_status
from connectors.toolkit.wire import Reply, Request, Scalar, Wire
from hub.plugins import AuthorisationError, Clock, RateLimitedError, SourceContractError, TransientSourceError

_UNAUTHORISED = 401


class UnknownPlaceError(SourceContractError):
    """The source does not know the place where a page was to begin, such as a token that has expired: the list is read again from its start."""


@dataclass(frozen=True, slots=True)
class Present:
    """What was asked for is there."""

    document: Any


@dataclass(frozen=True, slots=True)
class Gone:
    """It was there, and the source says that it is no more. `document` is what the source says of it; None: nothing."""

    document: Any


@dataclass(frozen=True, slots=True)
class Absent:
    """The source does not know it."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """It may be there, but our credentials, good as they are, do not open it. `answer` is what was asked and answered, in words."""

    answer: str


Lookup = Present | Gone | Absent | Withheld


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HttpClient:
    """Asks one system on behalf of one connection. A copy with another feed or credential is made by `dataclasses.replace`.

    It does not retry: the sync engine does, from the last cursor that was kept and no sooner than `retry_after_seconds`, so that there is
    one place that counts attempts. The one request that it repeats is one that was refused with 401, once, when its credential has
    been renewed. `feed` None: it asks for no feed in particular. Messages name method, host and path, and no value of a query.
    """

    wire: Wire
    connection: str
    clock: Clock
    limiter: Limiter | None = None
    credential: Credential = field(default_factory=FixedHeaders)
    classify: Classify = verdict_by_status
    feed: str | None = None

    async def get_json(self, path: str, params: Mapping[str, Scalar] | None = None) -> Any:  # noqa: ANN401 - the JSON edge
        """The document at an address that is always there, such as a list. Raises SourceError."""
        request = Request(method="GET", path=path, params=params or {})
        return self._present(request, await self._ask(request))

    async def get_page(self, path: str, params: Mapping[str, Scalar]) -> Any:  # noqa: ANN401 - the JSON edge
        """The document of a page that begins at a place of the source's own. Raises UnknownPlaceError where it knows it no more, and SourceError."""
        request = Request(method="GET", path=path, params=params)
        found = await self._ask(request)
        if isinstance(found, Gone | Absent):
            message = f"{self.wire.place_of(request)}: it does not know the place where this page begins"
            raise UnknownPlaceError(message, connection=self.connection, feed=self.feed)
        return self._present(request, found)

    async def look_up(self, path: str, params: Mapping[str, Scalar] | None = None) -> Lookup:
        """What is at an address that need not be there, such as one object. Raises SourceError."""
        return await self._ask(Request(method="GET", path=path, params=params or {}))

    async def post_form(self, path: str, form: Mapping[str, str]) -> Any:  # noqa: ANN401 - the JSON edge
        """The answer to a form. Raises SourceError."""
        request = Request(method="POST", path=path, form=form)
        return self._present(request, await self._ask(request))

    def contract_error(self, message: str) -> SourceContractError:
        """The payload no longer has the agreed shape, in this client's feed."""
        return SourceContractError(message, connection=self.connection, feed=self.feed)

    def transient_error(self, message: str) -> TransientSourceError:
        """Another try may do better, in this client's feed."""
        return TransientSourceError(message, connection=self.connection, feed=self.feed)

    def _authorisation_error(self, what: str) -> AuthorisationError:
        return AuthorisationError(f"{what}: it refuses our credentials", connection=self.connection, feed=self.feed)

    def _present(self, request: Request, found: Lookup) -> Any:  # noqa: ANN401 - the JSON edge
        if isinstance(found, Present):
            return found.document
        if isinstance(found, Withheld):
            raise self._authorisation_error(found.answer)
        raise self.contract_error(f"{self.wire.place_of(request)}: there is nothing at this address")

    async def _ask(self, request: Request) -> Lookup:
        headers = await self.credential.headers()
        reply = await self._send(request, headers)
        if reply.status == _UNAUTHORISED and await self.credential.renew(headers):
            reply = await self._send(request, await self.credential.headers())
        return self._judge(request, reply)

    async def _send(self, request: Request, headers: Mapping[str, str]) -> Reply:
        turn: AbstractAsyncContextManager[None] = self.limiter.turn() if self.limiter is not None else nullcontext()
        async with turn:
            self._require_no_pause(request)
            try:
                return await self.wire.send(request, headers)
            except TimeoutError as error:
                raise self.transient_error(f"{self.wire.place_of(request)}: no whole answer in time") from error
            except httpx.RequestError as error:
                raise self.transient_error(f"{self.wire.place_of(request)}: {self.wire.why_unreached(error)}") from error

    def _require_no_pause(self, request: Request) -> None:
        """What was told to one request holds for all of the same credential, and one that would have to wait for long is told so without asking."""
        seconds = self.limiter.pause_seconds if self.limiter is not None else 0.0
        if seconds > 0:
            message = f"{self.wire.place_of(request)}: not asked, for the source has told another request to wait"
            raise RateLimitedError(message, connection=self.connection, feed=self.feed, retry_after_seconds=seconds)

    def _judge(self, request: Request, reply: Reply) -> Lookup:
        what = f"{self.wire.place_of(request)} answered {reply.status}"
        match self.classify(reply):
            case Verdict.FINE:
                return Present(self._document(what, reply))
            case Verdict.ABSENT:
                return Absent()
            case Verdict.GONE:
                return Gone(reply.document_or_none())
            case Verdict.RATE_LIMITED:
                seconds = reply.retry_after_seconds(self.clock.now())
                if self.limiter is not None and seconds is not None:
                    self.limiter.pause_for(seconds)
                raise RateLimitedError(f"{what}: too many requests", connection=self.connection, feed=self.feed, retry_after_seconds=seconds)
            case Verdict.TRANSIENT:
                seconds = reply.retry_after_seconds(self.clock.now())
                raise TransientSourceError(what, connection=self.connection, feed=self.feed, retry_after_seconds=seconds)
            case Verdict.UNAUTHORISED:
                raise self._authorisation_error(what)
            case Verdict.FORBIDDEN:
                return Withheld(what)
            case Verdict.BROKEN:
                raise self.contract_error(f"{what}, which is not agreed")

    def _document(self, what: str, reply: Reply) -> Any:  # noqa: ANN401 - the JSON edge
        if reply.is_cut:
            raise self.contract_error(f"{what} with more than {len(reply.body)} bytes, which is more than one answer may have")
        try:
            return reply.document()
        except ValueError as error:
            raise self.transient_error(f"{what} with no complete JSON document") from error
