"""The connection as a whole: feeds, their order, cursors, and what happens when a file changes."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from connectors.files.plugin import FilesConnector, hub_connectors
from connectors.files.reading import PAGE_ROWS
from hub.plugins import ConnectionKind, Feed, FullOpenList, InvoiceRecord, SourceContractError, Stream
from tests.connectors.files.workbench import HEADER, INVOICES, Outcome, feeds_of, open_source, read_options

OPTIONS = {"path": "open.csv", "mapping": "open.toml"}


def prepare(directory: Path, *, rows: int = 3, mapping: str = INVOICES, name: str = "open.csv") -> None:
    (directory / "open.toml").write_text(mapping, encoding="utf-8")
    lines = [f"{number},C{number % 7},2026-01-{number % 28 + 1:02},{number}.125\n" for number in range(rows)]
    (directory / name).write_text(HEADER + "".join(lines), encoding="utf-8")


class TestPages:
    def test_a_page_has_about_a_thousand_rows_and_the_last_has_no_cursor(self, tmp_path: Path) -> None:
        prepare(tmp_path, rows=2500)
        pages = read_options(OPTIONS, tmp_path).pages
        assert [len(page.records) for page in pages] == [PAGE_ROWS, PAGE_ROWS, 500]
        assert [page.cursor is None for page in pages] == [False, False, True]

    def test_the_bytes_of_all_pages_are_the_size_of_the_file(self, tmp_path: Path) -> None:
        prepare(tmp_path, rows=2500)
        pages = read_options(OPTIONS, tmp_path).pages
        assert sum(page.bytes_read for page in pages) == (tmp_path / "open.csv").stat().st_size

    def test_a_file_of_exactly_one_page_is_one_page(self, tmp_path: Path) -> None:
        prepare(tmp_path, rows=PAGE_ROWS)
        assert [page.cursor for page in read_options(OPTIONS, tmp_path).pages] == [None]

    def test_a_file_with_a_header_only_gives_one_empty_page(self, tmp_path: Path) -> None:
        prepare(tmp_path, rows=0)
        (page,) = read_options(OPTIONS, tmp_path).pages
        assert (page.records, page.cursor) == ([], None)

    def test_the_data_are_as_of_when_the_file_was_written(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        os.utime(tmp_path / "open.csv", (1_750_000_000, 1_750_000_000))
        assert read_options(OPTIONS, tmp_path).pages[0].data_as_of == datetime.fromtimestamp(1_750_000_000, UTC)


def encoded(outcome: Outcome) -> list[bytes]:
    return [msgspec.json.encode(record) for record in outcome.records]


class TestResuming:
    GROUPED = INVOICES.replace('record = "invoice"', 'record = "invoice"\ngroup = true') + '[[parts.lines]]\namount = "Amount"\n'

    @pytest.mark.parametrize("kind", ["plain", "grouped", "broken"])
    def test_from_every_page_on_the_rest_is_the_same(self, kind: str, tmp_path: Path) -> None:
        if kind == "grouped":
            rows = "".join(f"{number // 3},C,2026-01-01,6.00,2.00\n" for number in range(3300))
            (tmp_path / "open.csv").write_text("Number,Customer,Date,Total,Amount\n" + rows)
            (tmp_path / "open.toml").write_text(self.GROUPED)
        else:
            prepare(tmp_path, rows=3300)
        if kind == "broken":
            path = tmp_path / "open.csv"
            path.write_text(path.read_text().replace("17,", '17,"'))
        whole = read_options(OPTIONS, tmp_path)
        assert len(whole.pages) >= 4
        for position, page in enumerate(whole.pages[:-1], start=1):
            rest = read_options(OPTIONS, tmp_path, cursor=page.cursor)
            before = Outcome(whole.pages[:position])
            assert encoded(before) + encoded(rest) == encoded(whole)
            assert [*before.refusals, *rest.refusals] == whole.refusals
            assert [*before.notices, *rest.notices] == whole.notices

    def test_no_page_ends_inside_a_group(self, tmp_path: Path) -> None:
        rows = "".join(f"{number // 700},C,2026-01-01,700.00,1.00\n" for number in range(2800))
        (tmp_path / "open.csv").write_text("Number,Customer,Date,Total,Amount\n" + rows)
        (tmp_path / "open.toml").write_text(self.GROUPED)
        outcome = read_options(OPTIONS, tmp_path)
        assert [len(one.lines) for one in outcome.of(InvoiceRecord)] == [700] * 4
        assert [len(page.records) for page in outcome.pages] == [2, 2]

    def test_a_cursor_of_another_connector_is_refused(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        with pytest.raises(SourceContractError, match="is none of this connector"):
            read_options(OPTIONS, tmp_path, cursor="page-2")


class TestFeeds:
    def test_a_file_is_a_feed_with_its_streams_digest_and_count(self, tmp_path: Path) -> None:
        prepare(tmp_path, rows=12)
        (feed,) = feeds_of(OPTIONS, tmp_path)
        assert (feed.name, feed.streams, feed.sequence, feed.full_open_list, feed.expected_count) == ("open", (Stream.INVOICES,), None, None, 12)
        assert feed.content_digest is not None
        assert len(feed.content_digest) == 64

    def test_the_digest_follows_the_bytes_and_the_mapping_not_the_name(self, tmp_path: Path) -> None:
        def digest(**options: Any) -> str | None:  # noqa: ANN401 - options are any
            return feeds_of(OPTIONS | options, tmp_path)[0].content_digest

        prepare(tmp_path)
        prepare(tmp_path, name="copy.csv")
        first = digest()
        assert digest(path="copy.csv") == first
        prepare(tmp_path, mapping=INVOICES + 'due_date = "Date"')
        assert digest() != first
        prepare(tmp_path, rows=4)
        assert digest() != first

    def test_a_folder_and_a_pattern_give_every_data_file(self, tmp_path: Path) -> None:
        for name in ("b.csv", "a.csv", ".hidden.csv", "~$a.csv"):
            prepare(tmp_path, name=name)
        folder = tmp_path / "in"
        folder.mkdir()
        for name in ("b.csv", "a.csv", ".hidden.csv", "~$a.csv"):
            (tmp_path / name).rename(folder / name)
        assert len(feeds_of(OPTIONS | {"path": "in"}, tmp_path)) == 2
        assert len(feeds_of(OPTIONS | {"path": "in/a*.csv"}, tmp_path)) == 1
        assert feeds_of(OPTIONS | {"path": "in/*.tsv"}, tmp_path) == []

    def test_several_file_sets_are_read_in_their_order(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        (tmp_path / "second.toml").write_text(INVOICES + 'number = "Number"')
        files = [{"path": "open.csv", "mapping": "second.toml"}, {"path": "open.csv", "mapping": "open.toml"}]
        assert [feed.name for feed in feeds_of({"files": files}, tmp_path)] == ["second", "open"]

    def test_an_inline_mapping_serves_as_well(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        fields = {"external_id": "Number", "customer_external_id": "Customer", "document_date": "Date", "total": "Total"}
        mapping = {"name": "inline", "currency": "EUR", "parts": [{"record": "invoice", "fields": fields}]}
        assert len(read_options({"path": "open.csv", "mapping": mapping}, tmp_path).records) == 3

    def test_a_feed_that_was_not_found_cannot_be_read(self, tmp_path: Path) -> None:
        prepare(tmp_path)

        async def read() -> None:
            source = open_source(OPTIONS, tmp_path)
            with pytest.raises(SourceContractError, match="is none of those that were found"):
                await anext(source.read(Feed("open", (Stream.INVOICES,)), cursor=None, since=None))

        anyio.run(read)

    def test_a_file_that_changes_while_it_is_read_stops_the_feed(self, tmp_path: Path) -> None:
        prepare(tmp_path, rows=2500)

        async def read() -> None:
            source = open_source(OPTIONS, tmp_path)
            (feed,) = await source.feeds()
            pages = source.read(feed, cursor=None, since=None)
            await anext(pages)
            with (tmp_path / "open.csv").open("a") as file:
                file.write("x")
            with pytest.raises(SourceContractError, match=r"open\.csv was changed while it was read"):
                await anext(pages)
            await source.aclose()

        anyio.run(read)


class TestOrder:
    def sequence(self, directory: Path, *, before: str = "", name: str = "open.csv", **options: str) -> Feed:
        prepare(directory, mapping=before + INVOICES, name=name)
        (feed,) = feeds_of(OPTIONS | {"path": name} | options, directory)
        return feed

    @pytest.mark.parametrize(
        ("pattern", "name", "sequence"),
        [
            ("open-(?P<sequence>\\d+)", "open-12.csv", "00000000000000000012"),
            ("open-(?P<date>\\d{8})", "open-20260131.csv", "2026-01-31"),
            ("open-(?P<date>[\\d-]+)", "open-2026-01-31.csv", "2026-01-31"),
            ("(?P<day>\\d\\d)(?P<month>\\d\\d)(?P<year>\\d{4})", "open31012026.csv", "2026-01-31"),
            ("open-(?P<sequence>[a-z]+)", "open-beta.csv", "beta"),
        ],
    )
    def test_the_name_tells_the_order(self, pattern: str, name: str, *, sequence: str, tmp_path: Path) -> None:
        assert self.sequence(tmp_path, before=f"order.name_pattern = '{pattern}'\n", name=name).sequence == sequence

    def test_a_column_tells_the_order_by_its_first_row(self, tmp_path: Path) -> None:
        assert self.sequence(tmp_path, before='order.column = "Date"\n').sequence == "2026-01-01"

    def test_the_flag_given_at_the_import_counts_before_the_name(self, tmp_path: Path) -> None:
        found = self.sequence(tmp_path, before="order.name_pattern = '(?P<sequence>\\d+)'\n", name="open1.csv", sequence="7")
        assert found.sequence == "00000000000000000007"

    def test_files_of_one_mapping_come_in_their_order(self, tmp_path: Path) -> None:
        for name in ("open-10.csv", "open-9.csv", "open-11.csv"):
            prepare(tmp_path, mapping="order.name_pattern = 'open-(?P<sequence>\\d+)'\n" + INVOICES, name=name, rows=int(name[5:-4]))
        feeds = feeds_of(OPTIONS | {"path": "open-*.csv"}, tmp_path)
        assert [feed.expected_count for feed in feeds] == [9, 10, 11]
        assert [feed.sequence for feed in feeds] == sorted(feed.sequence or "" for feed in feeds)

    def test_a_name_that_does_not_fit_stops(self, tmp_path: Path) -> None:
        with pytest.raises(SourceContractError, match=r"open\.csv does not fit order\.name_pattern of open\.toml"):
            self.sequence(tmp_path, before="order.name_pattern = 'list-(?P<sequence>\\d+)'\n")


class TestFullOpenLists:
    FULL = 'meaning = "full_open_list"\n'

    def feed(self, directory: Path, before: str, *, name: str = "open.csv", **options: Any) -> Feed:  # noqa: ANN401 - options are any
        prepare(directory, mapping=self.FULL + before + INVOICES, name=name)
        (feed,) = feeds_of(OPTIONS | {"path": name} | options, directory)
        return feed

    def test_the_name_tells_the_day_of_the_list(self, tmp_path: Path) -> None:
        feed = self.feed(tmp_path, "order.name_pattern = '(?P<date>\\d{8})'\n", name="open-20260131.csv")
        assert (feed.full_open_list, feed.sequence) == (FullOpenList(Stream.INVOICES, date(2026, 1, 31)), "2026-01-31")

    def test_a_column_tells_the_day_of_the_list(self, tmp_path: Path) -> None:
        feed = self.feed(tmp_path, 'list_date_column = "Date"\n')
        assert (feed.full_open_list, feed.sequence) == (FullOpenList(Stream.INVOICES, date(2026, 1, 1)), "2026-01-01")

    @pytest.mark.parametrize("given", ["2026-02-03", date(2026, 2, 3)])
    def test_an_option_tells_the_day_of_the_list(self, given: object, tmp_path: Path) -> None:
        assert self.feed(tmp_path, "", list_date=given).full_open_list == FullOpenList(Stream.INVOICES, date(2026, 2, 3))

    def test_without_a_day_it_stops(self, tmp_path: Path) -> None:
        with pytest.raises(SourceContractError, match=r"open\.csv is a full list of open items, but of which day\?"):
            self.feed(tmp_path, "")

    def test_a_day_that_cannot_be_read_stops(self, tmp_path: Path) -> None:
        with pytest.raises(SourceContractError, match="the date of the file cannot be read"):
            self.feed(tmp_path, "", list_date="soon")


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            ({}, "options: path is needed"),
            ({"path": "open.csv"}, "options: mapping is needed"),
            ({"path": "open.csv", "mapping": "nowhere.toml"}, "there is no mapping"),
            ({"path": "open.csv", "mapping": "open.toml", "sequnce": "1"}, "unknown option 'sequnce'; did you mean 'sequence'?"),
            ({"path": ["open.csv"], "mapping": "open.toml"}, "options: path must be text"),
            ({"files": []}, "options.files must be a list of tables"),
            ({"files": [1]}, "options.files[0] must be a table"),
            ({"files": [{"path": "open.csv"}]}, "options.files[0]: mapping is needed"),
            ({"path": "x", "files": [{"path": "open.csv", "mapping": "open.toml"}]}, "not both"),
            ({"path": "open.csv", "mapping": {"parts": []}}, "options.mapping: no [[parts]]"),
        ],
    )
    def test_a_mistake_is_told_in_words(self, options: dict[str, Any], problem: str, tmp_path: Path) -> None:
        prepare(tmp_path)
        problems = FilesConnector().check_options(options, tmp_path)
        assert any(problem in one for one in problems), problems

    @pytest.mark.parametrize("folder", ["", "/somewhere/"])
    def test_a_mapping_that_ships_with_the_hub_needs_no_path(self, folder: str, tmp_path: Path) -> None:
        assert list(FilesConnector().check_options({"path": "open.csv", "mapping": f"{folder}open-invoices"}, tmp_path)) == []

    def test_two_mappings_of_one_name_are_refused(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        (tmp_path / "other.toml").write_text('name = "open"\n' + INVOICES + 'number = "Number"')
        files = [{"path": "open.csv", "mapping": name} for name in ("open.toml", "other.toml")]
        assert "different mappings are called 'open'" in FilesConnector().check_options({"files": files}, tmp_path)[0]

    def test_good_options_have_no_problem(self, tmp_path: Path) -> None:
        prepare(tmp_path)
        assert list(FilesConnector().check_options(OPTIONS, tmp_path)) == []

    def test_the_hook_registers_one_connector_for_files(self) -> None:
        (connector,) = hub_connectors()
        assert (connector.name, connector.kinds[0]) == ("files", ConnectionKind.FILES)
        assert connector.option_names == {"path", "name", "mapping", "shipped_mapping", "mapping_text", "mapping_name", "sequence", "list_date", "files"}
