"""Where a connection that was made through the API may go: addresses are looked at, names are not believed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from socket import gaierror

import httpx
import pytest

from connectors.toolkit.reach import BoundTransport, ForbiddenPlaceError, is_public
from connectors.toolkit.wire import Request, Wire
from hub.plugins import ANYWHERE, PUBLIC, Reach

PRIVATE = """
127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.254 192.0.0.1
168.63.129.16 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:2::1
3fff::1 2a00:1450::5efe:10.0.0.1 2a00:1450::200:5efe:10.0.0.1
2001:db8::1 2002:7f00:1::1 2002:a00:1::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1 nonsense 1.2.3 0x7f000001 2130706433
""".split()
PUBLIC_ADDRESSES = "8.8.8.8 1.1.1.1 93.184.216.34 2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8".split()
REFUSED_URLS = """
http://shop.example/ https://shop.example:8443/ https://127.0.0.1/ https://2130706433/ https://0x7f.1/ https://127.1/ https://0/
https://[::1]/ https://[::ffff:127.0.0.1]/ https://localhost/ https://localhost./ https://shop.example.internal/ https://me@shop.example.internal/
https://shop.example:80/ https://metadata.internal/ https://127.0.0.1.nip.example/
""".split()


@dataclass
class Network:
    """What names stand for, and what was connected to. A name that it does not know stands for this machine."""

    names: dict[str, Sequence[str]] = field(default_factory=lambda: {"shop.example": ["93.184.216.34"]})
    sent: list[httpx.Request] = field(default_factory=list[httpx.Request])

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        del port
        return self.names.get(host, ["127.0.0.1"])

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200, json={})

    def transport(self, reach: Reach = PUBLIC) -> BoundTransport:
        return BoundTransport(reach, inner=httpx.MockTransport(self.answer), resolve=self.resolve)


async def get(network: Network, url: str, reach: Reach = PUBLIC) -> httpx.Response:
    async with httpx.AsyncClient(transport=network.transport(reach)) as client:
        return await client.get(url)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_on_the_open_internet_is_known_as_such(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_one_that_is_is_too(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", REFUSED_URLS)
async def test_what_may_not_be_reached_is_not_connected_to(url: str) -> None:
    network = Network()
    with pytest.raises(ForbiddenPlaceError, match=r"hub\.private_hosts"):
        await get(network, url)
    assert network.sent == []


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_stands_for_such_an_address_too_is_refused(address: str) -> None:
    network = Network({"shop.example": ["93.184.216.34", address]})
    with pytest.raises(ForbiddenPlaceError):
        await get(network, "https://shop.example/")
    assert network.sent == []


async def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to() -> None:
    network = Network()
    await get(network, "https://shop.example/v1/x?y=1")
    [sent] = network.sent
    assert str(sent.url) == "https://93.184.216.34/v1/x?y=1"
    assert sent.headers["Host"] == "shop.example"
    assert sent.extensions["sni_hostname"] == "shop.example"


async def test_a_name_is_looked_at_for_each_request() -> None:
    network = Network()
    async with httpx.AsyncClient(transport=network.transport()) as client:
        await client.get("https://shop.example/")
        network.names["shop.example"] = ["169.254.169.254"]
        with pytest.raises(ForbiddenPlaceError):
            await client.get("https://shop.example/")
    assert len(network.sent) == 1


async def test_a_place_that_the_file_names_may_be_reached_with_its_port_only() -> None:
    network = Network({"erp.internal": ["10.0.0.5"]})
    reach = Reach(places=frozenset({"erp.internal:8100"}))
    await get(network, "http://ERP.internal:8100/x", reach)
    assert str(network.sent[0].url) == "http://10.0.0.5:8100/x"
    for url in ("http://erp.internal/x", "https://erp.internal/x", "http://10.0.0.5:8100/x"):
        with pytest.raises(ForbiddenPlaceError):
            await get(network, url, reach)


async def test_a_name_without_an_address_is_a_source_that_cannot_be_reached() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise gaierror(-2, f"{host}:{port}")

    async with httpx.AsyncClient(transport=BoundTransport(PUBLIC, inner=httpx.MockTransport(Network().answer), resolve=unknown)) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("https://shop.example/")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    def redirect(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://169.254.169.254/"}, request=request)

    wire = Wire("https://shop.example", transport=BoundTransport(PUBLIC, inner=httpx.MockTransport(redirect), resolve=Network().resolve))
    reply = await wire.send(Request(method="GET", path="/x"), {})
    await wire.aclose()
    assert reply.status == 302


async def test_a_wire_that_is_told_nothing_goes_no_further_than_the_open_internet() -> None:
    wire = Wire("http://127.0.0.1:9")
    with pytest.raises(ForbiddenPlaceError):
        await wire.send(Request(method="GET", path="/x"), {})
    await wire.aclose()
    assert ANYWHERE.names("127.0.0.1", 9)
