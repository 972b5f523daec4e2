"""The hooks: the eight places where a plugin says what it brings. They only register; the work is on the objects.

Every hook is called once, when the hub starts, for one plugin after the other: built-in plugins first, then installed ones, then
those that `plugins.toml` names. The order of calls never matters, for all results are sorted by name. A hook is a plain
function, never `async`. It returns a list; a plugin that has nothing to register leaves the hook out. `context` may be left out too.

An exception from a hook, a wrong type and a name that another plugin already uses stop the start with PluginLoadError, which
names plugin and hook; where `plugins.toml` says `required = false`, the plugin is left out whole, with a warning.
"""

import pluggy

from hub.plugins.channel import Channel
from hub.plugins.connector import Connector
from hub.plugins.context import PluginContext
from hub.plugins.rate_source import RateSource
from hub.plugins.risk_scorer import RiskScorer
from hub.plugins.routes import RoutesFactory
from hub.plugins.sandbox import Sandbox
from hub.plugins.services import Exporter
from rules.fields import Field

PROJECT = "dunwell"

hookspec = pluggy.HookspecMarker(PROJECT)
"""Marks the specification of a hook; only this module uses it."""

hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as its implementation of the hook with the same name."""


@hookspec
def hub_connectors(context: PluginContext) -> list[Connector]:
    """Connectors: code for kinds of outside systems, to which `plugins.toml` declares connections.

    Called once at start, before the connections of `plugins.toml` are checked; must not touch the network.

    Args:
        context: the plugin's own options, secrets and folders.

    Returns:
        The connectors. Names are unique over all plugins.

    Order: none; connectors are sorted by name.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required.

    Example:
        @hookimpl
        def hub_connectors() -> list[Connector]:
            return [LedgerConnector()]
    """
    raise NotImplementedError


@hookspec
def hub_channels(context: PluginContext) -> list[Channel]:
    """Channels: ways in which a message leaves the hub.

    Called once at start; must not send or connect.

    Args:
        context: the plugin's own options, secrets and folders.

    Returns:
        The channels. Names are unique over all plugins.

    Order: none; channels are sorted by name.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required.

    Example:
        @hookimpl
        def hub_channels(context: PluginContext) -> list[Channel]:
            return [LetterChannel(context.var_directory / "letters")]
    """
    raise NotImplementedError


@hookspec
def hub_rate_sources(context: PluginContext) -> list[RateSource]:
    """Sources of exchange rates into the workspace currency.

    Called once at start; must not touch the network.

    Args:
        context: the plugin's own options, secrets and folders, and the workspace with its currency.

    Returns:
        The rate sources. A name is kept with every rate, and is unique over all plugins.

    Order: none; rate sources are sorted by name.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required.

    Example:
        @hookimpl
        def hub_rate_sources(context: PluginContext) -> list[RateSource]:
            return [CentralBankRates(context.secrets["key"])]
    """
    raise NotImplementedError


@hookspec
def hub_rule_fields(context: PluginContext) -> list[Field]:
    """Fields: what the rules of a workspace can ask about.

    Called once at start.

    Args:
        context: the plugin's own options, secrets and folders.

    Returns:
        The fields. Ids are unique over all plugins, the built-in figures included.

    Order: none; fields are sorted by id.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required.

    Example:
        @hookimpl
        def hub_rule_fields() -> list[Field]:
            return [Field(id="branch", level=Level.CUSTOMER, type=FieldType.TEXT, meaning="Our branch.", source="customer.region")]
    """
    raise NotImplementedError


@hookspec
def hub_risk_scorers(context: PluginContext) -> list[RiskScorer]:
    """Scorers: batch functions, one of which a workspace may let decide the payment risk of customers instead of its rules.

    Called once at start; must not touch the network. `score` is called whenever figures of customers were brought up, in the process that did it.

    Args:
        context: the plugin's own options, secrets and folders.

    Returns:
        The scorers. Names are unique over all plugins; one is asked only where `workspace.payment_risk.scorer` names it.

    Order: none; scorers are sorted by name.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required. An exception from
        `score` leaves the risk of the customers unknown that it was asked of.

    Example:
        @hookimpl
        def hub_risk_scorers() -> list[RiskScorer]:
            return [LatePayers()]
    """
    raise NotImplementedError


@hookspec
def hub_routes(context: PluginContext) -> list[RoutesFactory]:
    """Routes of the HTTP server, by trusted plugins: what they build receives HubServices and with them every row.

    Called once at start; `build` of each factory is called later, when the application is made.

    Args:
        context: the plugin's own options, secrets and folders.

    Returns:
        The factories. Names are unique over all plugins.

    Order: none; routes are added in the order of their factories' names.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required. An exception
        from `build` always stops the start.

    Example:
        @hookimpl
        def hub_routes() -> list[RoutesFactory]:
            return [PingRoutes()]
    """
    raise NotImplementedError


@hookspec
def hub_exporters(context: PluginContext) -> list[Exporter]:
    """Exporters: what knows the queries of exports, so that jobs and commands can do them in processes that serve no routes.

    Called once at start; `open` of an exporter is called whenever an export is asked for or begins.

    Args:
        context: the plugin's own options, secrets and folders.

    Returns:
        The exporters. A hub has one at most, over all plugins: a second one stops the start with ConfigurationError.

    Order: none; there is one.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required.

    Example:
        @hookimpl
        def hub_exporters() -> list[Exporter]:
            return [TableExporter()]
    """
    raise NotImplementedError


@hookspec
def hub_sandboxes(context: PluginContext) -> list[Sandbox]:
    """Sandboxes: made-up systems that `dunwell sandbox` serves, so that a connector can be tried out without a real one.

    Called once at start; must not touch the network, and `build` of a sandbox is called only when it is to be served.

    Args:
        context: the plugin's own options, secrets and folders.

    Returns:
        The sandboxes. Names are unique over all plugins.

    Order: none; sandboxes are sorted by name.
    Exceptions: any exception stops the start with PluginLoadError, or leaves the plugin out where it is not required.

    Example:
        @hookimpl
        def hub_sandboxes() -> list[Sandbox]:
            return [LedgerSandbox()]
    """
    raise NotImplementedError
