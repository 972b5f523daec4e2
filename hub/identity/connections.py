"""Checks of connections that need the plugins or the database: connectors, kinds, streams, options, and who is authoritative."""

from collections.abc import Collection, Mapping, Sequence

from hub.config import ConnectionSettings, Settings
from hub.config.problems import Problems, nearest
from hub.errors import PluginLoadError
from hub.identity.authority import AUTHORITY_STREAMS, authority_named, undecided
from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.connector import Connector
from hub.vocabulary import ConnectionKind, Stream


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
    _check_authority(settings, catalogue.connectors, problems)
    problems.raise_if_any()


def check_together(settings: Settings, connectors: Mapping[str, Connector], *, known: Collection[str]) -> None:
    """Raise ConfigurationError when those of the file and those of the database do not fit together; `settings` has both.

    `known` are the names of all that there ever were: one that is named in an order may have been removed.
    """
    problems = Problems(settings.places)
    for key, stream in AUTHORITY_STREAMS:
        for name in authority_named(settings, stream):
            if name not in known:
                problems.add(("workspace", "authority", key), f"there is no connection {name!r}; {nearest(name, known)}")
    sorts = (*known, *(kind.value for kind in ConnectionKind))
    for group, names in settings.workspace.precedence.items():
        for name in names:
            if name not in sorts:
                problems.add(("workspace", "precedence", group), f"there is no connection and no kind of system {name!r}; {nearest(name, sorts)}")
    _check_authority(settings, connectors, problems)
    problems.raise_if_any()


def objections_to_joining(settings: Settings, connectors: Mapping[str, Connector], name: str) -> Sequence[str]:
    """Why a connection that is among the `settings` may not be: another one of its rank delivers the same, and nothing says which one speaks."""
    found: list[str] = []
    for key, stream in AUTHORITY_STREAMS:
        for group in undecided(settings, stream, delivering=_delivering(settings, connectors, stream)):
            if name in group:
                others = [other for other in group if other != name]
                line = _line([*authority_named(settings, stream), *others])
                found.append(
                    f"{' and '.join(others)} delivers {stream.value} too and is of the same rank, and nothing says which one speaks for a customer that both "
                    f"know: have {name} deliver other streams, or write in [workspace] of plugins.toml authority.{key} = [{line}] and start again: then "
                    f"{name}, which is not in the list, speaks after them"
                )
    return found


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


def _delivering(settings: Settings, connectors: Mapping[str, Connector], stream: Stream) -> Collection[str]:
    found: set[str] = set()
    for connection in settings.connections:
        connector = connectors.get(connection.connector)
        streams = connection.streams or (connector.facts.delivers if connector else ())
        if stream in streams:
            found.add(connection.name)
    return found


def _check_authority(settings: Settings, connectors: Mapping[str, Connector], problems: Problems) -> None:
    for key, stream in AUTHORITY_STREAMS:
        for group in undecided(settings, stream, delivering=_delivering(settings, connectors, stream)):
            problems.add(
                ("workspace", "authority", key),
                f"{' and '.join(group)} both deliver {stream.value}, and nothing says which one speaks for a customer that both know; "
                f"write in [workspace], the one to believe first: authority.{key} = [{_line([*authority_named(settings, stream), *group])}]",
            )


def _line(names: Sequence[str]) -> str:
    """Names as a list of TOML, each once."""
    return ", ".join(f'"{name}"' for name in dict.fromkeys(names))
