"""The ways in which the sandbox's lists and objects are asked for over HTTP."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote

from connectors.toolkit.cursors import Place
from connectors.toolkit.http import HttpClient, Lookup, Present
from connectors.toolkit.paging import Ask, AskBehind, Slice
from connectors.toolkit.payload import Payload, id_of, objects_of
from connectors.toolkit.verdicts import Verdict, verdict_by_status
from connectors.toolkit.wire import Reply, Scalar
from hub.plugins import RecordError

PAGE_SIZE = 200
_IDS_SIZE = 1000
_BAD_REQUEST = 400


def sandbox_verdict(reply: Reply) -> Verdict:
    """The rule by status, but that a place which the gateway no longer knows is answered as 400: that place is gone, not the contract."""
    verdict = verdict_by_status(reply)
    if verdict is not Verdict.BROKEN:
        return verdict
    document = reply.document_or_none()
    is_unknown = isinstance(document, dict) and cast("dict[str, Any]", document).get("error") == "unknown_cursor"
    return Verdict.GONE if is_unknown else verdict


def _token_verdict(reply: Reply) -> Verdict:
    """The rule for a page behind a token: what is wrong with such a request is its token, which the system knows no more."""
    return Verdict.GONE if reply.status == _BAD_REQUEST else sandbox_verdict(reply)


def by_offset(client: HttpClient, path: str) -> Ask:
    """The list of accounting customers, deleted ones too: pages begin at an offset."""

    async def ask(start: datetime | None, place: Place | None) -> Slice:
        offset = place if isinstance(place, int) else 0
        params: dict[str, Scalar] = {"updated_since": _text(start), "offset": offset, "include_deleted": True, "limit": PAGE_SIZE}
        document = await client.get_json(path, params)
        items = objects_of(document, "items", client)
        total = document.get("total")
        if not isinstance(total, int):
            raise client.contract_error("the list does not say how many items it has")
        reached = offset + len(items)
        return Slice(items, _newest(items), reached if items and reached < total else None, total)

    return ask


def by_token(client: HttpClient, path: str, *, since: str, token: str, items: str) -> Ask:
    """A list whose pages begin behind the source's own token. The words are the names of its parameters and of the list in its answers."""
    behind = replace(client, classify=_token_verdict)

    async def ask(start: datetime | None, place: Place | None) -> Slice:
        params: dict[str, Scalar] = {since: _text(start), "limit": PAGE_SIZE}
        document = await (behind.get_page(path, {**params, token: place}) if isinstance(place, str) else client.get_json(path, params))
        found = objects_of(document, items, client)
        next_place = document.get(f"next_{token}")
        if not isinstance(next_place, str | None):
            raise client.contract_error(f"next_{token} is no text")
        return Slice(found, _newest(found), next_place)

    return ask


def by_keyset(client: HttpClient, path: str) -> Ask:
    """A list of accounting whose pages begin behind the last change and the id of an object."""

    async def ask(start: datetime | None, place: Place | None) -> Slice:
        params: dict[str, Scalar] = {"updated_since": _text(start), "limit": PAGE_SIZE}
        if isinstance(place, tuple):
            params |= {"after_updated_at": place[0], "after_id": place[1]}
        document = await client.get_json(path, params)
        items = objects_of(document, "items", client)
        return Slice(items, _newest(items), _key(items, client) if document.get("has_more") else None)

    return ask


def deletions(client: HttpClient) -> AskBehind:
    """The deletions of invoices, behind the number of one."""

    async def ask(place: Place | None) -> Slice:
        document = await client.get_json("/v1/deletions", {"after": place if isinstance(place, int) else 0, "limit": PAGE_SIZE})
        items = objects_of(document, "items", client)
        numbers = [item.get("number") for item in items]
        if not all(isinstance(number, int) for number in numbers):
            raise client.contract_error("a deletion has no number")
        last = max(cast("list[int]", numbers), default=None)
        return Slice(items, next_place=last if document.get("next_after") is not None else None, last_place=last)

    return ask


def payment_ids(client: HttpClient) -> AskBehind:
    """The ids of all living payments, as objects with nothing but an id."""

    async def ask(place: Place | None) -> Slice:
        document = await client.get_json("/v1/payment_ids", {"after_id": place if isinstance(place, str) else None, "limit": _IDS_SIZE})
        answer = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
        ids = answer.get("ids")
        if not isinstance(ids, list) or not all(isinstance(one, str) and one for one in cast("list[Any]", ids)):
            raise client.contract_error("the answer has no list of ids")
        names = cast("list[str]", ids)
        last = names[-1] if names else None
        return Slice([{"id": name} for name in names], next_place=last if answer.get("has_more") else None, last_place=last)

    return ask


async def look_up(client: HttpClient, path: str, object_id: str) -> Lookup:
    """One object. Raises SourceContractError when another one comes."""
    found = await client.look_up(f"{path}/{quote(object_id, safe='')}")
    if isinstance(found, Present) and not _is_about(found.document, object_id):
        raise client.contract_error(f"GET {path}: asked for one object, another one came")
    return found


def _is_about(document: object, object_id: str) -> bool:
    return isinstance(document, dict) and id_of(cast("dict[str, Any]", document)) == object_id


def _text(instant: datetime | None) -> str | None:
    """An instant as the sandbox writes it: whole seconds, in UTC."""
    return None if instant is None else instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _newest(items: list[dict[str, Any]]) -> datetime | None:
    instants = [_changed_at(item) for item in items]
    return max((instant for instant in instants if instant is not None), default=None)


def _changed_at(item: Mapping[str, Any]) -> datetime | None:
    """When an object was last changed; None where it does not say so in a way that can be read, for which mapping refuses it."""
    try:
        return Payload(item, "").instant_or_none("updated_at")
    except RecordError:
        return None


def _key(items: list[dict[str, Any]], client: HttpClient) -> tuple[str, str]:
    last = items[-1] if items else {}
    instant, object_id = last.get("updated_at"), last.get("id")
    if not isinstance(instant, str) or not isinstance(object_id, str):
        raise client.contract_error("the list has more, but its last object has no change and id to go on from")
    return instant, object_id
