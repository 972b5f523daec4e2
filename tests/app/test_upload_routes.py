"""`PUT /uploads/{id}`: who may send which bytes, and what is left on the disk."""

import hashlib
import stat
from dataclasses import replace
from datetime import timedelta

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from hub.access.policy import IMPORTERS
from hub.access.routes import route_policies
from hub.app import Hub
from hub.app.upload_routes import UploadReceiver, build_upload_routes
from hub.clock import FixedClock
from hub.config import ServerSettings, Settings
from hub.model import StagedUpload
from hub.sync.imports.folder import UploadFolder
from hub.vocabulary import Role, UploadState
from tests.app.conftest import NOW, MakeHub
from tests.app.office import BUILT_IN, Office

pytestmark = pytest.mark.anyio

CONTENT = b"Number\n" * 1_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, server=ServerSettings(upload_bytes=2_000_000))


@pytest.fixture
def hub(settings: Settings, make_hub: MakeHub) -> Hub:
    return make_hub(settings, *BUILT_IN)


@pytest.fixture
def office(hub: Hub) -> Office:
    return Office(hub)


async def announced(office: Office, content: bytes = CONTENT, **given: object) -> str:
    return str((await office.announce(content, "open.csv", **given))["url"])


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["status"]


def states(office: Office) -> list[UploadState]:
    return [row["state"] for row in office.rows(StagedUpload)]


class TestWhatIsTaken:
    async def test_pieces_become_one_file_that_only_the_hub_reads(self, office: Office) -> None:
        payload = await office.announce(CONTENT, "open.csv")
        assert (payload["url"], payload["method"], payload["stagedUpload"]["state"]) == ("/uploads/1", "PUT", "WAITING")
        assert payload["stagedUpload"]["expiresAt"] == (NOW + timedelta(hours=24)).isoformat().replace("+00:00", "Z")
        assert told(await office.send("/uploads/1", CONTENT, chunk=7)) == (200, "COMPLETE")
        folder = office.hub.settings.var_directory / "uploads"
        assert (office.files(), (folder / "1").read_bytes()) == (["1"], CONTENT)
        assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "1")] == [0o700, 0o600]
        [row] = office.rows(StagedUpload)
        assert (row["state"], row["sha256"]) == (UploadState.COMPLETE, hashlib.sha256(CONTENT).hexdigest())

    async def test_a_hash_in_capitals_is_a_hash(self, office: Office) -> None:
        url = await announced(office, sha256=hashlib.sha256(CONTENT).hexdigest().upper())
        assert told(await office.send(url, CONTENT)) == (200, "COMPLETE")

    async def test_what_broke_can_be_sent_again_and_what_is_complete_cannot(self, office: Office) -> None:
        url = await announced(office, sha256=hashlib.sha256(CONTENT).hexdigest())
        assert told(await office.send(url, CONTENT[:-1] + b"x")) == (422, "OTHER_HASH")
        assert (states(office), office.files()) == ([UploadState.WAITING], [])
        assert told(await office.send(url, CONTENT)) == (200, "COMPLETE")
        assert told(await office.send(url, CONTENT)) == (409, "COMPLETE_ALREADY")
        assert office.files() == ["1"]

    async def test_two_at_a_time_leave_one_file_with_its_own_hash(self, office: Office) -> None:
        url, other = await announced(office), b"Letter\n" * 1_000
        answers: list[tuple[int, str]] = []

        async def send(content: bytes) -> None:
            answers.append(told(await office.send(url, content, chunk=500)))

        async with anyio.create_task_group() as senders:
            senders.start_soon(send, CONTENT)
            senders.start_soon(send, other)
        assert sorted(answers) == [(200, "COMPLETE"), (409, "COMPLETE_ALREADY")]
        kept = (office.hub.settings.var_directory / "uploads" / "1").read_bytes()
        assert office.rows(StagedUpload)[0]["sha256"] == hashlib.sha256(kept).hexdigest()
        assert office.files() == ["1"]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("content", "headers", "expected"),
        [
            (CONTENT + b"x", {}, (400, "OTHER_LENGTH")),
            (CONTENT + b"x", {"Content-Length": str(len(CONTENT))}, (400, "OTHER_LENGTH")),
            (CONTENT[:-1], {"Content-Length": str(len(CONTENT))}, (400, "OTHER_LENGTH")),
            (CONTENT, {"Content-Length": ""}, (411, "LENGTH_MISSING")),
            (CONTENT, {"Content-Length": "+7000"}, (400, "OTHER_LENGTH")),
            (CONTENT, {"Content-Encoding": "gzip"}, (415, "ENCODED")),
            (CONTENT, {"Origin": "https://elsewhere.example"}, (403, "OTHER_ORIGIN")),
        ],
        ids=["longer", "longer than it says", "shorter than it says", "no length", "no number", "encoded", "another origin"],
    )
    async def test_leaves_nothing_and_can_be_mended(self, office: Office, content: bytes, *, headers: dict[str, str], expected: tuple[int, str]) -> None:
        url = await announced(office)
        answer = await office.send(url, content, headers=headers)
        assert told(answer) == expected
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert (states(office), office.files()) == ([UploadState.WAITING], [])
        assert told(await office.send(url, CONTENT)) == (200, "COMPLETE")

    async def test_another_token_finds_nothing(self, office: Office) -> None:
        url = await announced(office)
        assert told(await office.send(url, CONTENT, token=office.token(Role.FINANCE))) == (404, "NOT_FOUND")
        assert told(await office.send(url, CONTENT, token=office.tokens[Role.ADMIN])) == (404, "NOT_FOUND")
        assert told(await office.send(url, CONTENT, token="dun_nobody")) == (401, "UNAUTHENTICATED")
        for role in (Role.COLLECTOR, Role.INTEGRATOR, Role.AUDITOR):
            assert told(await office.send(url, CONTENT, token=office.tokens[role])) == (403, "FORBIDDEN")
        assert office.files() == []

    async def test_no_other_method_is_taken(self, office: Office) -> None:
        url = await announced(office)
        async with office.client(office.tokens[Role.FINANCE]) as client:
            answers = [await client.request(method, url, content=CONTENT) for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS")]
        assert {(told(answer), answer.headers["allow"]) for answer in answers} == {((405, "ONLY_PUT"), "PUT")}

    @pytest.mark.parametrize("number", ["2", "0", "-1", "1.0", "9" * 30, "%2e%2e", "1%00", "..%2f1"])
    async def test_numbers_that_are_none_lead_nowhere(self, office: Office, number: str) -> None:
        await announced(office)
        assert (await office.send(f"/uploads/{number}", CONTENT)).status_code == 404

    async def test_after_a_day_it_is_too_late(self, office: Office, clock: FixedClock) -> None:
        url = await announced(office)
        clock.move_to(NOW + timedelta(hours=24))
        async with office.client(office.tokens[Role.FINANCE]) as client:
            assert told(await client.put(url, content=CONTENT)) == (410, "EXPIRED")

    async def test_what_does_not_come_is_not_waited_for(self, office: Office) -> None:
        url = await announced(office)
        hub = office.hub
        folder = UploadFolder(hub.settings.var_directory)
        receiver = UploadReceiver(hub.store, hub.clock, folder, hub.services.authenticate, idle_seconds=0.05)
        app = Starlette(routes=build_upload_routes(receiver))
        sent: list[Message] = []

        async def receive() -> Message:
            await anyio.sleep_forever()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {office.tokens[Role.FINANCE]}".encode()), (b"content-length", b"7000"), (b"host", b"hub")]
        scope = {"type": "http", "method": "PUT", "path": url, "raw_path": url.encode(), "query_string": b"", "headers": headers, "root_path": ""}
        await app(scope | {"http_version": "1.1", "scheme": "http"}, receive, send)
        assert sent[0]["status"] == 408
        assert (states(office), office.files()) == ([UploadState.WAITING], [])

    async def test_no_more_than_a_few_come_in_at_a_time(self, office: Office) -> None:
        url = await announced(office)
        hub = office.hub
        receiver = UploadReceiver(hub.store, hub.clock, UploadFolder(hub.settings.var_directory), hub.services.authenticate, files_at_once=0)
        app = Starlette(routes=build_upload_routes(receiver))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
            answer = await client.put(url, content=CONTENT, headers={"Authorization": f"Bearer {office.tokens[Role.FINANCE]}"})
        assert (told(answer), answer.headers["retry-after"]) == ((503, "BUSY"), "30")


class TestAnnouncing:
    @pytest.mark.parametrize("name", ["", " ", "a/b.csv", "..\\b.csv", "..", "a\n.csv", "a\u202ecsv.exe", "x" * 256])
    async def test_a_name_has_no_folders_and_nothing_unseen(self, office: Office, name: str) -> None:
        payload = await office.act("stagedUploadCreate", {"fileName": name, "byteSize": 1}, select="stagedUpload { id } url")
        assert (payload["stagedUpload"], payload["url"], [error["field"] for error in payload["userErrors"]]) == (None, None, [["fileName"]])

    @pytest.mark.parametrize("size", [0, -1, 2_000_001])
    async def test_a_size_beyond_the_limit_is_refused(self, office: Office, size: int) -> None:
        payload = await office.act("stagedUploadCreate", {"fileName": "a.csv", "byteSize": size}, select="url")
        assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(["byteSize"], "INVALID")]

    async def test_all_together_have_a_limit(self, office: Office) -> None:
        for _ in range(20):
            await office.act("stagedUploadCreate", {"fileName": "a.csv", "byteSize": 2_000_000}, select="url")
        payload = await office.act("stagedUploadCreate", {"fileName": "a.csv", "byteSize": 1}, select="url")
        assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(["byteSize"], "CONFLICT")]

    async def test_a_repetition_with_its_key_gives_the_same_address(self, office: Office) -> None:
        given = {"fileName": "a.csv", "byteSize": 1, "idempotencyKey": "k"}
        assert [(await office.act("stagedUploadCreate", given, select="url"))["url"] for _ in range(2)] == ["/uploads/1"] * 2

    async def test_a_hash_that_is_none_is_refused(self, office: Office) -> None:
        payload = await office.act("stagedUploadCreate", {"fileName": "a.csv", "byteSize": 1, "sha256": "abc"}, select="url")
        assert [error["field"] for error in payload["userErrors"]] == [["sha256"]]


class TestWhatIsForgotten:
    async def test_bytes_go_after_a_day_and_those_that_a_job_needs_stay(self, office: Office, clock: FixedClock) -> None:
        await office.upload(CONTENT, "open.csv")
        needed = await office.upload(CONTENT, "needed.csv")
        await announced(office)
        (office.hub.settings.var_directory / "uploads" / "77").write_bytes(b"of nobody")
        await office.hand_in("importApply", upload=needed, mapping="open-invoices")
        await office.work()
        assert office.files() == ["1", "2"]
        clock.move_to(NOW + timedelta(hours=25))
        await office.work()
        assert (states(office), office.files()) == ([UploadState.EXPIRED] * 3, [])


def test_the_route_declares_who_may_use_it(office: Office) -> None:
    assert {item.path: item.policy for item in route_policies(office.app.routes)}["/uploads/{id}"] is IMPORTERS
