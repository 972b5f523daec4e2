"""The client asks once, reads the whole answer within bounds, and says by the type of an error what happens next."""

from dataclasses import replace
from decimal import Decimal
from socket import gaierror

import anyio
import httpx
import pytest
import respx

from connectors.toolkit.credentials import basic, bearer
from connectors.toolkit.http import Absent, Gone, Present, UnknownPlaceError, Withheld
from connectors.toolkit.limits import Limiter
from connectors.toolkit.verdicts import Verdict, verdict_by_status
from connectors.toolkit.wire import Bounds, Reply
from hub.plugins import AuthorisationError, RateLimit, RateLimitedError, SourceContractError, SourceError, TransientSourceError
from tests.connectors.toolkit.workbench import ADDRESS, Time, always, answering, client_of, noting


class TestAsking:
    async def test_a_request_carries_parameters_credential_and_name(self) -> None:
        asked: list[httpx.Request] = []
        await client_of(answering(noting(asked)), credential=bearer("k-1")).get_json("/v1/invoices", {"limit": 5, "all": True, "after": None})
        assert str(asked[0].url) == f"{ADDRESS}/v1/invoices?limit=5&all=true"
        assert asked[0].headers["Authorization"] == "Bearer k-1"
        assert asked[0].headers["User-Agent"].startswith("dunwell/")

    async def test_a_form_is_posted_as_a_form(self, respx_mock: respx.MockRouter) -> None:
        route = respx_mock.post(f"{ADDRESS}/token", data={"grant_type": "refresh_token", "code": "a b"}).respond(json={"ok": True})
        assert await client_of().post_form("/token", {"grant_type": "refresh_token", "code": "a b"}) == {"ok": True}
        assert route.called

    async def test_numbers_with_a_fraction_are_decimals(self) -> None:
        found = await client_of(always(200, content=b'{"total": 119.10, "count": 3, "large": 12345678901234567890.12}')).get_json("/v1/x")
        assert found == {"total": Decimal("119.10"), "count": 3, "large": Decimal("12345678901234567890.12")}

    def test_basic_has_an_empty_password_unless_there_is_one(self) -> None:
        assert anyio.run(basic("key").headers) == {"Authorization": "Basic a2V5Og=="}

    async def test_an_object_that_is_not_there_or_no_more_is_a_value(self) -> None:
        gone = {"id": "i-1", "version": 3}
        assert await client_of(always(404)).look_up("/v1/invoices/i-1") == Absent()
        assert await client_of(always(410, json=gone)).look_up("/v1/invoices/i-1") == Gone(gone)
        assert await client_of(always(410, text="<h1>gone</h1>")).look_up("/v1/invoices/i-1") == Gone(None)
        assert await client_of(always(200, json=gone)).look_up("/v1/invoices/i-1") == Present(gone)

    @pytest.mark.parametrize("status", [404, 410])
    async def test_a_list_that_is_not_there_breaks_the_contract(self, status: int) -> None:
        with pytest.raises(SourceContractError, match="there is nothing at this address"):
            await client_of(always(status)).get_json("/v1/invoices")

    @pytest.mark.parametrize("status", [404, 410])
    async def test_a_page_whose_place_is_not_known_says_so(self, status: int) -> None:
        with pytest.raises(UnknownPlaceError, match="does not know the place where this page begins") as caught:
            await client_of(always(status)).get_page("/v1/invoices", {"token": "s3cret"})
        assert (caught.value.connection, caught.value.feed) == ("books", "invoices")
        assert "s3cret" not in str(caught.value)

    async def test_an_object_that_is_not_ours_to_see_is_a_value_too(self) -> None:
        assert await client_of(always(403)).look_up("/v1/invoices/i-1") == Withheld("GET books.example/api/v1/invoices/i-1 answered 403")

    async def test_lists_pages_and_tokens_that_are_forbidden_refuse_our_credentials(self) -> None:
        client = client_of(always(403))
        for ask in (client.get_json("/v1/x"), client.get_page("/v1/x", {"after": "i-1"}), client.post_form("/v1/x", {})):
            with pytest.raises(AuthorisationError, match=r"v1/x answered 403: it refuses our credentials"):
                await ask

    async def test_an_object_that_is_asked_for_with_refused_credentials_stops_the_connection(self) -> None:
        with pytest.raises(AuthorisationError):
            await client_of(always(401)).look_up("/v1/invoices/i-1")


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "family"),
        [
            (301, SourceContractError),
            (400, SourceContractError),
            (401, AuthorisationError),
            (403, AuthorisationError),
            (408, TransientSourceError),
            (422, SourceContractError),
            (429, RateLimitedError),
            (500, TransientSourceError),
            (502, TransientSourceError),
            (503, TransientSourceError),
        ],
    )
    async def test_a_status_belongs_to_a_family(self, status: int, family: type[SourceError]) -> None:
        with pytest.raises(SourceError) as caught:
            await client_of(always(status)).get_json("/v1/invoices")
        assert type(caught.value) is family
        assert (caught.value.connection, caught.value.feed) == ("books", "invoices")

    @pytest.mark.parametrize(
        "error",
        [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.DecodingError("x"), httpx.PoolTimeout("x")],
        ids=lambda error: type(error).__name__,
    )
    async def test_a_network_that_fails_is_tried_again_later(self, error: Exception, respx_mock: respx.MockRouter) -> None:
        respx_mock.get(f"{ADDRESS}/v1/invoices").mock(side_effect=error)
        with pytest.raises(TransientSourceError, match=type(error).__name__) as caught:
            await client_of().get_json("/v1/invoices")
        assert caught.value.retry_after_seconds is None

    @pytest.mark.parametrize(
        ("cause", "message"),
        [
            (ConnectionRefusedError(111, "Connection refused"), "nothing listens at books.example:443: check the address"),
            (ExceptionGroup("x", [OSError(101, "x"), ConnectionRefusedError(111, "x")]), "nothing listens at books.example:443: check the address"),
            (gaierror(-2, "Name or service not known"), "the name books.example stands for no address: check it"),
        ],
        ids=["refused", "one of several refused", "no such name"],
    )
    async def test_an_address_that_is_none_is_told_with_what_to_check(self, cause: Exception, message: str) -> None:
        def fail(_: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("All connection attempts failed") from cause

        with pytest.raises(TransientSourceError, match=f"/v1/invoices: {message}"):
            await client_of(httpx.MockTransport(fail)).get_json("/v1/invoices")

    async def test_a_whole_answer_has_its_time(self) -> None:
        async def never(_: httpx.Request) -> httpx.Response:
            await anyio.sleep_forever()
            raise AssertionError

        with pytest.raises(TransientSourceError, match="no whole answer in time"):
            await client_of(httpx.MockTransport(never), bounds=Bounds(whole_seconds=0.0)).get_json("/v1/invoices")

    @pytest.mark.parametrize(
        "content", [b"", b'{"items": [', b"<!doctype html>", b'{"a": NaN}', b"\xff\xfe{}", b"[" * 50_000, b'{"n": 1.0e99999999999999999999}'], ids=range(7)
    )
    async def test_an_answer_without_a_whole_document_is_tried_again_later(self, content: bytes) -> None:
        with pytest.raises(TransientSourceError, match="answered 200 with no complete JSON document"):
            await client_of(always(200, content=content)).get_json("/v1/invoices")

    async def test_an_answer_that_is_too_large_is_not_read_to_its_end(self) -> None:
        with pytest.raises(SourceContractError, match="more than 10 bytes"):
            await client_of(always(200, content=b'"0123456789"'), bounds=Bounds(most_bytes=10)).get_json("/v1/invoices")

    async def test_a_redirect_is_not_followed(self) -> None:
        asked: list[httpx.Request] = []
        moved = httpx.Response(302, headers={"Location": "https://elsewhere.example/"})
        with pytest.raises(SourceContractError, match="answered 302"):
            await client_of(answering(noting(asked, moved)), credential=bearer("k-1")).get_json("/v1/invoices")
        assert [request.url.host for request in asked] == ["books.example"]

    async def test_a_message_names_method_host_and_path_and_no_query_or_secret(self) -> None:
        with pytest.raises(SourceContractError) as caught:
            await client_of(always(400, json={"echo": "s3cret"}), credential=bearer("s3cret")).get_json("/v1/invoices", {"token": "s3cret"})
        assert str(caught.value) == "GET books.example/api/v1/invoices answered 400, which is not agreed"

    async def test_a_client_shows_no_secret_of_its_own(self) -> None:
        assert "s3cret" not in repr(client_of(credential=bearer("s3cret")))
        assert "s3cret" not in repr(bearer("s3cret"))

    async def test_a_connector_may_know_better_what_an_answer_means(self) -> None:
        def classify(reply: Reply) -> Verdict:
            return Verdict.RATE_LIMITED if reply.status == 403 else verdict_by_status(reply)

        with pytest.raises(RateLimitedError):
            await client_of(always(403), classify=classify).get_json("/v1/invoices")

    async def test_a_copy_for_another_feed_says_so(self) -> None:
        with pytest.raises(SourceError) as caught:
            await replace(client_of(always(500)), feed="payments").get_json("/v1/payments")
        assert caught.value.feed == "payments"


class TestWaiting:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"Retry-After": "7"}, 7.0),
            ({"Retry-After": "0"}, 0.0),
            ({"Retry-After": "soon"}, None),
            ({"Retry-After": "-3"}, None),
            ({"Retry-After": "9" * 30}, 86_400.0),
            ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
            ({"Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
            ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT", "Date": "Sun, 22 Nov 2026 12:00:20 GMT"}, 10.0),
            ({"Retry-After": f"Sun, 22 Nov {'9' * 20} 12:00:30 GMT"}, None),
            ({"Retry-After": f"Sun, 22 Nov 2026 12:00:30 +{'9' * 20}"}, None),
            ({"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT", "Date": f"Sun, 22 Nov {'9' * 20} 12:00:30 GMT"}, 30.0),
        ],
        ids=[
            *("silent", "seconds", "at once", "no number", "negative", "for ever", "date", "past date", "date by its own clock"),
            *("year beyond all", "offset beyond all", "no clock of its own"),
        ],
    )
    @pytest.mark.parametrize("status", [429, 500])
    async def test_what_the_source_asks_for_is_passed_on(self, status: int, headers: dict[str, str], seconds: float | None) -> None:
        with pytest.raises(TransientSourceError) as caught:
            await client_of(always(status, headers=headers)).get_json("/v1/invoices")
        assert caught.value.retry_after_seconds == seconds

    async def test_a_busy_server_that_says_for_how_long_is_a_limit(self) -> None:
        with pytest.raises(RateLimitedError) as caught:
            await client_of(always(503, headers={"Retry-After": "2"})).get_json("/v1/invoices")
        assert caught.value.retry_after_seconds == 2.0

    async def test_the_client_does_not_try_again_by_itself(self) -> None:
        asked: list[httpx.Request] = []
        with pytest.raises(TransientSourceError):
            await client_of(answering(noting(asked, httpx.Response(500)))).get_json("/v1/invoices")
        assert len(asked) == 1


class TestACredentialThatWasToldToWait:
    async def test_no_other_feed_asks_before_the_time_is_over(self) -> None:
        time, asked = Time(), list[tuple[str, float]]()

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append((request.url.path, time.seconds))
            return httpx.Response(200, json={}) if len(asked) > 1 else httpx.Response(429, headers={"Retry-After": "30"})

        client = client_of(answering(answer), limiter=Limiter(RateLimit(600, 60.0), now=time.now, sleep=time.sleep))
        with pytest.raises(RateLimitedError):
            await client.get_json("/v1/invoices")
        await replace(client, feed="payments").get_json("/v1/payments")
        assert asked == [("/api/v1/invoices", 0.0), ("/api/v1/payments", 30.0)]

    async def test_a_time_that_is_too_long_is_told_to_the_others_without_asking(self) -> None:
        time, asked = Time(), list[httpx.Request]()
        limiter = Limiter(RateLimit(600, 60.0), now=time.now, sleep=time.sleep)
        client = client_of(answering(noting(asked, httpx.Response(429, headers={"Retry-After": "3600"}))), limiter=limiter)
        with pytest.raises(RateLimitedError):
            await client.get_json("/v1/invoices")
        time.seconds = 600.0
        with pytest.raises(RateLimitedError, match=r"GET books.example/api/v1/payments: not asked") as caught:
            await replace(client, feed="payments").get_json("/v1/payments")
        assert (caught.value.retry_after_seconds, caught.value.feed, len(asked), time.seconds) == (3_000.0, "payments", 1, 600.0)

    @pytest.mark.parametrize(("status", "headers"), [(429, {}), (500, {"Retry-After": "30"})], ids=["too many requests", "a fault of one address"])
    async def test_nobody_else_waits_where_the_source_did_not_say_so_of_the_credential(self, status: int, headers: dict[str, str]) -> None:
        time = Time()
        limiter = Limiter(RateLimit(600, 60.0), now=time.now, sleep=time.sleep)
        with pytest.raises(TransientSourceError):
            await client_of(always(status, headers=headers), limiter=limiter).get_json("/v1/invoices")
        assert limiter.pause_seconds == 0.0
