"""What every object of the sandbox carries, and so every record that is made of one."""

from datetime import datetime
from typing import Any, TypedDict

from connectors.toolkit.payload import Payload
from hub.plugins import ConnectionKind, CrossReference

GATEWAY = "sandbox"
"""The gateway's name, on its attempts and on the payments that accounting has from it."""


class Carried(TypedDict):
    """The members that all records share; the sandbox has no page for people, so there is no address of an object."""

    external_id: str
    source_version: int
    source_updated_at: datetime
    raw: dict[str, Any]


def carried_by(payload: Payload) -> Carried:
    """Id, version, last change and the payload as it came. Raises RecordError."""
    return {
        "external_id": payload.reference,
        "source_version": payload.integer("version"),
        "source_updated_at": payload.instant("updated_at"),
        "raw": dict(payload.values),
    }


def known_in(kind: ConnectionKind, external_id: str | None) -> list[CrossReference]:
    """The id that a customer has in another of the systems, where somebody filled it in."""
    return [CrossReference(external_id=external_id, kind=kind)] if external_id and external_id.strip() else []
