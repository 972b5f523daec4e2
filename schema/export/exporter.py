"""The exporter of the API: an export's query is a query of the API."""

from collections.abc import Callable
from functools import cached_property

from hub.errors import RequestError
from hub.plugins.exporter import ExportAsking, ExportQuery
from hub.plugins.services import HubServices
from schema.context import context_factory
from schema.executable import ExecutableSchema
from schema.export.columns import Selection
from schema.export.composing import compose_query
from schema.export.document import read_document
from schema.export.reading import Asked, ReadQuery, priced
from schema.http.answers import format_errors
from schema.http.operations import Operations
from schema.limits.documents import Documents
from schema.limits.numbers import LIMITS, Limits
from schema.limits.refusal import OperationRefusedError


class GraphQLExporter:
    """Reads lists of the API as requests of the same principal would, under the same limits for each page, and with the same words."""

    name = "graphql"

    def __init__(self, make_schema: Callable[[], ExecutableSchema], *, limits: Limits = LIMITS) -> None:
        """The schema is made when it is first needed: most commands export nothing."""
        self._make_schema = make_schema
        self._limits = limits

    @cached_property
    def _schema(self) -> ExecutableSchema:
        return self._make_schema()

    def open(self, text: str, asking: ExportAsking, services: HubServices) -> ExportQuery:
        """The query of a text. Raises RequestError for one that is not valid, is over a limit, or is not that of one list."""
        if len(text.encode()) > self._limits.query_bytes:
            raise RequestError(f"The query is larger than {self._limits.query_bytes} bytes.")
        try:
            return self._open(text, asking, services)
        except OperationRefusedError as refused:
            told = format_errors(refused.errors, asking.request_id, at_most=self._limits.request_errors)
            raise RequestError(" ".join(error["message"] for error in told)) from refused

    def _open(self, text: str, asking: ExportAsking, services: HubServices) -> ReadQuery:
        core = self._schema.core
        page = read_document(Documents(core, self._limits).get(text), core)
        make_context = context_factory(services, seconds=self._limits.operation_seconds)
        operations = Operations(self._schema, services.store, make_context, limits=self._limits)
        checked, size = priced(operations, page.text, self._limits)
        Selection.of(core, checked.document).require_whole()
        asked = Asked(services, asking, services.business_date())
        return ReadQuery(self._schema, checked, size, asked, self._limits)

    def compose(self, listed: str, where: str | None) -> str:
        """A query for the plain values of all objects of a list."""
        return compose_query(self._schema.core, listed, where)
