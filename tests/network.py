"""A guard that keeps the tests on this machine."""

import ipaddress
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest


class NetworkBlockedError(RuntimeError):
    """A test tried to reach another machine: fake that edge. Not an OSError, so no code under test takes it for an outage."""


@contextmanager
def only_loopback() -> Generator[None]:
    """Refuse, until the end, to connect, send or resolve to anything but loopback addresses and Unix sockets."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def _guarded(method: Any) -> Any:  # noqa: ANN401 - stands in for methods of several shapes
    def guarded(self: socket.socket, *arguments: Any) -> Any:  # noqa: ANN401
        address = arguments[-1]  # the last argument of all three
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _refuse_unless_loopback(address[0])
        return method(self, *arguments)

    return guarded


def _guarded_lookup(lookup: Any) -> Any:  # noqa: ANN401
    def guarded(host: str | bytes | None, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        _refuse_unless_loopback(host.decode() if isinstance(host, bytes) else host)
        return lookup(host, *arguments, **named)

    return guarded


def _refuse_unless_loopback(host: str | None) -> None:
    if host and not _is_loopback(host):
        message = f"the tests may not reach {host}"
        raise NetworkBlockedError(message)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
