"""The plugin host: loads every plugin, asks each for its objects, and gives one catalogue of all that they brought."""

import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint
from types import MappingProxyType
from typing import Any

import structlog

from hub.clock import Clock
from hub.config import Settings, read_secrets
from hub.errors import PluginLoadError
from hub.plugins.catalogue import PluginCatalogue, PluginInfo
from hub.plugins.context import PluginContext
from hub.plugins.contribution import HOOKS
from hub.plugins.finding import BUILT_IN, Found, find_plugins, installed_plugins
from hub.plugins.registration import Objects, Registration, failure, new_manager, register
from rules.fields import FieldCatalogue

_log = structlog.get_logger(__name__)


def load_plugins(
    settings: Settings,
    clock: Clock,
    *,
    environ: Mapping[str, str] = os.environ,
    built_in: Sequence[str] = BUILT_IN,
    installed: Iterable[EntryPoint] | None = None,
) -> PluginCatalogue:
    """Load all plugins and collect what they bring, sorted by name.

    `installed` None: the entry points of this environment. Raises PluginLoadError, which names plugin, hook and what to do, for the
    first plugin that fails; one that the settings do not require is left out whole instead, with a warning in the log and its reason
    in the catalogue.
    """
    host = _Host(settings, clock, environ)
    for found in find_plugins(settings, built_in=built_in, installed=installed_plugins() if installed is None else installed):
        host.add(found)
    return host.catalogue()


class _Host:
    """What has been loaded so far."""

    def __init__(self, settings: Settings, clock: Clock, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._clock = clock
        self._environ = environ
        self._manager = new_manager()
        self._plugins: list[PluginInfo] = []
        self._objects: dict[str, dict[str, Any]] = {hook: {} for hook in HOOKS}
        self._owners: dict[tuple[str, str], str] = {}

    def add(self, found: Found) -> None:
        """Load one plugin, whole or not at all."""
        try:
            info = self._load(found)
        except PluginLoadError as error:
            if found.settings.is_required:
                raise
            _log.warning("plugin left out", plugin=found.name, hook=error.hook, reason=str(error))
            info = PluginInfo(found.name, found.origin, reason=str(error))
        self._plugins.append(info)

    def catalogue(self) -> PluginCatalogue:
        """All objects, each kind in the order of names."""
        return PluginCatalogue(
            connectors=self._sorted("hub_connectors"),
            channels=self._sorted("hub_channels"),
            rate_sources=self._sorted("hub_rate_sources"),
            fields=FieldCatalogue(self._objects["hub_rule_fields"].values()),
            risk_scorers=self._sorted("hub_risk_scorers"),
            routes=self._sorted("hub_routes"),
            exporters=self._sorted("hub_exporters"),
            sandboxes=self._sorted("hub_sandboxes"),
            plugins=tuple(self._plugins),
            plugin_of=MappingProxyType({name: owner for (hook, name), owner in sorted(self._owners.items()) if hook == "hub_connectors"}),
        )

    def _load(self, found: Found) -> PluginInfo:
        plugin = _import(found, self._settings)
        registration = register(self._manager, found, plugin)
        try:
            objects = registration.call(self._context(found))
            self._refuse_taken(found, objects)
        except PluginLoadError:
            self._manager.unregister(plugin)
            raise
        self._keep(registration, objects)
        return PluginInfo(found.name, found.origin, found.version(plugin), registration.hooks)

    def _context(self, found: Found) -> PluginContext:
        return PluginContext(
            plugin=found.name,
            directory=self._settings.directory,
            var_directory=self._settings.var_directory,
            clock=self._clock,
            workspace=self._settings.workspace,
            options=found.settings.options,
            secrets=read_secrets(found.settings.secrets, self._environ),
        )

    def _refuse_taken(self, found: Found, objects: Objects) -> None:
        for hook, named in objects.items():
            for name in named:
                owner = self._owners.get((hook, name))
                if owner is not None:
                    message = f"brings the {HOOKS[hook].noun} {name!r}, which plugin {owner} brings already: rename it, or remove one of the two plugins"
                    raise failure(found, message, hook=hook)

    def _keep(self, registration: Registration, objects: Objects) -> None:
        for hook, named in objects.items():
            self._objects[hook].update(named)
            self._owners.update(dict.fromkeys(((hook, name) for name in named), registration.found.name))

    def _sorted(self, hook: str) -> Mapping[str, Any]:
        return MappingProxyType(dict(sorted(self._objects[hook].items())))


def _import(found: Found, settings: Settings) -> object:
    try:
        return found.load(settings.directory)
    except ModuleNotFoundError as error:
        is_itself = error.name is not None and (found.name == error.name or found.name.startswith(f"{error.name}."))
        hint = "install it, or correct its name" if is_itself else f"install {error.name}, which it imports"
        raise failure(found, f"cannot be imported: {error}. To go on, {hint}") from error
    except FileNotFoundError as error:
        raise failure(found, f"there is no file {error.filename}. Correct the path, which starts from the folder of plugins.toml") from error
    except (Exception, SystemExit) as error:  # an import may fail in any way
        raise failure(found, f"its import raised {type(error).__name__}: {error}. Mend the plugin, or remove it") from error
