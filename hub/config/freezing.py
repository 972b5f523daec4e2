"""Options that nobody can change, and plain copies for whoever needs dicts and lists."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast


def frozen(value: Any) -> Any:  # noqa: ANN401 - a value of any type that TOML has
    """The same value, read-only at every depth: tables become read-only mappings, lists become tuples."""
    if isinstance(value, Mapping):
        items = cast(Mapping[str, Any], value)  # the keys of TOML are text
        return MappingProxyType({key: frozen(item) for key, item in items.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(element) for element in cast(list[Any], value))
    return value


def thawed(value: Any) -> Any:  # noqa: ANN401 - as above
    """A copy that is free to change: read-only mappings become dicts, tuples become lists, at every depth."""
    if isinstance(value, Mapping):
        items = cast(Mapping[str, Any], value)
        return {key: thawed(item) for key, item in items.items()}
    if isinstance(value, list | tuple):
        return [thawed(element) for element in cast(list[Any], value)]
    return value
