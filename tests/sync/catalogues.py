"""What plugins bring, where they bring connectors only."""

from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.connector import Connector
from rules.fields import FieldCatalogue


def catalogue_of(*connectors: Connector) -> PluginCatalogue:
    """A catalogue of these connectors and nothing else."""
    return PluginCatalogue(
        connectors={connector.name: connector for connector in connectors},
        channels={},
        rate_sources={},
        fields=FieldCatalogue(()),
        risk_scorers={},
        routes={},
        exporters={},
        sandboxes={},
        plugins=(),
        plugin_of={},
    )
