"""Registration of one plugin with pluggy, and the calls of its hooks, each problem told with plugin, hook and what to do."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import ModuleType
from typing import Any

import pluggy

from hub.errors import PluginLoadError
from hub.plugins import hookspecs
from hub.plugins.context import PluginContext
from hub.plugins.contribution import HOOKS, ContractError, named_objects
from hub.plugins.finding import Found
from hub.plugins.secrecy import without_secrets

Objects = Mapping[str, Mapping[str, Any]]
"""The objects of one plugin: by hook, then by name."""

_MARK = f"{hookspecs.PROJECT}_impl"


def new_manager() -> pluggy.PluginManager:
    """A pluggy manager that knows the hooks."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


@dataclass(frozen=True, slots=True)
class Registration:
    """One plugin, registered with the manager."""

    manager: pluggy.PluginManager
    found: Found
    plugin: object

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks that it implements, sorted."""
        return tuple(sorted(caller.name for caller in self.manager.get_hookcallers(self.plugin) or () if caller.has_spec()))

    def call(self, context: PluginContext) -> Objects:
        """Call its hooks and no other plugin's. Raises PluginLoadError for whatever goes wrong."""
        if (context.options or context.secrets) and not any("context" in self._implementation(hook).argnames for hook in self.hooks):
            raise failure(self.found, "takes no options or secrets: its hooks have no parameter 'context'. Remove them from plugins.toml")
        return {hook: self._call_hook(hook, context) for hook in self.hooks}

    def _call_hook(self, hook: str, context: PluginContext) -> Mapping[str, Any]:
        self._refuse_special(hook)
        others = [plugin for _, plugin in self.manager.list_name_plugin() if plugin is not self.plugin]
        try:
            results: list[object] = self.manager.subset_hook_caller(hook, others)(context=context)
            return named_objects(hook, results[0] if results else None)
        except ContractError as error:
            raise failure(self.found, str(error), hook=hook) from error
        except (Exception, SystemExit) as error:  # whatever a plugin raises stops the plugin, and with it a start that needs it
            text = without_secrets(f"{type(error).__name__}: {error}", context.secrets.values())
            raise failure(self.found, f"raised {text}. Correct its settings, or mend the plugin", hook=hook) from error

    def _refuse_special(self, hook: str) -> None:
        """Hooks are plain functions: no coroutine, no generator, no wrapper around other plugins."""
        implementation = self._implementation(hook)
        function = inspect.unwrap(implementation.function)
        if implementation.wrapper or implementation.hookwrapper:
            raise failure(self.found, "wraps other plugins, which is not allowed: a hook only registers. Remove wrapper=True", hook=hook)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise failure(self.found, "is async: a hook only registers objects, whose methods may be async. Remove 'async'", hook=hook)
        if inspect.isgeneratorfunction(function):
            raise failure(self.found, "yields: return a list instead", hook=hook)

    def _implementation(self, hook: str) -> pluggy.HookImpl:
        caller: pluggy.HookCaller = getattr(self.manager.hook, hook)
        return next(found for found in caller.get_hookimpls() if found.plugin is self.plugin)


def register(manager: pluggy.PluginManager, found: Found, plugin: object) -> Registration:
    """Register a plugin. Raises PluginLoadError, and leaves no trace of it, when it has an unknown hook, a wrong parameter or no hook."""
    _refuse_unmarked(found, plugin)
    try:
        manager.register(plugin, name=found.name)
    except (pluggy.PluginValidationError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise failure(found, f"cannot be registered: {reason}. A hook may take 'context' and nothing else") from error
    try:
        _refuse_unknown_hooks(manager, found, plugin)
    except PluginLoadError:
        manager.unregister(plugin)
        raise
    return Registration(manager, found, plugin)


def _refuse_unmarked(found: Found, plugin: object) -> None:
    if not isinstance(plugin, ModuleType):
        return
    for hook in HOOKS:
        function = vars(plugin).get(hook)
        if inspect.isfunction(function) and not hasattr(function, _MARK):
            raise failure(found, "is not marked: put @hookimpl, from hub.plugins, above it", hook=hook)


def _refuse_unknown_hooks(manager: pluggy.PluginManager, found: Found, plugin: object) -> None:
    callers = manager.get_hookcallers(plugin) or []
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        name = next(caller.name for caller in callers if not caller.has_spec())
        near = get_close_matches(name, HOOKS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the hooks are {', '.join(sorted(HOOKS))}"
        raise failure(found, f"is no hook of Dunwell; {hint}", hook=name) from error
    if not any(caller.has_spec() for caller in callers):
        raise failure(found, f"registers nothing: mark a function named {', '.join(sorted(HOOKS))} with @hookimpl")


def failure(found: Found, reason: str, *, hook: str | None = None) -> PluginLoadError:
    """The error for a plugin, with its name, its hook and its place."""
    subject = f"plugin {found.name} ({found.place}){'' if hook is None else f', {hook}'}"
    return PluginLoadError(f"{subject}: {reason}", plugin=found.name, hook=hook)
