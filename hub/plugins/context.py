"""What a plugin is given when it is asked for its objects: its own options and secrets, and nothing of any other."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hub.clock import Clock
from hub.config import WorkspaceSettings
from hub.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginContext:
    """One plugin's own settings.

    `options` is the `options` table of this plugin in `plugins.toml`, read-only at every depth and empty when there is none.
    `secrets` maps each secret's name to its value. Relative paths start from `directory`, the folder of `plugins.toml`;
    what the plugin writes goes below `var_directory`. `workspace` holds the currency, the zone and the ageing buckets.
    """

    plugin: str
    directory: Path
    var_directory: Path
    clock: Clock
    workspace: WorkspaceSettings
    options: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def refuse_unknown_options(self, known: AbstractSet[str]) -> None:
        """Raise ConfigurationError when there is an option that is not in `known`, with the nearest one that is."""
        for name in self.options:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
                message = f"unknown option {name!r}; {hint}"
                raise ConfigurationError(message)
