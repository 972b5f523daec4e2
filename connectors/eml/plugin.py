"""Registers the channel that writes mail into a folder."""

from connectors.eml.channel import EmlChannel
from hub.plugins import Channel, ConfigurationError, PluginContext, hookimpl


@hookimpl
def hub_channels(context: PluginContext) -> list[Channel]:
    """One channel, `eml`, that writes into the option `folder`; a relative path starts from the folder of plugins.toml."""
    context.refuse_unknown_options(frozenset({"folder"}))
    folder = context.options.get("folder")
    if folder is None:
        return [EmlChannel(context.var_directory / "outbox", context.clock)]
    if not isinstance(folder, str) or not folder.strip():
        message = "the option folder must be a path in quotes"
        raise ConfigurationError(message)
    return [EmlChannel(context.directory / folder, context.clock)]
