"""Registers the connector for files with the hub."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.files.mapping_file import MappingError
from connectors.files.options import OPTION_NAMES, read_options
from connectors.files.record_fields import RECORDS
from connectors.files.source import FilesSource
from hub.plugins import ConnectionContext, ConnectionKind, Connector, ConnectorFacts, Source, StreamFacts, hookimpl


class FilesConnector:
    """CSV, TSV, XLSX and JSON Lines files under a declared mapping."""

    name = "files"
    title = "Files: CSV, TSV, XLSX and JSON Lines under a mapping of columns"
    kinds = (ConnectionKind.FILES, ConnectionKind.ACCOUNTING, ConnectionKind.BILLING, ConnectionKind.CRM)
    facts = ConnectorFacts(
        streams=tuple(StreamFacts(shape.stream) for shape in RECORDS.values()),
        max_rejected_percent=None,
        not_through_api="it reads files of the server, and which ones is for whoever owns the server to say: declare it in plugins.toml",
    )
    webhooks = None
    option_names = OPTION_NAMES

    def check_options(self, options: Mapping[str, Any], directory: Path) -> Sequence[str]:
        """Everything that is wrong with the options and the mappings that they name, in words; reads the mappings, not the data."""
        try:
            read_options(options, directory)
        except MappingError as error:
            return error.problems
        return ()

    def open(self, context: ConnectionContext) -> Source:
        """A source over the files. Raises MappingError, a ConfigurationError, when the options cannot be used."""
        return FilesSource(context.connection, read_options(context.options, context.directory))


@hookimpl
def hub_connectors() -> list[Connector]:
    """The connector for files."""
    return [FilesConnector()]
