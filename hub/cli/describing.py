"""`dunwell plugins` and `dunwell schema`: what this hub is made of."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.opening import SETTINGS_FILE, AsJson, SettingsPath, settings_of
from hub.cli.output import print_json, print_table, print_text, words
from hub.clock import SystemClock
from hub.errors import NotFoundError
from hub.plugins.catalogue import PluginCatalogue
from hub.plugins.host import load_plugins

Output = Annotated[Path | None, typer.Option("--output", metavar="PATH", help="Write to this file instead of standard output.")]


def plugins(*, as_json: AsJson = False, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType] - typer makes the path
    """List the plugins, what each brings, and why one was left out."""
    with settings_of(settings) as loaded:
        catalogue = load_plugins(loaded, SystemClock())
    if as_json:
        _print_document(catalogue)
        return
    rows = [(found.name, words(found.origin), found.version, ", ".join(found.hooks), found.reason or "loaded") for found in catalogue.plugins]
    print_table("Plugins", ("Plugin", "Origin", "Version", "Hooks", "State"), rows)
    connectors = [(info.name, info.title, ", ".join(map(words, info.streams))) for info in catalogue.connector_infos()]
    print_table("Connectors", ("Name", "What", "Streams"), connectors)


def _print_document(catalogue: PluginCatalogue) -> None:
    names = [
        {"name": found.name, "origin": found.origin.value, "version": found.version, "hooks": list(found.hooks), "reason": found.reason}
        for found in catalogue.plugins
    ]
    brought = {
        "connectors": list(catalogue.connectors),
        "channels": list(catalogue.channels),
        "rateSources": list(catalogue.rate_sources),
        "riskScorers": list(catalogue.risk_scorers),
    }
    print_json({"plugins": names} | brought)


def schema(*, output: Output = None, settings: SettingsPath = SETTINGS_FILE) -> None:  # pyright: ignore[reportArgumentType]
    """Print the GraphQL schema (SDL)."""
    with settings_of(settings) as loaded:
        catalogue = load_plugins(loaded, SystemClock())
        described = [found for factory in catalogue.routes.values() if (found := factory.describe()) is not None]
        if not described:
            raise NotFoundError("no plugin describes its routes: look at `dunwell plugins`")
        text = "\n".join(found.text for found in described)
        if output is None:
            print_text(text)
        else:
            output.write_text(text, encoding="utf-8")
