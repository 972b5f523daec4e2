"""What one plugin contributes: its hooks called, their results checked against the contract, every object by its name."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType, MappingProxyType
from typing import Any

from hub.plugins.channel import Channel
from hub.plugins.connector import Connector, ConnectorFacts
from hub.plugins.rate_source import RateSource
from hub.plugins.risk_scorer import RiskScorer
from hub.plugins.routes import RoutesFactory
from hub.plugins.sandbox import Sandbox
from hub.plugins.services import Exporter
from hub.vocabulary import ChannelKind
from rules.fields import Field

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ContractError(Exception):
    """A hook's result does not keep the contract. Shown within the PluginLoadError that names plugin and hook."""


@dataclass(frozen=True, slots=True)
class HookContract:
    """What a hook's list must hold: the noun for people, the protocol or class, and the types of declared attributes."""

    noun: str
    kind: type
    attributes: Mapping[str, type] = field(default_factory=dict[str, type])
    name: str = "name"


HOOKS: Mapping[str, HookContract] = MappingProxyType(
    {
        "hub_connectors": HookContract("connector", Connector, {"title": str, "kinds": tuple, "facts": ConnectorFacts, "option_names": frozenset}),
        "hub_channels": HookContract("channel", Channel, {"kind": ChannelKind}),
        "hub_rate_sources": HookContract("rate source", RateSource),
        "hub_rule_fields": HookContract("rule field", Field, name="id"),
        "hub_risk_scorers": HookContract("risk scorer", RiskScorer, {"fields": tuple}),
        "hub_routes": HookContract("routes", RoutesFactory),
        "hub_exporters": HookContract("exporter", Exporter),
        "hub_sandboxes": HookContract("sandbox", Sandbox, {"title": str, "systems": tuple}),
    }
)
"""Every hook, with what it returns a list of."""


def named_objects(hook: str, result: object) -> Mapping[str, Any]:
    """The objects that a hook returned, by name. Raises ContractError when it is no list, or an object is not what it should be."""
    contract = HOOKS[hook]
    if inspect.iscoroutine(result):
        result.close()
    if not isinstance(result, list | tuple):
        message = f"returned {_what(result)}; return a list, empty where there is nothing to register"
        raise ContractError(message)
    found: dict[str, object] = {}
    elements: list[object] = list(result)  # pyright: ignore[reportUnknownArgumentType] - elements of any type are checked below
    for element in elements:
        _check(contract, element)
        name = getattr(element, contract.name)
        if name in found:
            message = f"returned two objects for the {contract.noun} {name!r}: a name stands for one of them"
            raise ContractError(message)
        found[name] = element
    return found


def _check(contract: HookContract, element: object) -> None:
    if isinstance(element, type):
        message = f"returned the class {element.__name__}; return an object of it: {element.__name__}()"
        raise ContractError(message)
    if contract.kind is Field:
        if not isinstance(element, Field):
            message = f"returned {_what(element)} where a rules.fields.Field belongs"
            raise ContractError(message)
        return  # a field refuses an id that cannot be used by itself
    _check_members(contract, element)
    name = getattr(element, contract.name)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message = f"returned a {contract.noun} with the name {name!r}; use letters, digits, '.', '_' and '-', at most 100"
        raise ContractError(message)


def _check_members(contract: HookContract, element: object) -> None:
    """Everything that the protocol lists is there, methods are methods, and those that must be awaited can be."""
    for member, declared in vars(contract.kind).items():
        if member.startswith("_") or not isinstance(declared, property | FunctionType):
            continue
        if not hasattr(element, member):
            message = f"returned {_what(element)} as {contract.noun}, which has no {member!r}; see {contract.kind.__name__} in hub.plugins"
            raise ContractError(message)
        value = getattr(element, member)
        wanted = contract.attributes.get(member)
        if wanted is not None and not isinstance(value, wanted):
            message = f"returned a {contract.noun} whose {member!r} is {_what(value)} where {wanted.__name__} belongs"
            raise ContractError(message)
        if isinstance(declared, FunctionType) and (problem := _method_problem(declared, value)):
            message = f"returned a {contract.noun} whose {member!r} {problem}"
            raise ContractError(message)


def _method_problem(declared: FunctionType, value: object) -> str | None:
    if not callable(value):
        return "is no method"
    must_await, can_await = inspect.iscoroutinefunction(declared), inspect.iscoroutinefunction(value)
    if inspect.isroutine(value) and must_await is not can_await:
        return f"must {'' if must_await else 'not '}be an async method"
    return None


def _what(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
