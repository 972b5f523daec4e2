"""Registers the connector to the sandbox with the hub."""

from connectors.sandbox.connector import SandboxConnector
from connectors.sandbox.world import World
from hub.plugins import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[Connector]:
    """The connector to the sandbox."""
    return [SandboxConnector(World)]
