"""The tests themselves cannot leave this machine."""

import socket

import httpx
import pytest

from tests.network import NetworkBlockedError


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"], ids=["ipv4", "ipv6"])
def test_another_machine_is_refused(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client, pytest.raises(NetworkBlockedError):
        client.connect((address, 80))


def test_another_machine_is_not_looked_up() -> None:
    with pytest.raises(NetworkBlockedError):
        socket.getaddrinfo("example.org", 443)


def test_an_http_client_does_not_take_the_refusal_for_an_outage() -> None:
    with pytest.raises(NetworkBlockedError):
        httpx.get("https://example.org/")


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, pytest.raises(NetworkBlockedError):
        client.sendto(b"x", ("192.0.2.1", 53))


def test_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
