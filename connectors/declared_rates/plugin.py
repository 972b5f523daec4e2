"""Registers the declared rates; a workspace that declares none has no such source."""

from connectors.declared_rates.declaration import parse_rates
from connectors.declared_rates.source import DeclaredRates
from hub.plugins import PluginContext, RateSource, hookimpl


@hookimpl
def hub_rate_sources(context: PluginContext) -> list[RateSource]:
    """One source with the rates of the option `rates`; none where there is no such option."""
    context.refuse_unknown_options(frozenset({"rates"}))
    if "rates" not in context.options:
        return []
    return [DeclaredRates(parse_rates(context.options["rates"], context.workspace.base_currency))]
