"""How a request proves that it may ask: headers, and what can be done when they are refused."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Credential(Protocol):
    """Gives the headers of each request. Secrets stand in headers or forms, never in an address, for addresses are logged."""

    async def headers(self) -> Mapping[str, str]:
        """The headers to ask with. Raises SourceError when there are none to be had."""
        ...

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """Whether there are other headers than those that were just refused, so that it is worth asking once more."""
        ...


@dataclass(frozen=True, slots=True)
class FixedHeaders:
    """Headers that never change: an API key, or none at all."""

    fixed: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    async def headers(self) -> Mapping[str, str]:
        """See `Credential`."""
        return self.fixed

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """There never are others."""
        del refused
        return False


def bearer(key: str) -> FixedHeaders:
    """A key as `Authorization: Bearer`."""
    return FixedHeaders({"Authorization": f"Bearer {key}"})


def basic(user: str, password: str = "") -> FixedHeaders:
    """A user and a password as HTTP Basic; for many an API the key is the user."""
    return FixedHeaders({"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"})
