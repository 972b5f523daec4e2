"""Faults: which requests they hit, and what each of them looks like to a client in this process."""

import json
from collections import Counter
from email.utils import parsedate_to_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.server import FAULT_HEADER, Fault, FaultSchedule
from tests.connectors.sandbox.server.trio import BEARER, Trio, exchange, fill, moment, put, read, signed_in

CUSTOMERS = "/accounting/v1/customers"
INVOICES = "/accounting/v1/invoices"
COMPANIES = "/crm/v1/companies"
STATUSES = {
    Fault.RATE_LIMITED_SECONDS: 429,
    Fault.RATE_LIMITED_DATE: 429,
    Fault.RATE_LIMITED: 429,
    Fault.SERVER_ERROR: 500,
    Fault.BAD_GATEWAY: 502,
    Fault.UNAVAILABLE: 503,
    Fault.HTML_PAGE: 200,
    Fault.EXPIRED_TOKEN: 401,
    Fault.EXPIRED_PAGE_TOKEN: 400,
    Fault.TRUNCATED_BODY: 200,
    Fault.EMPTY_BODY: 200,
}
RAISED = {Fault.NO_CONNECTION: httpx.ConnectError, Fault.SLOW_ANSWER: httpx.ReadTimeout, Fault.LOST_ANSWER: httpx.RemoteProtocolError}


def always(fault: Fault, *, last_request: int | None = None, retry_after_seconds: int = 1) -> FaultSchedule:
    return FaultSchedule(seed=1, rate=1, kinds=[fault], last_request=last_request, retry_after_seconds=retry_after_seconds)


def asks_for(fault: str) -> dict[str, str]:
    return {FAULT_HEADER: fault}


class TestASchedule:
    @given(st.integers(), st.floats(0, 1), st.integers(1, 10_000))
    def test_is_decided_by_seed_and_number_alone(self, seed: int, rate: float, number: int) -> None:
        used = FaultSchedule(seed, rate)
        for _ in range(3):
            used.draw(frozenset(Fault))
        assert used.planned(number) == FaultSchedule(seed, rate).planned(number)

    @given(st.integers(), st.integers(1, 10_000))
    def test_of_rate_zero_has_no_fault_and_of_rate_one_always_has_one(self, seed: int, number: int) -> None:
        assert FaultSchedule(seed, 0).planned(number) is None
        assert FaultSchedule(seed, 1).planned(number) is not None

    def test_has_about_its_rate_of_faults_of_every_kind(self) -> None:
        counts = Counter(FaultSchedule(7, 0.26).planned(number) for number in range(1, 10_001))
        well = counts.pop(None)
        assert 7200 < well < 7600
        assert counts.keys() == set(Fault)
        assert 150 < min(counts.values()) <= max(counts.values()) < 260

    def test_has_only_the_kinds_that_were_asked_for_whatever_their_order(self) -> None:
        kinds = [Fault.SERVER_ERROR, Fault.BAD_GATEWAY]
        one, other = FaultSchedule(3, 1, kinds), FaultSchedule(3, 1, kinds[::-1])
        planned = [one.planned(number) for number in range(1, 50)]
        assert set(planned) == set(kinds)
        assert planned == [other.planned(number) for number in range(1, 50)]

    def test_lets_a_request_without_a_page_token_fail_as_if_such_tokens_never_expired(self) -> None:
        others = FaultSchedule(3, 0.5, [kind for kind in Fault if kind is not Fault.EXPIRED_PAGE_TOKEN])
        found = [FaultSchedule(3, 0.5).planned(number, behind_token=False) for number in range(1, 200)]
        assert found == [others.planned(number) for number in range(1, 200)]

    def test_without_kinds_has_no_fault(self) -> None:
        assert FaultSchedule(3, 1, []).planned(1) is None

    def test_ends_with_its_last_request(self) -> None:
        schedule = always(Fault.SERVER_ERROR, last_request=2)
        assert [schedule.draw(frozenset(Fault)) for _ in range(3)] == [Fault.SERVER_ERROR, Fault.SERVER_ERROR, None]


class TestRequests:
    async def test_get_the_faults_of_their_numbers_and_are_counted(self) -> None:
        schedule = FaultSchedule(5, 0.5, [Fault.SERVER_ERROR, Fault.LOST_ANSWER, Fault.NO_CONNECTION])
        outcomes: list[object] = []
        async with Trio().client(schedule) as client:
            for _ in range(30):
                try:
                    outcomes.append((await client.get(COMPANIES, headers=BEARER)).status_code)
                except httpx.TransportError as error:
                    outcomes.append(type(error))
        meant = {None: 200, Fault.SERVER_ERROR: 500} | RAISED
        planned = [schedule.planned(number) for number in range(1, 31)]
        assert outcomes == [meant[fault] for fault in planned]
        assert schedule.requests == 30
        assert schedule.done == Counter(fault for fault in planned if fault)

    async def test_go_well_while_the_schedule_is_off_and_its_numbers_go_on(self) -> None:
        schedule = always(Fault.SERVER_ERROR)
        async with Trio().client(schedule) as client:
            schedule.is_on = False
            well = await client.get(COMPANIES, headers=BEARER)
            schedule.is_on = True
            wrong = await client.get(COMPANIES, headers=BEARER)
        assert (well.status_code, wrong.status_code, schedule.requests, schedule.done[Fault.SERVER_ERROR]) == (200, 500, 2, 1)

    async def test_that_cannot_have_their_fault_go_well(self) -> None:
        async with Trio().client(always(Fault.EXPIRED_TOKEN)) as client:
            assert (await client.get(COMPANIES, headers=BEARER)).status_code == 200
            assert (await exchange(client, "rt-0")).status_code == 200
        async with Trio().client(always(Fault.EXPIRED_PAGE_TOKEN)) as client:
            assert (await client.get(INVOICES, headers=await signed_in(client))).status_code == 200
            assert (await client.get(COMPANIES, headers=BEARER)).status_code == 200
        async with Trio().client(always(Fault.EMPTY_BODY)) as client:
            assert (await exchange(client, "rt-0")).json()["refresh_token"] == "rt-1"

    async def test_may_ask_for_a_fault_or_to_be_spared(self) -> None:
        schedule = always(Fault.SERVER_ERROR)
        async with Trio().client(schedule) as client:
            asked = await client.get(COMPANIES, headers=BEARER | asks_for("bad_gateway"))
            spared = await client.get(COMPANIES, headers=BEARER | asks_for("none"))
        assert (asked.status_code, spared.status_code, schedule.requests, schedule.done) == (502, 200, 0, Counter([Fault.BAD_GATEWAY]))

    async def test_can_be_sent_again_as_they_were(self) -> None:
        async with Trio().client(always(Fault.LOST_ANSWER, last_request=1)) as client:
            request = client.build_request("GET", COMPANIES, headers=BEARER)
            with pytest.raises(httpx.RemoteProtocolError):
                await client.send(request)
            assert (await client.send(request)).status_code == 200


class TestEachFault:
    @pytest.mark.parametrize("fault", STATUSES)
    async def test_has_its_status(self, fault: Fault) -> None:
        trio = Trio()
        fill(trio.accounting, "invoices", 2)
        async with trio.client() as client:
            headers = await signed_in(client)
            token = (await read(client, INVOICES, headers, limit=1))["next_page_token"]
            answer = await client.get(INVOICES, headers=headers | asks_for(fault), params={"page_token": token})
            assert (await client.get(INVOICES, headers=headers, params={"page_token": token})).status_code == 200
        assert answer.status_code == STATUSES[fault]

    @pytest.mark.parametrize("fault", RAISED)
    async def test_of_the_network_is_raised_with_its_request(self, fault: Fault) -> None:
        async with Trio().client() as client:
            with pytest.raises(RAISED[fault]) as raised:
                await client.get(COMPANIES, headers=BEARER | asks_for(fault))
        assert raised.value.request.url.path == COMPANIES

    def test_is_one_of_the_two(self) -> None:
        assert STATUSES.keys() | RAISED.keys() == set(Fault)

    @pytest.mark.parametrize(("fault", "wanted"), [(Fault.RATE_LIMITED_SECONDS, "7"), (Fault.UNAVAILABLE, "7"), (Fault.RATE_LIMITED, None)])
    async def test_tells_how_long_to_wait_or_does_not(self, fault: Fault, wanted: str | None) -> None:
        async with Trio().client(always(fault, retry_after_seconds=7)) as client:
            answer = await client.get(COMPANIES, headers=BEARER)
        assert answer.headers.get("retry-after") == wanted

    async def test_may_tell_until_when_to_wait(self) -> None:
        async with Trio().client(always(Fault.RATE_LIMITED_DATE, retry_after_seconds=7)) as client:
            answer = await client.get(COMPANIES, headers=BEARER)
        assert answer.headers["retry-after"] == "Sun, 22 Nov 2026 12:00:07 GMT"
        assert parsedate_to_datetime(answer.headers["retry-after"]) == moment(7)

    async def test_of_an_expired_token_looks_like_the_real_thing_and_leaves_the_token_in_force(self) -> None:
        async with Trio().client() as client:
            headers = await signed_in(client)
            answer = await client.get(CUSTOMERS, headers=headers | asks_for("expired_token"))
            assert (await client.get(CUSTOMERS, headers=headers)).status_code == 200
        assert answer.json()["error"] == "token_expired"

    async def test_of_a_truncated_body_is_no_json_any_more_though_its_length_fits(self) -> None:
        trio = Trio()
        put(trio.crm, "companies", "co-1", name="Wagner & Söhne")
        async with trio.client() as client:
            whole = await client.get(COMPANIES, headers=BEARER)
            half = await client.get(COMPANIES, headers=BEARER | asks_for("truncated_body"))
        assert whole.content.startswith(half.content)
        assert half.headers["content-length"] == str(len(half.content))
        with pytest.raises(json.JSONDecodeError):
            json.loads(half.content)

    async def test_of_a_page_is_html(self) -> None:
        async with Trio().client() as client:
            answer = await client.get(COMPANIES, headers=BEARER | asks_for("html_page"))
        assert answer.headers["content-type"].startswith("text/html")
        assert "<html>" in answer.text

    async def test_of_an_empty_body_has_none(self) -> None:
        async with Trio().client() as client:
            answer = await client.get(COMPANIES, headers=BEARER | asks_for("empty_body"))
        assert (answer.content, answer.headers["content-length"]) == (b"", "0")


EXCHANGE = {"grant_type": "refresh_token", "refresh_token": "rt-0"}


class TestWhatBecameOfTheRequest:
    """An exchange of a token shows it: one that was handled has used up the token that it was given."""

    @pytest.mark.parametrize("fault", [Fault.NO_CONNECTION, Fault.RATE_LIMITED, Fault.SERVER_ERROR, Fault.BAD_GATEWAY, Fault.UNAVAILABLE, Fault.HTML_PAGE])
    async def test_it_was_not_handled(self, fault: Fault) -> None:
        assert await self.next_token_after(fault) == "rt-1"

    @pytest.mark.parametrize("fault", [Fault.SLOW_ANSWER, Fault.LOST_ANSWER, Fault.TRUNCATED_BODY])
    async def test_it_was_handled(self, fault: Fault) -> None:
        assert await self.next_token_after(fault) == "rt-2"

    async def next_token_after(self, fault: Fault) -> str:
        async with Trio().client() as client:
            try:
                await client.post("/accounting/oauth/token", data=EXCHANGE, headers=asks_for(fault))
            except httpx.TransportError:
                assert fault in RAISED
            return (await exchange(client, "rt-0")).json()["refresh_token"]
