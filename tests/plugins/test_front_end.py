"""The example front end is served from the origin of the API, whole, and lets nothing of others in."""

import re
from collections.abc import Generator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hub.access.routes import Public, route_policies
from hub.app.headers import SecurityHeaders
from hub.config import load_settings
from hub.plugins import HubServices
from hub.plugins.host import load_plugins
from hub.store.engine import Store
from tests.documents import ROOT, WORKSPACE
from tests.plugins.samples import CLOCK

EXAMPLES = ROOT / "docs" / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.js"))
DECLARED = '[[plugins]]\nmodule = "docs/examples/front_end.py"\n'
"""What plugins.toml and the README say to write."""


class Addresses(HTMLParser):
    """Whatever a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value or "" for name, value in attrs if name in {"src", "href", "action"}]


@pytest.fixture
def client(tmp_path: Path) -> Generator[TestClient]:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "plugins.toml").write_text(WORKSPACE + DECLARED, encoding="utf-8")
    settings = load_settings(tmp_path / "plugins.toml", {})
    catalogue = load_plugins(settings, CLOCK, environ={}, built_in=(), installed=())
    store = Store(f"sqlite:///{tmp_path}/hub.db")
    services = HubServices(settings=settings, store=store, clock=CLOCK, authenticate=lambda _: None, business_date=lambda: CLOCK.now().date())
    routes = catalogue.routes["example"].build(services)
    assert {found.path for found in route_policies(routes) if isinstance(found.policy, Public)} == {"/example", "/example/", "/example/{name}"}
    with TestClient(SecurityHeaders(Starlette(routes=routes))) as found:
        yield found
    store.dispose()


def loaded(client: TestClient) -> dict[str, str]:
    """The page and every module and style that it loads, followed from one to the next, by name."""
    page = client.get("/example/")
    parser = Addresses()
    parser.feed(page.text)
    texts, waiting = {"index.html": page.text}, list(parser.found)
    while waiting:
        name = waiting.pop().removeprefix("./")
        if name not in texts:
            response = client.get(f"/example/{name}")
            assert response.status_code == httpx.codes.OK, name
            texts[name] = response.text
            waiting += re.findall(r"from '([^']+)'", response.text)
    return texts


def test_the_page_is_served_whole(client: TestClient) -> None:
    assert loaded(client).keys() == {"index.html", "style.css", "page.js", "hub.js"}
    assert client.get("/example", follow_redirects=False).headers["location"] == "/example/"


def test_the_readme_and_the_settings_say_how_to_have_it() -> None:
    assert DECLARED in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "".join(f"# {line}\n" for line in DECLARED.splitlines()) in (ROOT / "plugins.toml").read_text(encoding="utf-8")


def test_the_documents_are_those_that_the_page_asks_for(client: TestClient) -> None:
    [names] = re.findall(r"\[([^\]]+)\]\.map\(documentOf\)", (EXAMPLES / "page.js").read_text(encoding="utf-8"))
    for name in re.findall(r"'([^']+)'", names):
        assert client.get(f"/example/{name}.graphql").text == (EXAMPLES / f"{name}.graphql").read_text(encoding="utf-8")


def test_the_browser_is_told_to_load_nothing_from_elsewhere_and_to_keep_the_rest_of_our_headers(client: TestClient) -> None:
    response = client.get("/example/")
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert response.headers["x-content-type-options"] == "nosniff"
    assert client.get("/example/page.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["front_end.py", "..%2Fapi.md", "..%2F..%2Fplugins.toml", "%2Fetc%2Fhostname", "nothing.js"])
def test_nothing_else_of_the_folder_or_beside_it_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/example/{name}").status_code == httpx.codes.NOT_FOUND


def test_the_page_names_no_host(client: TestClient) -> None:
    for name, text in loaded(client).items():
        assert re.findall(r"(?:https?:|[\"'])//[a-z0-9-]+\.[a-z]+", text) == [], name


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_data_never_become_markup_and_amounts_never_become_numbers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text) == []
    assert re.findall(r"parseFloat|Number\(|toFixed|localStorage|document\.cookie", text) == []
