"""The options of a connection to the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.sandbox.mapping import SystemName

OPTION_NAMES = frozenset({"system", "url", "seed", "customers"})
_MOST_CUSTOMERS = 100_000


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Which system, and where. `url` None: the sandbox runs in this process, made from `seed` with so many customers."""

    system: SystemName
    url: str | None = None
    seed: int = 1
    customers: int = 100


def read_options(options: Mapping[str, Any]) -> SandboxOptions:
    """The options, read; `problems_of` has found them to be fine."""
    return SandboxOptions(SystemName(options["system"]), **{name: value for name, value in options.items() if name != "system"})


def problems_of(options: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with the options, in words."""
    return [*_system_problems(options), *_url_problems(options), *_number_problems(options)]


def _system_problems(options: Mapping[str, Any]) -> list[str]:
    names = [system.value for system in SystemName]
    return [] if options.get("system") in names else [f"system must be one of {', '.join(names)}: the system that the connection leads to"]


def _url_problems(options: Mapping[str, Any]) -> list[str]:
    url = options.get("url")
    if url is None:
        return []
    try:
        parsed = httpx.URL(url)
    except (TypeError, httpx.InvalidURL):
        return ["url must be an address such as http://127.0.0.1:8100"]
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo or parsed.query:
        return ["url must be an address such as http://127.0.0.1:8100, without user and parameters"]
    made_here = [name for name in ("seed", "customers") if name in options]
    return [f"{' and '.join(made_here)} belong to a sandbox in this process: the server at url has its own"] if made_here else []


def _number_problems(options: Mapping[str, Any]) -> list[str]:
    seed, customers = options.get("seed", 0), options.get("customers", 1)
    problems = [] if isinstance(seed, int) and not isinstance(seed, bool) else ["seed must be a whole number"]
    if not isinstance(customers, int) or isinstance(customers, bool) or not 1 <= customers <= _MOST_CUSTOMERS:
        problems.append(f"customers must be a whole number from 1 to {_MOST_CUSTOMERS}")
    return problems
