"""A second exporter, for the test that a hub has one at most."""

from hub.errors import RequestError
from hub.plugins.exporter import ExportAsking, ExportQuery
from hub.plugins.hookspecs import hookimpl
from hub.plugins.services import Exporter, HubServices


class Counting:
    """Exports nothing."""

    name = "counting"

    def open(self, text: str, asking: ExportAsking, services: HubServices) -> ExportQuery:
        del text, asking, services
        raise RequestError("nothing can be exported")

    def compose(self, listed: str, where: str | None) -> str:
        del listed, where
        raise RequestError("nothing can be exported")


@hookimpl
def hub_exporters() -> list[Exporter]:
    return [Counting()]
