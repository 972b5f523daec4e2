"""The sandbox behind a real server on a loopback port: the faults that only a real connection shows."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import httpx
import pytest

from connectors.sandbox.server import FAULT_HEADER, Fault, FaultSchedule, build_app
from hub.app import make_server
from hub.config import ServerSettings
from tests.connectors.sandbox.server.trio import BEARER, Trio, fill

COMPANIES = "/crm/v1/companies"


@asynccontextmanager
async def served(trio: Trio, faults: FaultSchedule) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a server that ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(build_app(trio, clock=trio.clock, faults=faults), ServerSettings())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(server.serve, sockets=[listening]))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", headers=BEARER) as client:
                yield client
            server.should_exit = True


def asks_for(fault: Fault) -> dict[str, str]:
    return {FAULT_HEADER: fault.value}


@pytest.fixture
def trio() -> Trio:
    trio = Trio()
    fill(trio.crm, "companies", 40)
    return trio


@pytest.fixture
def faults() -> FaultSchedule:
    return FaultSchedule(seed=1, rate=0)


async def test_it_serves_what_it_serves_in_process(trio: Trio, faults: FaultSchedule) -> None:
    async with served(trio, faults) as real, trio.client() as in_process:
        assert (await real.get(COMPANIES)).json() == (await in_process.get(COMPANIES, headers=BEARER)).json()


async def test_a_lost_answer_ends_the_connection(trio: Trio, faults: FaultSchedule) -> None:
    async with served(trio, faults) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(COMPANIES, headers=asks_for(Fault.LOST_ANSWER))
        assert (await client.get(COMPANIES)).status_code == 200


async def test_a_slow_answer_comes_in_the_end(trio: Trio, faults: FaultSchedule) -> None:
    faults.slow_seconds = 0
    async with served(trio, faults) as client:
        assert (await client.get(COMPANIES, headers=asks_for(Fault.SLOW_ANSWER))).json() == (await client.get(COMPANIES)).json()


async def test_a_slow_answer_ends_when_nobody_waits_for_it(trio: Trio, faults: FaultSchedule) -> None:
    faults.slow_seconds = 3600
    with anyio.fail_after(60):
        async with served(trio, faults) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.get(COMPANIES, headers=asks_for(Fault.SLOW_ANSWER), timeout=0.05)
            assert (await client.get(COMPANIES)).status_code == 200


async def test_a_request_gets_the_fault_of_its_number_but_for_those_that_a_server_cannot_make(trio: Trio) -> None:
    schedule = FaultSchedule(2, 0.7, [Fault.SERVER_ERROR, Fault.NO_CONNECTION])
    async with served(trio, schedule) as client:
        statuses = [(await client.get(COMPANIES)).status_code for _ in range(12)]
    planned = [schedule.planned(number) for number in range(1, 13)]
    assert statuses == [500 if fault is Fault.SERVER_ERROR else 200 for fault in planned]
    assert set(planned) == {None, Fault.SERVER_ERROR, Fault.NO_CONNECTION}
    assert schedule.done.keys() == {Fault.SERVER_ERROR}
