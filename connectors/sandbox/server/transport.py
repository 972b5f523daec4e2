"""The sandbox without a server: an httpx transport that calls the application in this process, with the faults of a network."""

from typing import Final

import httpx
from starlette.applications import Starlette

from connectors.sandbox.server.faults import FAULT_HEADER, IN_PROCESS_FAULTS, SPARED, Fault, FaultSchedule, choose_fault

_OF_THE_NETWORK: Final = frozenset({Fault.NO_CONNECTION, Fault.SLOW_ANSWER, Fault.LOST_ANSWER})


class FaultyTransport(httpx.AsyncBaseTransport):
    """Passes requests on to another transport, and fails as a network does when the schedule, or a header of the request, says so.

    It decides for the application behind it too, and tells it by the header, so that one schedule serves both and a request has one fault.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, schedule: FaultSchedule) -> None:
        self._inner = inner
        self._schedule = schedule

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the transport behind. Raises httpx.ConnectError before, httpx.ReadTimeout or RemoteProtocolError after it was made."""
        url, query = request.url, request.url.query.decode("latin-1")
        fault = choose_fault(self._schedule, IN_PROCESS_FAULTS, headers=request.headers, method=request.method, path=url.path, query=query)
        if fault is not None and fault in _OF_THE_NETWORK:
            self._schedule.done[fault] += 1
        if fault is Fault.NO_CONNECTION:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        response = await self._inner.handle_async_request(_passed_on(request, fault))
        if fault not in _OF_THE_NETWORK:
            return response
        await response.aread()
        await response.aclose()
        if fault is Fault.SLOW_ANSWER:
            raise httpx.ReadTimeout("The answer took too long", request=request)
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)

    async def aclose(self) -> None:
        """Close the transport behind."""
        await self._inner.aclose()


def _passed_on(request: httpx.Request, fault: Fault | None) -> httpx.Request:
    """The same request, which tells the application what to do with it; the original may be sent again."""
    headers = request.headers.copy()
    headers[FAULT_HEADER] = SPARED if fault is None or fault in _OF_THE_NETWORK else fault.value
    return httpx.Request(request.method, request.url, headers=headers, stream=request.stream, extensions=request.extensions)


def in_process_transport(app: Starlette) -> httpx.AsyncBaseTransport:
    """A transport to an application of `build_app`, with the faults of its schedule."""
    schedule: FaultSchedule = app.state.faults
    return FaultyTransport(httpx.ASGITransport(app), schedule)
