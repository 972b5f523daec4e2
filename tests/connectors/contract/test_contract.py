"""What every connector keeps, whatever system it reads."""

import logging
import re
import traceback
from pathlib import Path

import msgspec
import pytest

from hub.plugins import AuthorisationError, FetchingSource, Page, RateLimitedError, SourceError, Stream, TransientSourceError
from hub.sync.codec import decode, encode
from hub.sync.validation import require_keepable, require_valid
from tests.connectors.contract.bench import Bench, Key, contents, known_from, read_everything, read_feed
from tests.connectors.contract.benches import BENCHES


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return BENCHES[request.param](tmp_path)


def needs(applies: object, what: str) -> None:
    """Skip what does not apply to a connector, and say what that is."""
    if applies is None:
        pytest.skip(f"{what} does not apply")


class TestReading:
    async def test_every_feed_is_read_to_its_end_which_has_no_cursor(self, bench: Bench) -> None:
        for name, pages in (await read_everything(bench)).items():
            assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True], name
            assert not any(page.ends_at for page in pages[:-1]), name

    async def test_something_comes_and_only_of_the_streams_that_are_declared(self, bench: Bench) -> None:
        source = bench.open()
        for feed in await source.feeds():
            known = known_from(*await read_feed(source, feed))
            assert {stream for stream, _ in [*known.records, *known.deletions]} <= set(feed.streams) <= set(bench.connector.facts.delivers)
            assert known.records or known.listed or feed.name == "invoice_deletions"
        await source.aclose()

    async def test_the_records_of_a_healthy_source_are_valid_and_keep_their_form(self, bench: Bench) -> None:
        for pages in (await read_everything(bench)).values():
            for page in pages:
                assert not page.refusals
                for record in page.records:
                    encoded = encode(record)
                    require_keepable(record, encoded)
                    require_valid(record)
                    assert msgspec.json.decode(encode(decode(record.stream, encoded))) == msgspec.json.decode(encoded)

    async def test_no_object_comes_twice_while_nothing_changes(self, bench: Bench) -> None:
        for pages in (await read_everything(bench)).values():
            names = [(record.stream, record.external_id) for page in pages for record in page.records if not record.create_only]
            assert len(names) == len(set(names))

    async def test_every_record_carries_its_payload(self, bench: Bench) -> None:
        for pages in (await read_everything(bench)).values():
            assert all(contents(record) for page in pages for record in page.records)


class TestResuming:
    async def test_from_every_page_on_everything_is_known_in_the_end(self, bench: Bench) -> None:
        source = bench.open()
        for feed in await source.feeds():
            pages = await read_feed(source, feed)
            whole = known_from(*pages)
            for position, page in enumerate(pages[:-1], start=1):
                rest = await read_feed(source, feed, page.cursor)
                assert known_from(*pages[:position], *rest) == whole, (feed.name, position)
        await source.aclose()

    async def test_the_next_read_brings_nothing_new_while_nothing_changes(self, bench: Bench) -> None:
        source = bench.open()
        for feed in await source.feeds():
            pages = await read_feed(source, feed)
            again = await read_feed(source, feed, pages[-1].ends_at)
            assert known_from(*pages, *again) == known_from(*pages), feed.name
            if pages[-1].ends_at is not None:
                assert again[-1].ends_at == pages[-1].ends_at
                assert sum(len(page.records) for page in again) < 100, "only what the overlap covers comes again"
        await source.aclose()

    async def test_a_failure_at_any_request_loses_nothing(self, bench: Bench) -> None:
        needs(bench.faults, "a failing request")
        assert bench.faults is not None
        source = bench.open()
        for feed in await source.feeds():
            whole = known_from(*await read_feed(source, feed))
            number = 1
            while True:
                bench.faults.fail_at(number, False)  # noqa: FBT003 - see Faults
                kept: list[Page] = []
                cursor = None
                try:
                    async for page in source.read(feed, cursor=None, since=None):
                        kept.append(page)
                        cursor = page.cursor
                except TransientSourceError:
                    bench.faults.heal()
                    assert known_from(*kept, *await read_feed(source, feed, cursor)) == whole, (feed.name, number)
                    number += 1
                    continue
                bench.faults.heal()
                break
            assert number > 1, feed.name
        await source.aclose()


class TestRefusals:
    async def test_too_many_requests_are_told_with_the_time_to_wait(self, bench: Bench) -> None:
        needs(bench.faults, "a limit of requests")
        assert bench.faults is not None
        source = bench.open()
        for feed in await source.feeds():
            bench.faults.fail_at(1, True)  # noqa: FBT003 - see Faults
            with pytest.raises(RateLimitedError) as caught:
                await read_feed(source, feed)
            assert caught.value.retry_after_seconds == 1.0
            assert caught.value.feed in {feed.name, None}, "None: while asking for what all feeds need"
            bench.faults.heal()
            assert known_from(*await read_feed(source, feed)) is not None
        await source.aclose()

    async def test_credentials_that_are_refused_stop_the_connection(self, bench: Bench) -> None:
        needs(bench.revoked, "a credential")
        assert bench.revoked is not None
        source = bench.connector.open(bench.revoked)
        for feed in await source.feeds():
            with pytest.raises(AuthorisationError) as caught:
                await read_feed(source, feed)
            assert caught.value.connection == bench.revoked.connection
        await source.aclose()

    async def test_no_secret_shows_in_an_error_or_a_log(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        needs(bench.secrets, "a secret")
        assert bench.faults is not None
        assert bench.revoked is not None
        assert bench.secrets is not None
        told: list[str] = []
        with caplog.at_level(logging.DEBUG):
            for context in (bench.context, bench.revoked):
                source = bench.connector.open(context)
                for number, feed in enumerate(await source.feeds(), start=1):
                    bench.faults.fail_at(number, number % 2 == 0)
                    try:
                        await read_feed(source, feed)
                    except SourceError as error:
                        told += traceback.format_exception(error)
                told.append(repr(source) + repr(bench.connector))
                await source.aclose()
        assert told
        assert re.findall(bench.secrets, "\n".join([*told, caplog.text])) == []


class TestChanges:
    async def test_what_is_deleted_at_the_source_is_noticed_by_the_next_read(self, bench: Bench) -> None:
        needs(bench.delete, "a deletion")
        assert bench.delete is not None
        ends = {name: pages[-1].ends_at for name, pages in (await read_everything(bench)).items()}
        expected = set(bench.delete())
        source = bench.open()
        noticed: set[Key] = set()
        for feed in await source.feeds():
            known = known_from(*await read_feed(source, feed, ends[feed.name]))
            noticed |= known.deletions.keys()
            if feed.full_list is not None:
                noticed |= {(stream, name) for stream, name in expected if stream is feed.full_list and name not in known.listed}
        await source.aclose()
        assert noticed == expected

    async def test_a_field_that_nobody_knows_is_kept(self, bench: Bench) -> None:
        needs(bench.add_field, "a new field")
        assert bench.add_field is not None
        key, name = bench.add_field()
        known = known_from(*[page for pages in (await read_everything(bench)).values() for page in pages])
        assert name in contents(known.records[key])


class TestFetching:
    async def test_a_single_object_is_the_same_as_in_its_feed(self, bench: Bench) -> None:
        source = bench.open()
        needs(source if isinstance(source, FetchingSource) else None, "fetching")
        assert isinstance(source, FetchingSource)
        known = known_from(*[page for pages in (await read_everything(bench)).values() for page in pages])
        for stream in sorted({stream for stream, _ in known.records} & bench.connector.facts.fetchable):
            wanted = [name for found, name in known.records if found is stream][:7]
            page = await source.fetch(stream, wanted)
            assert (page.cursor, page.deletions, page.refusals) == (None, [], [])
            assert list(page.records) == [known.records[stream, name] for name in wanted]
        await source.aclose()

    async def test_where_webhooks_hint_at_objects_every_record_says_which_of_two_forms_is_newer(self, bench: Bench) -> None:
        """A page that was read before a webhook may be written after it: only a version, or the instant of the change, keeps it from winning."""
        needs(bench.connector.webhooks, "a webhook")
        known = known_from(*[page for pages in (await read_everything(bench)).values() for page in pages])
        fetchable = [record for (stream, _), record in known.records.items() if stream in bench.connector.facts.fetchable]
        assert fetchable
        assert [record.external_id for record in fetchable if record.source_version is None and record.source_updated_at is None] == []

    async def test_what_is_unknown_is_left_out_and_what_is_deleted_is_a_deletion(self, bench: Bench) -> None:
        source = bench.open()
        needs(source if isinstance(source, FetchingSource) else None, "fetching")
        assert isinstance(source, FetchingSource)
        assert bench.delete is not None
        for stream, name in bench.delete():
            page = await source.fetch(stream, ["never-there", name, ""])
            assert page.records == []
            assert [found.external_id for found in page.deletions] == ([] if stream is Stream.PAYMENTS else [name])
            assert all(found.source_version == 2 and found.source_updated_at is not None for found in page.deletions)
        await source.aclose()
