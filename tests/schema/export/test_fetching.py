"""`/exports/{id}`: for the token that asked, whole or in parts, for seven days, and for nobody else."""

from datetime import timedelta

import httpx
import pytest

from hub.access.policy import EXPORTERS
from hub.access.routes import RoutePolicy, route_policies
from hub.model import ApiToken
from hub.vocabulary import Role
from schema.http.routes import build_routes
from schema.ids import encode_id
from tests.schema.export.place import Place, lines
from tests.schema.hub import NOW


async def fetched(place: Place, *, kind: str = "JSONL", rows: int = 40) -> tuple[str, httpx.Response]:
    """A finished export: its address and what a plain GET gives."""
    customer = place.hub.customer("Ünïcode & Co")
    for number in range(rows):
        place.hub.invoice(customer, number, number=f"N{number}")
    operation = place.ask("{ invoices { nodes { id number customer { name } } } }", kind)
    await place.run()
    url = f"/exports/{operation['id']}"
    return url, await place.fetch(url)


async def test_the_file_comes_with_what_a_client_needs_to_know(place: Place) -> None:
    url, answer = await fetched(place)
    assert answer.status_code == 200
    assert len(lines(answer.content)) == 40
    told = {name: answer.headers.get(name) for name in ("content-type", "content-disposition", "cache-control", "x-content-type-options", "accept-ranges")}
    assert told == {
        "content-type": "application/jsonl",
        "content-disposition": 'attachment; filename="export-1.jsonl"',
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
    }
    assert answer.headers["content-length"] == str(len(answer.content))
    head = await place.fetch(url, method="HEAD")
    assert (head.status_code, head.content, head.headers["etag"], head.headers["content-length"]) == (
        200,
        b"",
        answer.headers["etag"],
        str(len(answer.content)),
    )


async def test_a_table_says_that_it_is_one(place: Place) -> None:
    _, answer = await fetched(place, kind="CSV")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="export-1.csv"'


async def test_a_download_that_broke_off_anywhere_goes_on_where_it_was(place: Place) -> None:
    url, whole = await fetched(place)
    size, tag = len(whole.content), whole.headers["etag"]
    for at in (0, 1, size // 2, size - 1):
        rest = await place.fetch(url, headers={"range": f"bytes={at}-", "if-range": tag})
        assert (rest.status_code, rest.headers["content-range"]) == (206, f"bytes {at}-{size - 1}/{size}")
        assert whole.content[:at] + rest.content == whole.content
        assert rest.headers["content-length"] == str(size - at)
        assert rest.headers["etag"] == tag
    beyond = await place.fetch(url, headers={"range": f"bytes={size}-", "if-range": tag})
    assert (beyond.status_code, beyond.content, beyond.headers["content-range"]) == (416, b"", f"bytes */{size}")


@pytest.mark.parametrize("condition", ['"another"', "W/{tag}", "Sat, 21 Mar 2026 09:30:00 GMT"])
async def test_a_rest_of_another_file_is_never_given(place: Place, condition: str) -> None:
    url, whole = await fetched(place)
    headers = {"range": "bytes=5-", "if-range": condition.format(tag=whole.headers["etag"])}
    answer = await place.fetch(url, headers=headers)
    assert (answer.status_code, answer.content) == (200, whole.content)


async def test_several_ranges_and_ranges_of_a_head_give_the_whole(place: Place) -> None:
    url, whole = await fetched(place)
    assert (await place.fetch(url, headers={"range": "bytes=0-1,3-4"})).content == whole.content
    head = await place.fetch(url, method="HEAD", headers={"range": "bytes=0-1"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))


async def test_an_empty_file_has_no_part(place: Place) -> None:
    url, whole = await fetched(place, rows=0)
    assert (whole.status_code, whole.content, whole.headers["content-length"]) == (200, b"", "0")
    assert (await place.fetch(url, headers={"range": "bytes=0-"})).status_code == 416


async def test_nobody_else_gets_it_whatever_their_role(place: Place) -> None:
    url, _ = await fetched(place)
    answers = {role: (await place.fetch(url, by=place.token(role.value, role))).status_code for role in Role}
    assert answers == {Role.ADMIN: 404, Role.FINANCE: 404, Role.AUDITOR: 404, Role.COLLECTOR: 403, Role.INTEGRATOR: 403}
    assert (await place.fetch(url, headers={"authorization": ""})).status_code == 401
    assert (await place.fetch(url, headers={"origin": "http://evil.example"})).status_code == 403
    place.change(ApiToken, place.ada.id, role=Role.FINANCE)
    assert (await place.fetch(url)).status_code == 404
    place.revoke(place.ada)
    assert (await place.fetch(url)).status_code == 401


@pytest.mark.parametrize(
    "text",
    [
        encode_id("BulkOperation", 99),
        encode_id("BulkOperation", 2**63),
        encode_id("Invoice", 1),
        "1",
        "x",
        "1-1.jsonl",
        "%2e%2e%2f1-1.jsonl",
        "..%2Fadmin-token",
        "%00",
    ],
)
async def test_what_is_no_id_of_an_export_is_not_there(place: Place, text: str) -> None:
    await fetched(place)
    assert (await place.fetch(f"/exports/{text}")).status_code == 404


async def test_what_is_not_finished_is_not_there(place: Place) -> None:
    operation = place.ask()
    assert (await place.fetch(f"/exports/{operation['id']}")).status_code == 404


async def test_other_methods_get_405(place: Place) -> None:
    url, _ = await fetched(place)
    answer = await place.fetch(url, method="POST")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_it_is_there_for_seven_days(place: Place) -> None:
    url, _ = await fetched(place)
    place.clock.move_to(NOW + timedelta(days=7, seconds=-1))
    assert (await place.fetch(url)).status_code == 200
    place.clock.move_to(NOW + timedelta(days=7))
    assert (await place.fetch(url)).status_code == 404


async def test_a_file_that_is_gone_from_the_disk_is_not_there(place: Place) -> None:
    url, _ = await fetched(place)
    for name in place.files():
        (place.folder / "exports" / name).unlink()
    assert (await place.fetch(url)).status_code == 404


async def test_folder_and_files_are_for_their_owner_only(place: Place) -> None:
    await fetched(place)
    [name] = place.files()
    folder = place.folder / "exports"
    assert (folder.stat().st_mode & 0o777, (folder / name).stat().st_mode & 0o777) == (0o700, 0o600)


def test_the_route_declares_its_policy(place: Place) -> None:
    routes = build_routes(place.services, place.hub.schema)
    assert RoutePolicy("/exports/{id}", EXPORTERS) in route_policies(routes)
