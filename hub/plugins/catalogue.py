"""The catalogue: everything that the loaded plugins brought, and what became of each plugin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from hub.plugins.channel import Channel
from hub.plugins.connector import Connector, ConnectorInfo
from hub.plugins.rate_source import RateSource
from hub.plugins.risk_scorer import RiskScorer
from hub.plugins.routes import RoutesFactory
from hub.plugins.sandbox import Sandbox
from hub.plugins.services import Exporter
from rules.fields import FieldCatalogue


class PluginOrigin(StrEnum):
    """Where the hub knows a plugin from."""

    BUILT_IN = "BUILT_IN"
    INSTALLED = "INSTALLED"
    DECLARED = "DECLARED"


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """One plugin as it is listed.

    `version` is that of its distribution, or the module's `__version__`; None when it tells none. `hooks` are those it implements,
    sorted. `reason` says why it was left out; None when it is loaded.
    """

    name: str
    origin: PluginOrigin
    version: str | None = None
    hooks: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether its objects are in use."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class PluginCatalogue:
    """What plugins brought, by name and in the order of names. `plugins` are in the order in which they were loaded.

    `plugin_of` tells which plugin a connector comes from, by the connector's name.
    """

    connectors: Mapping[str, Connector]
    channels: Mapping[str, Channel]
    rate_sources: Mapping[str, RateSource]
    fields: FieldCatalogue
    risk_scorers: Mapping[str, RiskScorer]
    routes: Mapping[str, RoutesFactory]
    exporters: Mapping[str, Exporter]
    sandboxes: Mapping[str, Sandbox]
    plugins: tuple[PluginInfo, ...]
    plugin_of: Mapping[str, str]

    def check_options(self, connector: str, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        """Everything that is wrong with options of a connector, in words; relative paths start from `directory`."""
        found = self.connectors.get(connector)
        return [f"the connector {connector!r} is not loaded"] if found is None else found.check_options(options, directory)

    def connector_infos(self) -> tuple[ConnectorInfo, ...]:
        """How each connector is shown to people."""
        return tuple(
            ConnectorInfo(
                name=name,
                title=found.title,
                plugin=self.plugin_of[name],
                kinds=found.kinds,
                streams=found.facts.delivers,
                fetchable=tuple(sorted(found.facts.fetchable)),
                takes_pushes=found.facts.takes_pushes,
                options=tuple(sorted(found.option_names)),
                secrets=tuple(sorted(found.facts.secret_names)),
                not_through_api=found.facts.not_through_api,
            )
            for name, found in self.connectors.items()
        )
