"""Registers the connector to the sandbox, and the sandbox itself, with the hub."""

from connectors.sandbox.connector import SandboxConnector
from connectors.sandbox.server.serving import TryOut
from connectors.sandbox.world import World
from hub.plugins import Connector, Sandbox, hookimpl


@hookimpl
def hub_connectors() -> list[Connector]:
    """The connector to the sandbox."""
    return [SandboxConnector(World)]


@hookimpl
def hub_sandboxes() -> list[Sandbox]:
    """What `dunwell sandbox` serves."""
    return [TryOut()]
