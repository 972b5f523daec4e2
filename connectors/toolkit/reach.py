"""Where a request may go: the address that a name stands for is looked at, and that address is the one that is connected to.

What a caller of the API writes into the options of a connection must not lead into the network that the server stands in. Looking at
the name would not do: it may stand for a private address, or for another one at the next look.
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import SOCK_STREAM, gaierror

import anyio
import httpx

from hub.plugins import ConfigurationError, Reach

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses that a host name stands for, as text."""

_HTTPS_PORT = 443
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_OF_PROVIDERS = frozenset({"168.63.129.16"})
"""Public by number, and within a provider's network all the same: Azure's service of the host."""

_ISATAP = 0x5EFE
"""The second half of an address begins with this (RFC 5214, 6.1) where an address of the older kind is in it."""

_CARRIERS = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
"""Addresses of tunnels and of examples: behind the first there may be any address of the older kind."""


class ForbiddenPlaceError(ConfigurationError):
    """A connection that was made through the API leads to a place that it may not reach. Whoever owns the server can name the place in the file."""


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet, and no tunnel or translation leads on from it."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        is_special = str(address).startswith(("192.0.0.", "192.88.99.")) or str(address) in _OF_PROVIDERS
        return address.is_global and not address.is_multicast and not address.is_reserved and not is_special
    if int(address) >> 32 & 0xFCFFFFFF == _ISATAP:
        return False
    return address in _GLOBAL_UNICAST and address.is_global and not any(address in carrier for carrier in _CARRIERS)


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host name. Raises OSError when there are none."""
    return [str(found[4][0]) for found in await anyio.getaddrinfo(host, port, type=SOCK_STREAM)]


class BoundTransport(httpx.AsyncBaseTransport):
    """A transport that goes no further than a connection may reach. Proxies of the environment are not asked."""

    def __init__(self, reach: Reach, *, inner: httpx.AsyncBaseTransport | None = None, resolve: Resolve = resolve) -> None:
        """`inner` None: the network."""
        self._reach = reach
        self._inner = inner or httpx.AsyncHTTPTransport(trust_env=False)
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the address that was looked at; the name still stands in the header and in the certificate."""
        url = request.url
        port = url.port or (_HTTPS_PORT if url.scheme == "https" else 80)
        is_named = self._reach.names(url.host, port)
        if not is_named and (url.scheme != "https" or port != _HTTPS_PORT):
            raise _forbidden(url.host, port, "connections that were made through the API use https on port 443")
        address = await self._address_of(url.host, port, is_named=is_named)
        extensions = {**request.extensions, "sni_hostname": url.host}
        bound = httpx.Request(request.method, url.copy_with(host=address), headers=request.headers, stream=request.stream, extensions=extensions)
        return await self._inner.handle_async_request(bound)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    async def _address_of(self, host: str, port: int, *, is_named: bool) -> str:
        try:
            found = await self._resolve(host, port)
        except gaierror as error:
            raise httpx.ConnectError(f"the name {host} stands for no address") from error
        if not found:
            raise httpx.ConnectError(f"the name {host} stands for no address")
        if not is_named and not all(map(is_public, found)):
            raise _forbidden(host, port, "it is not on the open internet")
        return found[0]


def _forbidden(host: str, port: int, why: str) -> ForbiddenPlaceError:
    place = f"{f'[{host}]' if ':' in host else host}:{port}"
    return ForbiddenPlaceError(f"{place} may not be reached: {why}. Whoever owns the server can name {place} in hub.private_hosts of plugins.toml")
