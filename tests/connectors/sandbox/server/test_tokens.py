"""The tokens of the accounting system: each refresh token is good for one exchange, unless its answer got lost."""

import pytest

from tests.connectors.sandbox.server.trio import Trio, exchange, moment, signed_in

CUSTOMERS = "/accounting/v1/customers"


async def test_an_exchange_gives_both_tokens_and_how_long_the_access_token_lives() -> None:
    async with Trio().client() as client:
        answer = await exchange(client, "rt-0")
    assert (answer.status_code, answer.json()) == (200, {"access_token": "at-1", "refresh_token": "rt-1", "expires_in": 1800})


async def test_each_exchange_gives_new_ones() -> None:
    async with Trio().client() as client:
        answers = [(await exchange(client, f"rt-{number}")).json() for number in range(3)]
    assert [answer["refresh_token"] for answer in answers] == ["rt-1", "rt-2", "rt-3"]
    assert [answer["access_token"] for answer in answers] == ["at-1", "at-2", "at-3"]


@pytest.mark.parametrize("token", ["rt-", "rt-x", "rt-1 ", "rt-1²", "at-1", "", "rt--1"])
async def test_a_token_that_is_none_is_refused(token: str) -> None:
    async with Trio().client() as client:
        answer = await exchange(client, token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_another_kind_of_grant_is_refused() -> None:
    async with Trio().client() as client:
        answer = await exchange(client, "rt-0", grant_type="password")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


class TestALostAnswer:
    async def test_can_be_asked_for_again_with_the_same_token(self) -> None:
        async with Trio().client() as client:
            await exchange(client, "rt-0")
            again = await exchange(client, "rt-0")
            assert (await client.get(CUSTOMERS, headers=await signed_in(client, again.json()["refresh_token"]))).status_code == 200
        assert (again.status_code, again.json()["refresh_token"]) == (200, "rt-2")

    async def test_is_worthless_then(self) -> None:
        async with Trio().client() as client:
            lost = (await exchange(client, "rt-0")).json()
            await exchange(client, "rt-0")
            answer = await exchange(client, lost["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_cannot_be_asked_for_again_when_its_access_token_was_used(self) -> None:
        async with Trio().client() as client:
            await client.get(CUSTOMERS, headers=await signed_in(client))
            answer = await exchange(client, "rt-0")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_cannot_be_asked_for_again_when_its_refresh_token_was_used(self) -> None:
        async with Trio().client() as client:
            await exchange(client, "rt-0")
            await exchange(client, "rt-1")
            answer = await exchange(client, "rt-0")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")

    async def test_is_not_proven_to_have_arrived_by_the_use_of_an_older_access_token(self) -> None:
        async with Trio().client() as client:
            old = await signed_in(client)
            await exchange(client, "rt-1")
            await client.get(CUSTOMERS, headers=old)
            answer = await exchange(client, "rt-1")
        assert answer.status_code == 200


async def test_a_server_that_has_just_started_takes_any_well_formed_token_and_goes_on_from_there() -> None:
    async with Trio().client() as client:
        first = await exchange(client, "rt-41")
        await exchange(client, "rt-42")
        old = await exchange(client, "rt-7")
    assert first.json()["refresh_token"] == "rt-42"
    assert old.status_code == 400


async def test_a_token_of_another_server_of_the_sandbox_is_the_last_one_and_both_go_on_from_it() -> None:
    async with Trio().client() as one, Trio().client() as other:
        given = (await exchange(one, "rt-0")).json()
        assert (await other.get(CUSTOMERS, headers={"authorization": f"Bearer {given['access_token']}"})).status_code == 401
        answers = [await exchange(server, f"rt-{number}") for number, server in enumerate((other, other, one, other), start=1)]
        overtaken = await exchange(one, "rt-1")
    assert [answer.json()["refresh_token"] for answer in answers] == ["rt-2", "rt-3", "rt-4", "rt-5"]
    assert overtaken.status_code == 400


class TestAnAccessToken:
    async def test_lives_for_half_an_hour_of_the_sandboxs_clock(self) -> None:
        trio = Trio()
        async with trio.client() as client:
            headers = await signed_in(client)
            trio.clock.move_to(moment(1799))
            in_time = await client.get(CUSTOMERS, headers=headers)
            trio.clock.move_to(moment(1800))
            too_late = await client.get(CUSTOMERS, headers=headers)
        assert (in_time.status_code, too_late.status_code, too_late.json()["error"]) == (200, 401, "token_expired")

    async def test_still_lives_when_a_newer_one_has_been_given(self) -> None:
        async with Trio().client() as client:
            old = await signed_in(client)
            await signed_in(client, "rt-1")
            assert (await client.get(CUSTOMERS, headers=old)).status_code == 200

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer at-2", "Bearer rt-1", "Basic at-1", "at-1"])
    async def test_that_was_not_given_is_refused(self, header: str) -> None:
        async with Trio().client() as client:
            await signed_in(client)
            answer = await client.get(CUSTOMERS, headers={"authorization": header})
        assert (answer.status_code, answer.json()["error"]) == (401, "token_expired")
