"""Requests sent to one system, and answers read whole within bounds of time and size."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from socket import gaierror
from typing import Any

import anyio
import httpx
import msgspec

from connectors.toolkit.reach import BoundTransport
from hub.plugins import PUBLIC, Reach, causes_of

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_LONGEST_WAIT_SECONDS = 86_400.0
_PORTS = {"http": 80, "https": 443}

Scalar = str | int | bool | None
"""A value of a query parameter; None: the parameter is left out."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a request may take, in seconds, and how large its answer may be once it is unpacked."""

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    whole_seconds: float = 120.0
    most_bytes: int = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. `path` starts with a slash and is appended to the system's address; `form` None: there is no body."""

    method: str
    path: str
    params: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read whole. `is_cut`: it was larger than the bounds allow, and the rest was not read."""

    status: int
    headers: httpx.Headers
    body: bytes
    is_cut: bool = False

    def document(self) -> Any:  # noqa: ANN401 - the JSON edge
        """The JSON document in it. Numbers with a fraction are Decimal, for amounts never pass through a float. Raises ValueError for no JSON."""
        try:
            return _DECODER.decode(self.body)
        except (ArithmeticError, RecursionError) as error:
            raise ValueError(str(error)) from error

    def document_or_none(self) -> Any:  # noqa: ANN401 - the JSON edge
        """The JSON document in it; None where there is none, as with the error pages of a gateway in between."""
        try:
            return self.document()
        except ValueError:
            return None

    def retry_after_seconds(self, now: datetime) -> float | None:
        """What `Retry-After` asks for, given as seconds or as a date, between 0 and a day; None: it says nothing that can be read.

        A date is compared with the answer's own `Date`, so that a clock that is wrong does not matter, and with `now` where it has none.
        """
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text), _LONGEST_WAIT_SECONDS)
        until = _http_date(text)
        if until is None:
            return None
        seconds = (until - (_http_date(self.headers.get("Date", "")) or now)).total_seconds()
        return min(max(seconds, 0.0), _LONGEST_WAIT_SECONDS)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a year or an offset that no number of the machine can hold
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


class Wire:
    """The connections to one system. Redirects are not followed: credentials go to the host that they were given for, and to no other."""

    def __init__(self, address: str, *, bounds: Bounds | None = None, transport: httpx.AsyncBaseTransport | None = None, reach: Reach = PUBLIC) -> None:
        """`address` is where all paths start; `transport` None: the network, as far as `reach` goes, which is that of the connection's context."""
        self._address = address.rstrip("/")
        self._bounds = bounds or Bounds()
        self._http = httpx.AsyncClient(
            headers={"User-Agent": f"dunwell/{version('dunwell')}", "Accept": "application/json"},
            timeout=httpx.Timeout(self._bounds.read_seconds, connect=self._bounds.connect_seconds),
            follow_redirects=False,
            transport=transport or (None if reach.is_anywhere else BoundTransport(reach)),
        )

    def place_of(self, request: Request) -> str:
        """Method, host and path of a request, for messages: no query, which may hold what is nobody's business."""
        url = httpx.URL(self._address + request.path)
        return f"{request.method} {url.netloc.decode()}{url.path}"

    def why_unreached(self, error: httpx.RequestError) -> str:
        """Why a request had no answer, for messages: what is known of the address, else the kind of the error, whose text may hold anything."""
        url = httpx.URL(self._address)
        causes = causes_of(error)
        if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
            place = url.netloc.decode() + ("" if url.port else f":{_PORTS[url.scheme]}")
            return f"nothing listens at {place}: check the address"
        if any(isinstance(cause, gaierror) for cause in causes):
            return f"the name {url.host} stands for no address: check it"
        return type(error).__name__

    async def send(self, request: Request, headers: Mapping[str, str]) -> Reply:
        """Ask once. Raises httpx.RequestError and TimeoutError; every status is an answer."""
        params = {name: _text(value) for name, value in request.params.items() if value is not None}
        with anyio.fail_after(self._bounds.whole_seconds):
            async with self._http.stream(request.method, self._address + request.path, params=params, data=request.form, headers=headers) as response:
                return await self._read(response)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _read(self, response: httpx.Response) -> Reply:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._bounds.most_bytes:
                return Reply(response.status_code, response.headers, bytes(body[: self._bounds.most_bytes]), is_cut=True)
        return Reply(response.status_code, response.headers, bytes(body))


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
