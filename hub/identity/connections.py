"""Checks of the declared connections that need the plugins: connectors, kinds, streams, options, and who is authoritative."""

from collections.abc import Collection

from hub.config import ConnectionSettings, Settings
from hub.config.problems import Problems, nearest
from hub.errors import PluginLoadError
from hub.identity.authority import AUTHORITY_STREAMS, authority_named, undecided
from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.connector import Connector
from hub.vocabulary import Stream


def check_connections(settings: Settings, catalogue: PluginCatalogue) -> None:
    """Raise ConfigurationError with everything about the connections that does not fit the plugins or each other.

    Each problem names file, line and key. Raises PluginLoadError when a connector fails while it looks at its options.
    """
    problems = Problems(settings.places)
    for connection in settings.connections:
        connector = catalogue.connectors.get(connection.connector)
        if connector is None:
            _refuse_connector(connection, catalogue, problems)
        else:
            _check_declarations(connection, connector, problems)
            _check_options(connection, connector, settings, problems=problems)
    for key, stream in AUTHORITY_STREAMS:
        _check_authority(settings, key, stream, delivering=_delivering(settings, catalogue, stream), problems=problems)
    problems.raise_if_any()


def _refuse_connector(connection: ConnectionSettings, catalogue: PluginCatalogue, problems: Problems) -> None:
    left_out = [plugin.name for plugin in catalogue.plugins if not plugin.is_loaded]
    hint = f"; left out with a warning: {', '.join(left_out)}" if left_out else ""
    problems.add(
        ("connections", connection.name, "connector"),
        f"no plugin brings the connector {connection.connector!r}; {nearest(connection.connector, catalogue.connectors)}{hint}",
    )


def _check_declarations(connection: ConnectionSettings, connector: Connector, problems: Problems) -> None:
    path = ("connections", connection.name)
    if connection.kind not in connector.kinds:
        kinds = ", ".join(kind.value for kind in connector.kinds)
        problems.add((*path, "kind"), f"the connector {connector.name!r} serves {kinds}, not {connection.kind.value}")
    for number, stream in enumerate(connection.streams or ()):
        if stream not in connector.facts.delivers:
            streams = ", ".join(found.value for found in connector.facts.delivers)
            problems.add((*path, "streams", number), f"the connector {connector.name!r} delivers {streams}, not {stream.value}")


def _check_options(connection: ConnectionSettings, connector: Connector, settings: Settings, *, problems: Problems) -> None:
    path = ("connections", connection.name, "options")
    unknown = [name for name in connection.options if name not in connector.option_names]
    for name in unknown:
        problems.add((*path, name), f"unknown option of the connector {connector.name!r}; {nearest(name, connector.option_names)}")
    if unknown:
        return
    try:
        found = connector.check_options(connection.options, settings.directory)
    except Exception as error:
        message = f"{settings.places.of(*path)}: the connector {connector.name!r} failed to check its options: {type(error).__name__}. Mend the plugin"
        raise PluginLoadError(message, plugin=connector.name) from error
    for problem in found:
        problems.add(path, problem)


def _delivering(settings: Settings, catalogue: PluginCatalogue, stream: Stream) -> Collection[str]:
    found: set[str] = set()
    for connection in settings.connections:
        connector = catalogue.connectors.get(connection.connector)
        streams = connection.streams or (connector.facts.delivers if connector else ())
        if stream in streams:
            found.add(connection.name)
    return found


def _check_authority(settings: Settings, key: str, stream: Stream, *, delivering: Collection[str], problems: Problems) -> None:
    path = ("workspace", "authority", key)
    named = authority_named(settings, stream)
    for group in undecided(settings, stream, delivering=delivering):
        names = [*named, *(name for name in group if name not in named)]
        line = ", ".join(f'"{name}"' for name in names)
        problems.add(
            path,
            f"{' and '.join(group)} both deliver {stream.value}, and nothing says which one speaks for a customer that both know; "
            f"write in [workspace], the one to believe first: authority.{key} = [{line}]",
        )
