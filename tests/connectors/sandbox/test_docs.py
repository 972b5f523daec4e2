"""The page on the sandbox tells every option and secret, and its connections can be opened."""

import tomllib
from pathlib import Path

import pytest

from connectors.sandbox.options import problems_of
from connectors.sandbox.server import Fault, Keys
from hub.plugins import ConnectionKind
from tests.connectors.sandbox.small_world import SmallWorld, connector_to
from tests.documents import blocks, document, missing_code

PAGE = document("sandbox.md")
CONNECTOR = connector_to(SmallWorld())


def test_every_option_and_secret_is_documented() -> None:
    assert missing_code(PAGE, [*CONNECTOR.option_names, *CONNECTOR.facts.secret_names]) == []


def test_the_connections_of_the_page_can_be_opened() -> None:
    (example,) = blocks(PAGE, "toml")
    connections = tomllib.loads(example)["connections"].values()
    assert {ConnectionKind[found["kind"]] for found in connections} == set(CONNECTOR.kinds)
    assert [problem for found in connections for problem in CONNECTOR.check_options(found["options"], Path())] == []


def test_the_connection_to_a_served_sandbox_is_fine() -> None:
    assert 'options = { system = "accounting", url = "http://127.0.0.1:8100" }' in PAGE
    assert problems_of({"system": "accounting", "url": "http://127.0.0.1:8100"}) == []


def test_the_fault_of_the_page_is_one() -> None:
    assert Fault("rate_limited_seconds") in Fault
    assert "Sandbox-Fault: rate_limited_seconds" in PAGE


@pytest.mark.parametrize("name", ["accounting_secret", "crm_secret", "gateway_secret"])
def test_every_system_has_a_secret_for_its_webhooks(name: str) -> None:
    assert getattr(Keys(), name)
