"""An input for every mutation with which it has an effect, so that what holds for all of them can be shown of each."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from hub.model import ApiToken
from hub.vocabulary import Role
from schema.ids import encode_id
from tests.schema.hub import NOW, Hub

Input = dict[str, Any]


def token(hub: Hub, **values: object) -> str:
    """A token that nobody can use, since nobody knows its secret."""
    number = len(hub.rows(ApiToken))
    given: dict[str, object] = {"name": "till", "role": Role.FINANCE, "token_hash": number.to_bytes(32), "created_at": NOW}
    return encode_id("ApiToken", hub.insert(ApiToken, **given | values))


EXAMPLES: Mapping[str, Callable[[Hub], Input]] = {
    "apiTokenCreate": lambda _hub: {"name": "till", "role": "FINANCE", "expiresAt": (NOW + timedelta(days=1)).isoformat()},
    "apiTokenRevoke": lambda hub: {"id": token(hub)},
}
