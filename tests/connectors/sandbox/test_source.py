"""How the three systems are read when they are not quiet: broken objects, lost places, expired logs, and what was dated too early."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.connecting import connect
from connectors.sandbox.connector import SandboxConnector
from connectors.sandbox.mapping import COLLECTIONS, SystemName
from connectors.sandbox.options import problems_of, read_options
from connectors.sandbox.source import SandboxSource
from connectors.sandbox.system import System
from connectors.sandbox.world import World
from connectors.toolkit.cursors import ReadPosition, write_cursor
from connectors.toolkit.limits import Limiters
from hub.plugins import AuthorisationError, Feed, FetchingSource, FixedClock, ForgetfulTokens, InvoiceRecord, Page, Source, SourceContractError, Stream
from tests.connectors.contract.bench import Known, known_from, read_feed
from tests.connectors.sandbox.small_world import BEFORE, NOW, SmallWorld, connector_to, context_of


async def read(source: Source, name: str, cursor: str | None = None, *, since: date | None = None) -> list[Page]:
    feed = next(found for found in await source.feeds() if found.name == name)
    return [page async for page in source.read(feed, cursor=cursor, since=since)]


def opened(world: SmallWorld, system: str, clock: FixedClock | None = None) -> Source:
    return connector_to(world).open(context_of(system, clock=clock))


def change(system: System, collection: str, object_id: str, **values: Any) -> None:  # noqa: ANN401 - a payload holds anything
    system.put(collection, object_id, {**system.collections[collection][object_id].body, **values}, at=NOW - timedelta(hours=1))


class TestFeeds:
    @pytest.mark.parametrize(
        ("system", "names"),
        [
            ("accounting", "exchange_rates customers invoices invoice_deletions credit_notes payments payment_ids refunds"),
            ("crm", "customers contacts subscriptions"),
            ("gateway", "events"),
        ],
    )
    async def test_each_system_has_its_feeds_parents_first(self, system: str, names: str) -> None:
        feeds = await opened(SmallWorld(), system).feeds()
        assert [feed.name for feed in feeds] == names.split()
        assert {feed.full_list for feed in feeds if feed.full_list is not None} <= {Stream.PAYMENTS}

    async def test_a_feed_of_another_system_is_refused(self) -> None:
        with pytest.raises(SourceContractError, match="is none of the crm system"):
            await read_feed(opened(SmallWorld(), "crm"), Feed("refunds", (Stream.REFUNDS,)))

    async def test_a_stream_that_the_system_does_not_have_gives_an_empty_page(self) -> None:
        source = opened(SmallWorld(), "crm")
        assert isinstance(source, FetchingSource)
        assert await source.fetch(Stream.INVOICES, ["inv-0001"]) == Page([], None, deletions=[], refusals=[])


class TestWhatIsRead:
    async def test_documents_before_the_sync_from_date_are_left_out_and_customers_are_not(self) -> None:
        source = opened(SmallWorld(), "accounting")
        for name, day in (("invoices", date(2026, 10, 1)), ("payments", date(2026, 10, 7)), ("refunds", date(2026, 10, 9))):
            assert len(known_from(*await read(source, name, since=day)).records) == 3
            assert known_from(*await read(source, name, since=day + timedelta(days=1))).records == {}
        assert len(known_from(*await read(source, "customers", since=NOW.date())).records) == 3

    async def test_a_broken_object_is_refused_and_the_rest_of_its_page_comes(self) -> None:
        world = SmallWorld()
        change(world.accounting, "invoices", "inv-0001", total="12.345")
        known = known_from(*await read(opened(world, "accounting"), "invoices"))
        assert (sorted(name for _, name in known.records), known.refused) == (["inv-0000", "inv-0002"], {"accounting invoices inv-0001"})

    async def test_a_broken_object_that_is_fetched_is_refused_with_its_id_so_that_nobody_takes_it_for_gone(self) -> None:
        world = SmallWorld()
        change(world.accounting, "payments", "pay-0001", currency="XXX")
        source = opened(world, "accounting")
        assert isinstance(source, FetchingSource)
        page = await source.fetch(Stream.PAYMENTS, ["pay-0001"])
        assert [refusal.external_id for refusal in page.refusals] == ["pay-0001"]

    async def test_a_change_that_was_committed_late_is_read_although_it_lies_behind_the_end(self) -> None:
        world = SmallWorld()
        source = opened(world, "accounting")
        end = (await read(source, "invoices"))[-1].ends_at
        hidden = world.accounting.put("invoices", "inv-9", world.accounting.collections["invoices"]["inv-0001"].body, at=BEFORE - timedelta(seconds=60))
        known = known_from(*await read(source, "invoices", end))
        assert hidden.id in {name for _, name in known.records}

    async def test_a_merged_company_is_deleted_and_a_notice_says_where_it_went(self) -> None:
        world = SmallWorld()
        change(world.crm, "companies", "co-0001", merged_into="co-0002")
        world.crm.remove("companies", "co-0001", at=NOW - timedelta(minutes=1))
        (page,) = await read(opened(world, "crm"), "customers")
        assert [found.external_id for found in page.deletions] == ["co-0001"]
        assert [(notice.place, notice.message) for notice in page.notices] == [("crm companies co-0001", "it was merged into co-0002")]

    async def test_an_invoice_that_came_back_has_a_later_version_than_its_deletion(self) -> None:
        world = SmallWorld()
        body = world.accounting.collections["invoices"]["inv-0001"].body
        world.accounting.remove("invoices", "inv-0001", at=NOW - timedelta(hours=2))
        world.accounting.put("invoices", "inv-0001", body, at=NOW - timedelta(hours=1))
        source = opened(world, "accounting")
        (deletion,) = known_from(*await read(source, "invoice_deletions")).deletions.values()
        record = known_from(*await read(source, "invoices")).records[Stream.INVOICES, "inv-0001"]
        assert (deletion.source_version, record.source_version) == (2, 3)

    async def test_a_page_of_objects_without_ids_breaks_the_contract(self) -> None:
        answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"results": [{"name": "A"}, {"name": "B"}], "next_cursor": None}))
        source = _over(answer, "crm")
        with pytest.raises(SourceContractError, match="2 of 2 objects in 'results' have no id") as caught:
            await read(source, "customers")
        assert caught.value.feed == "customers"

    async def test_another_object_than_the_one_asked_for_breaks_the_contract(self) -> None:
        source = _over(httpx.MockTransport(lambda _: httpx.Response(200, json={"id": "co-2"})), "crm")
        with pytest.raises(SourceContractError, match="another one came"):
            await source.fetch(Stream.CUSTOMERS, ["co-1"])

    async def test_an_id_is_no_way_out_of_its_collection(self) -> None:
        asked: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.raw_path.decode())
            return httpx.Response(404)

        await _over(httpx.MockTransport(answer), "crm").fetch(Stream.CUSTOMERS, ["../contacts", "a?b", "ü"])
        assert asked == ["/crm/v1/companies/..%2Fcontacts", "/crm/v1/companies/a%3Fb", "/crm/v1/companies/%C3%BC"]


class TestWhatIsNotOursToSee:
    """A credential may be good and yet not open every object."""

    async def test_one_object_is_refused_with_its_id_and_the_others_come(self) -> None:
        source = _over(httpx.MockTransport(_forbidding("co-2")), "crm")
        page = await source.fetch(Stream.CUSTOMERS, ["co-1", "co-2", "co-3"])
        refused = {"co-1": "it is missing", "co-2": "the source does not let us see it: GET sandbox.example/crm/v1/companies/co-2 answered 403"}
        assert {refusal.external_id: refusal.reason for refusal in page.refusals} == refused | {"co-3": "it is missing"}
        assert page.deletions == []

    async def test_a_list_stops_the_connection(self) -> None:
        with pytest.raises(AuthorisationError):
            await read(_over(httpx.MockTransport(_forbidding("contacts")), "crm"), "contacts")


def _forbidding(name: str) -> Callable[[httpx.Request], httpx.Response]:
    """Answers for every object but one, or for every list but one."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = request.url.path.rpartition("/")[-1]
        return httpx.Response(403) if found == name else httpx.Response(200, json={"id": found})

    return answer


class TestPageTokens:
    """What is kept of a read that was cut off names a token, which the source may have forgotten by the next run."""

    @pytest.mark.parametrize("status", [400, 404, 410])
    @pytest.mark.parametrize(
        ("system", "name", "items", "token"), [("crm", "contacts", "results", "cursor"), ("accounting", "invoices", "items", "page_token")]
    )
    async def test_one_that_has_expired_lets_the_read_begin_again(self, *, system: str, name: str, items: str, token: str, status: int) -> None:
        expired: set[str] = set()

        def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                return httpx.Response(200, json={"access_token": "a", "refresh_token": "r", "expires_in": 3600})
            place = request.url.params.get(token)
            if place in expired:
                return httpx.Response(status, json={"error": "expired"})
            return httpx.Response(200, json={items: [{"id": place or "first"}], f"next_{token}": None if place else f"t-{len(expired)}"})

        source = _over(httpx.MockTransport(answer), system)
        first = (await read(source, name))[0]
        expired.add("t-0")
        again = await read(source, name, first.cursor)
        assert [refusal.external_id for page in again for refusal in page.refusals] == ["first", "t-1"]

    async def test_one_that_the_sandbox_does_not_know_loses_nothing(self) -> None:
        source = opened(SmallWorld(count=450), "accounting")
        lost = ReadPosition(newest=BEFORE, place="lost")
        assert len(known_from(*await read(source, "invoices", write_cursor(lost))).records) == 450


def _over(transport: httpx.AsyncBaseTransport, system: str) -> SandboxSource:
    context = context_of(system, url="http://sandbox.example")
    options = read_options(context.options)
    return SandboxSource(connect(options, context, Limiters(), transport=transport), options.system)


class TestGatewayLog:
    async def test_after_the_first_read_only_what_events_name_is_fetched(self) -> None:
        world = SmallWorld(count=30)
        source = opened(world, "gateway")
        end = (await read(source, "events"))[-1].ends_at
        change(world.gateway, "charges", "ch-0003", status="settled")
        change(world.gateway, "charges", "ch-0003", status="disputed")
        world.gateway.remove("payment_methods", "pm-0004", at=NOW)
        (page,) = await read(source, "events", end)
        assert [(record.external_id, record.source_version) for record in page.records] == [("ch-0003", 3)]
        assert [(found.external_id, found.source_version) for found in page.deletions] == [("pm-0004", 2)]

    async def test_what_happens_while_everything_is_listed_comes_with_the_log(self) -> None:
        world = SmallWorld(count=250)
        source = opened(world, "gateway")
        (feed,) = await source.feeds()
        pages: list[Page] = []
        async for page in source.read(feed, cursor=None, since=None):
            if not pages:
                change(world.gateway, "customers", "gc-0249", name="Renamed")
                world.gateway.put("charges", "ch-new", world.gateway.collections["charges"]["ch-0001"].body, at=NOW)
            pages.append(page)
        known = known_from(*pages)
        assert known.records[Stream.CUSTOMERS, "gc-0249"].source_version == 2
        assert (Stream.PAYMENT_ATTEMPTS, "ch-new") in known.records

    async def test_a_log_that_no_longer_reaches_back_is_noticed_and_everything_is_read_again(self) -> None:
        world, clock = SmallWorld(count=5), FixedClock(NOW)
        source = opened(world, "gateway", clock)
        end = (await read(source, "events"))[-1].ends_at
        later = NOW + timedelta(days=40)
        world.gateway.remove("payment_methods", "pm-0004", at=later - timedelta(days=1))
        clock.move_to(later)
        pages = await read(source, "events", end)
        known = known_from(*pages)
        assert len(known.records) == 14
        assert (Stream.PAYMENT_METHODS, "pm-0004") in known.deletions
        assert ["everything is read again" in notice.message for page in pages for notice in page.notices] == [True]
        assert pages[-1].ends_at is not None

    async def test_a_list_whose_place_is_lost_begins_again(self) -> None:
        world = SmallWorld(count=250)
        source = opened(world, "gateway")
        first = (await read(source, "events"))[0]
        assert first.cursor is not None
        lost = first.cursor.replace("gc-0050", "gc-lost")
        assert lost != first.cursor
        known = known_from(*await read(source, "events", lost))
        assert len(_names(known, Stream.CUSTOMERS)) == 250

    @pytest.mark.parametrize("cursor", ['{"v":1,"collection":"quotes"}', '{"v":1,"newest":"2026-11-22T12:00:00Z"}', "evt_5"])
    async def test_a_cursor_of_something_else_breaks_the_contract(self, cursor: str) -> None:
        with pytest.raises(SourceContractError, match="cursor"):
            await read(opened(SmallWorld(), "gateway"), "events", cursor)


class TestInProcess:
    async def test_processes_with_a_world_each_share_the_tokens_of_a_connection_and_none_is_refused(self) -> None:
        clock, tokens = FixedClock(NOW), ForgetfulTokens()
        processes = [connector_to(SmallWorld()) for _ in range(2)]
        for _ in range(3):
            for connector in processes:
                source = connector.open(context_of("accounting", tokens=tokens, clock=clock))
                assert len(known_from(*await read(source, "customers")).records) == 3
            clock.move_to(clock.now() + timedelta(hours=1))

    def test_connections_with_the_same_seed_and_size_share_a_world_which_goes_on_with_the_clock(self) -> None:
        world, clock = SmallWorld(), FixedClock(NOW)
        connector = connector_to(world)
        connector.open(context_of("accounting", name="books", clock=clock))
        connector.open(context_of("crm", name="people", clock=clock))
        clock.move_to(NOW + timedelta(hours=1))
        connector.open(context_of("gateway", name="money", clock=clock))
        clock.move_to(NOW)
        connector.open(context_of("gateway", name="money", clock=clock))
        assert (world.asked_for, world.advanced_to) == ([(1, 100, "EUR")], [NOW + timedelta(hours=1)])
        connector.open(context_of("crm", name="others", seed=2, customers=5, clock=clock))
        assert world.asked_for[1:] == [(2, 5, "EUR")]

    async def test_two_connections_to_one_accounting_world_do_not_take_each_others_grant(self) -> None:
        connector = connector_to(SmallWorld())
        sources = [connector.open(context_of("accounting", name=name)) for name in ("books", "ledger")]
        for source in (*sources, *sources):
            assert len(known_from(*await read(source, "invoices")).records) == 3


class TestOptions:
    def test_good_options_are_fine(self) -> None:
        assert SandboxConnector(SmallWorld().made).check_options({"system": "crm", "seed": 7, "customers": 10}, Path()) == []
        assert problems_of({"system": "gateway", "url": "http://127.0.0.1:8100"}) == []

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ({}, "system must be one of accounting, crm, gateway"),
            ({"system": "bank"}, "system must be one of"),
            ({"system": ["crm"]}, "system must be one of"),
            ({"system": "crm", "url": "127.0.0.1:8100"}, "url must be an address"),
            ({"system": "crm", "url": "ftp://x"}, "url must be an address"),
            ({"system": "crm", "url": "http://me:pw@x"}, "url must be an address"),
            ({"system": "crm", "url": 5}, "url must be an address"),
            ({"system": "crm", "url": "http://x", "seed": 1}, "seed belong to a sandbox in this process"),
            ({"system": "crm", "seed": "one"}, "seed must be a whole number"),
            ({"system": "crm", "customers": 0}, "customers must be a whole number"),
            ({"system": "crm", "customers": True}, "customers must be a whole number"),
        ],
    )
    def test_each_problem_is_told(self, options: dict[str, Any], told: str) -> None:
        (problem,) = problems_of(options)
        assert told in problem


class TestWorld:
    @pytest.mark.parametrize("system", list(SystemName))
    async def test_what_is_read_of_a_living_world_is_what_its_ledger_says(self, system: SystemName) -> None:
        world, known = await _read_world(system)
        truth = world.ledger.truth(system.value)
        for collection in COLLECTIONS[system].values():
            living = {name for name, facts in truth[collection.name].items() if not facts["deleted"]}
            assert _names(known, collection.stream) - {name for stream, name in known.deletions if stream is collection.stream} == living
            assert living

    async def test_the_amounts_of_invoices_are_those_of_the_ledger(self) -> None:
        world, known = await _read_world(SystemName.ACCOUNTING)
        for name, facts in world.ledger.truth("accounting")["invoices"].items():
            if not facts["deleted"]:
                record = known.records[Stream.INVOICES, name]
                assert isinstance(record, InvoiceRecord)
                assert (record.total_minor, record.amount_paid_minor, record.amount_adjusted_minor) == (
                    facts["total_minor"],
                    facts["paid_minor"],
                    facts["credited_minor"],
                )
                assert (record.write_off_minor or 0) == facts["written_off_minor"]


async def _read_world(system: SystemName) -> tuple[World, Known]:
    """A world of twelve customers, and everything that is read of one of its systems."""
    worlds: list[World] = []

    def make(seed: int, customers: int, now: datetime, *, base_currency: str) -> World:
        worlds.append(World(seed, customers, now, base_currency=base_currency))
        return worlds[0]

    source = SandboxConnector(make).open(context_of(system.value, seed=5, customers=12))
    known = known_from(*[page for feed in await source.feeds() for page in await read_feed(source, feed)])
    return worlds[0], known


def _names(known: Known, stream: Stream) -> set[str]:
    return {name for found, name in known.records if found is stream}
