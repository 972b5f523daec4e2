"""Finding plugins: built-in ones, installed ones, and those that `plugins.toml` names, each with its settings."""

import hashlib
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

from hub.config import PluginSettings, Settings
from hub.errors import PluginLoadError
from hub.plugins.catalogue import PluginOrigin

BUILT_IN: tuple[str, ...] = (
    "hub.health.fields",
    "hub.evaluation.fields",
    "connectors.files.plugin",
    "connectors.api.plugin",
    "connectors.declared_rates.plugin",
    "connectors.eml.plugin",
    "connectors.sandbox.plugin",
    "schema.plugin",
)
"""The plugins that ship with the hub. They register just as any other does."""

GROUP = "dunwell"
"""The entry point group of installed plugins."""

_DISTRIBUTION = "dunwell"


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that is to be loaded. `place` says where it is named; `entry_point` is set for an installed one."""

    name: str
    origin: PluginOrigin
    place: str
    settings: PluginSettings
    entry_point: EntryPoint | None = None

    def load(self, directory: Path) -> object:
        """The plugin object, imported. Raises whatever the import raises."""
        if self.entry_point is not None:
            return self.entry_point.load()
        path = _local_path(self.name, directory)
        return import_dotted(self.name, directory) if path is None else _import_file(path)

    def version(self, plugin: object) -> str | None:
        """The version of what it was installed with, else what its module says."""
        if self.origin is PluginOrigin.BUILT_IN:
            return importlib.metadata.version(_DISTRIBUTION)
        if self.entry_point is not None and self.entry_point.dist is not None:
            return self.entry_point.dist.version
        stated = getattr(plugin, "__version__", None)
        return stated if isinstance(stated, str) else None


def installed_plugins() -> tuple[EntryPoint, ...]:
    """The entry points of every distribution in this environment that brings plugins."""
    return tuple(importlib.metadata.entry_points(group=GROUP))


def find_plugins(settings: Settings, *, built_in: Sequence[str], installed: Iterable[EntryPoint]) -> Sequence[Found]:
    """Every plugin in the order of loading: built-in, installed by name, declared in the order of the file.

    A built-in or installed plugin that `plugins.toml` names as well is the same plugin with settings. Raises PluginLoadError for
    one that is there twice.
    """
    declared = _Declared(settings)
    entries = sorted(installed, key=lambda entry: (entry.name, entry.value))
    known: dict[str, Found] = {}
    for found in (*_built_in(built_in, declared), *_installed(entries, declared)):
        if found.name in known:
            message = f"plugin {found.name} is there twice, {known[found.name].place} and {found.place}: remove one of the two"
            raise PluginLoadError(message, plugin=found.name)
        known[found.name] = found
    return (*known.values(), *declared.rest())


class _Declared:
    """The plugins that `plugins.toml` names, taken away one by one as they are found elsewhere."""

    def __init__(self, settings: Settings) -> None:
        self._places = {found.module: settings.places.of("plugins", number, "module") for number, found in enumerate(settings.plugins)}
        self._settings = {found.module: found for found in settings.plugins}

    def take(self, *names: str) -> tuple[PluginSettings, str]:
        """The settings of a plugin that has one of these names, and where they stand; plain ones where it is not named."""
        taken = [name for name in dict.fromkeys(names) if name in self._settings]
        if len(taken) > 1:
            message = f"{' and '.join(self._places[name] for name in taken)} name the same plugin {names[0]}: keep one of the two"
            raise PluginLoadError(message, plugin=names[0])
        if not taken:
            return PluginSettings(names[0]), ""
        return self._settings.pop(taken[0]), f", set in {self._places[taken[0]]}"

    def rest(self) -> Iterator[Found]:
        for name, settings in self._settings.items():
            yield Found(name, PluginOrigin.DECLARED, self._places[name], settings)


def _built_in(names: Iterable[str], declared: _Declared) -> Iterator[Found]:
    for name in names:
        settings, place = declared.take(name)
        yield Found(name, PluginOrigin.BUILT_IN, f"built in{place}", settings)


def _installed(entries: Iterable[EntryPoint], declared: _Declared) -> Iterator[Found]:
    for entry in entries:
        settings, place = declared.take(entry.value, entry.name)
        distribution = "" if entry.dist is None else f" by {entry.dist.name} {entry.dist.version}"
        yield Found(entry.value, PluginOrigin.INSTALLED, f"installed{distribution}{place}", settings, entry)


def import_dotted(name: str, directory: Path) -> ModuleType:
    """A module by its dotted name; one that is not installed may stand in the folder of the settings."""
    top = name.partition(".")[0]
    is_beside = (directory / f"{top}.py").is_file() or (directory / top).is_dir()
    if is_beside and str(directory) not in sys.path and importlib.util.find_spec(top) is None:
        sys.path.append(str(directory))
        importlib.invalidate_caches()
    return importlib.import_module(name)


def _local_path(name: str, directory: Path) -> Path | None:
    """The file that a module path names; a folder stands for the `plugin.py` in it. None for a dotted name."""
    if "/" not in name and not name.endswith(".py"):
        return None
    path = (directory / name).resolve()
    return path / "plugin.py" if path.is_dir() else path


def _import_file(path: Path) -> ModuleType:
    """Run a file as a module of its own. Raises FileNotFoundError when it is not there."""
    name = f"dunwell_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        message = f"{path} is no Python file"
        raise ImportError(message)
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
