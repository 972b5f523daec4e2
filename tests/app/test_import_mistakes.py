"""What is refused of an import before anything is handed in, each at its field; and what a caller can never name."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.app import Hub
from hub.clock import FixedClock
from hub.config import Settings
from hub.model import FileImport, JobRun
from schema.ids import encode_id
from tests.app.conftest import NOW, MakeHub
from tests.app.office import BUILT_IN, GOOD, Office
from tests.cli.books import MAPPING

pytestmark = pytest.mark.anyio


@pytest.fixture
def hub(settings: Settings, make_hub: MakeHub) -> Hub:
    return make_hub(settings, *BUILT_IN)


@pytest.fixture
def office(hub: Hub) -> Office:
    return Office(hub)


def refusals(found: list[tuple[list[str] | None, str, str]]) -> list[tuple[list[str] | None, str]]:
    return [(field, code) for field, code, _ in found]


class TestMappings:
    async def test_everything_wrong_with_one_is_told_with_its_lines(self, office: Office) -> None:
        broken = MAPPING.replace("fields.total", "fields.totl").replace("fields.name", "fields.nam")
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(broken, "x.toml")
        found = await office.refused("importPreview", upload=upload, mappingUpload=mapping)
        assert {(tuple(field or ()), code) for field, code, _ in found} == {(("mappingUpload",), "INVALID")}
        texts = [message for _, _, message in found]
        assert "x.toml line 8, key parts[1].fields.nam: unknown field 'nam'; did you mean 'name'?" in texts
        assert "x.toml line 17, key parts[2].fields.totl: unknown field 'totl'; did you mean 'total'?" in texts

    @pytest.mark.parametrize("content", [b"\xff\xfe", b"a = ", b"x" * 1_000_001], ids=["bytes", "no TOML", "too large"])
    async def test_what_is_none_is_refused(self, office: Office, content: bytes) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(content, "open.toml")
        assert refusals(await office.refused("importApply", upload=upload, mappingUpload=mapping)) == [(["mappingUpload"], "INVALID")]

    @pytest.mark.parametrize("name", ["/etc/passwd", "plugins", "../plugins.toml", "mine", "mine.toml", "open-invoices.toml"])
    async def test_a_name_leads_only_to_what_ships_with_the_hub(self, office: Office, tmp_path: Path, name: str) -> None:
        for file in ("mine", "mine.toml", "plugins", "plugins.toml"):
            (tmp_path / file).write_text(MAPPING)
        upload = await office.upload(GOOD, "open.csv")
        [(field, code, message)] = await office.refused("importPreview", upload=upload, mapping=name)
        assert (field, code) == (["mapping"], "INVALID")
        assert message.startswith(f"no mapping {name!r} ships with the hub; bank-statement,")

    async def test_one_must_be_named_and_only_one(self, office: Office) -> None:
        upload = await office.upload(GOOD, "open.csv")
        assert refusals(await office.refused("importPreview", upload=upload)) == [(["mapping"], "INVALID")]
        assert refusals(await office.refused("importPreview", upload=upload, mapping="open-invoices", mappingUpload=upload)) == [(["mapping"], "INVALID")]


class TestUploads:
    async def test_one_whose_bytes_have_not_come_is_refused(self, office: Office) -> None:
        waiting = (await office.announce(b"12", "open.csv"))["stagedUpload"]["id"]
        assert refusals(await office.refused("importPreview", upload=waiting, mapping="open-invoices")) == [(["upload"], "CONFLICT")]

    async def test_one_that_is_not_there_is_refused(self, office: Office) -> None:
        assert refusals(await office.refused("importApply", upload=encode_id("StagedUpload", 99), mapping="open-invoices")) == [(["upload"], "NOT_FOUND")]
        assert refusals(await office.refused("importApply", upload=encode_id("JobRun", 1), mapping="open-invoices")) == [(["upload"], "NOT_FOUND")]

    async def test_one_that_has_expired_is_refused(self, office: Office, clock: FixedClock) -> None:
        upload = await office.upload(GOOD, "open.csv")
        clock.move_to(NOW + timedelta(hours=24))
        assert refusals(await office.refused("importApply", upload=upload, mapping="open-invoices")) == [(["upload"], "CONFLICT")]

    async def test_bytes_that_are_others_by_now_are_not_brought_in(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        key = await office.hand_in("importApply", upload=upload, mappingUpload=mapping)
        (office.hub.settings.var_directory / "uploads" / "1").write_bytes(b"Number\n")
        await office.work()
        found = await office.import_of(key)
        assert (found["state"], found["error"]) == ("FAILED", "the bytes of open.csv are not those that were sent: send the file again")


class TestPreviews:
    async def test_one_that_is_not_ready_or_no_preview_is_refused(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        waiting = await office.hand_in("importPreview", upload=upload, mappingUpload=mapping)
        assert refusals(await office.refused("importApply", preview=waiting)) == [(["preview"], "CONFLICT")]
        applied = await office.hand_in("importApply", upload=upload, mappingUpload=mapping)
        assert refusals(await office.refused("importApply", preview=applied)) == [(["preview"], "INVALID")]

    async def test_what_a_preview_says_is_not_said_twice(self, office: Office) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        preview = await office.done("importPreview", upload=upload, mappingUpload=mapping)
        found = await office.refused("importApply", preview=preview["id"], upload=upload, mappingUpload=mapping, connection="x", since="2026-01-01")
        assert refusals(found) == [(["upload"], "INVALID"), (["mappingUpload"], "INVALID"), (["connection"], "INVALID"), (["since"], "INVALID")]

    async def test_one_of_a_day_ago_is_refused(self, office: Office, clock: FixedClock) -> None:
        upload, mapping = await office.upload(GOOD, "open.csv"), await office.upload(MAPPING, "open.toml")
        preview = await office.done("importPreview", upload=upload, mappingUpload=mapping)
        clock.move_to(NOW + timedelta(hours=24))
        assert refusals(await office.refused("importApply", preview=preview["id"])) == [(["preview"], "CONFLICT")]

    async def test_neither_preview_nor_upload_is_refused(self, office: Office) -> None:
        assert refusals(await office.refused("importApply", mapping="open-invoices")) == [(["upload"], "INVALID")]


class TestDetails:
    async def test_what_cannot_be_is_refused_at_its_field(self, office: Office) -> None:
        upload = await office.upload(GOOD, "open.csv")
        found = await office.refused("importPreview", upload=upload, mapping="open-invoices", since="2027-01-01", sequence=" ")
        assert refusals(found) == [(["since"], "INVALID"), (["sequence"], "INVALID")]
        found = await office.refused("importPreview", upload=upload, mapping="open-invoices", closeAbsent=-1)
        assert refusals(found) == [(["closeAbsent"], "INVALID")]

    async def test_a_refusal_hands_nothing_in(self, office: Office) -> None:
        await office.refused("importApply", upload=await office.upload(GOOD, "open.csv"), mapping="nowhere")
        assert (office.rows(FileImport), [row for row in office.rows(JobRun) if row["kind"] == "import"]) == ([], [])
