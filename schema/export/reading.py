"""An export's query as it is read: the operation of a page again and again, in one transaction, as a request of its principal would be answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLError
from graphql import execute_sync as _execute_sync  # pyright: ignore[reportUnknownVariableType] - GraphQL core leaves its middleware open

from hub.errors import RequestError
from hub.plugins.exporter import ExportAsking, ExportColumn, Objects
from hub.plugins.services import HubServices
from hub.store.deadline import time_limit
from schema.context import RequestContext
from schema.errors import ErrorCode
from schema.executable import ExecutableSchema
from schema.export.columns import Selection
from schema.export.document import AFTER, FIRST, INFO, LIST, NODES
from schema.http.answers import format_errors, root_cause
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Checked, Operations
from schema.limits.numbers import Limits
from schema.limits.refusal import OperationRefusedError

_PAGE_SIZES = (250, 100, 50, 25, 10, 5, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for an export, and the business date, which stays the same for all of its pages."""

    services: HubServices
    asking: ExportAsking
    today: date

    def context(self, connection: sa.Connection) -> RequestContext:
        """What an operation runs with."""
        return RequestContext(self.services, self.asking.principal, connection, self.today, self.asking.request_id)


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """The query of one export, checked and priced."""

    schema: ExecutableSchema
    checked: Checked
    page_size: int
    asked: Asked
    limits: Limits

    def columns(self) -> Sequence[ExportColumn]:
        """Its columns as a table. Raises RequestError for what has no place in one."""
        return tuple(Selection.of(self.schema.core, self.checked.document).columns())

    def check(self, connection: sa.Connection) -> None:
        """Raise RequestError when its principal may not ask it, or when it cannot be answered."""
        self._page(connection, first=0, after=None)

    def pages(self, connection: sa.Connection) -> Iterator[Objects]:
        """The whole list in its order, a page at a time."""
        after: str | None = None
        while True:
            found = self._page(connection, first=self.page_size, after=after)
            yield found[NODES]
            if not found[INFO]["hasNextPage"]:
                return
            after = found[INFO]["endCursor"]

    def _page(self, connection: sa.Connection, *, first: int, after: str | None) -> Mapping[str, Any]:
        """One page. Raises RequestError for whatever a request would be told, and any other error as it is: a part of a page is no page."""
        with time_limit(connection, self.limits.operation_seconds):
            result = _execute_sync(
                self.schema.core,
                self.checked.document,
                context_value=self.asked.context(connection),
                variable_values={FIRST: first, AFTER: after},
            )
        if result.errors:
            raise _failure_of(result.errors[0], self.asked.asking.request_id)
        found: Mapping[str, Any] = (result.data or {})[LIST]
        return found


def priced(operations: Operations, text: str, limits: Limits) -> tuple[Checked, int]:
    """The operation of a page, and the largest page that a request may ask for. Raises OperationRefusedError when not even one row may be."""
    refused: OperationRefusedError | None = None
    for size in _PAGE_SIZES:
        try:
            return operations.check(GraphQLRequest(text, None, {FIRST: min(size, limits.page_size)}), is_read_only=True), min(size, limits.page_size)
        except OperationRefusedError as error:
            refused = error
            if not _is_too_large(error):
                break
    raise refused or OperationRefusedError([])


def _is_too_large(error: OperationRefusedError) -> bool:
    return {(found.extensions or {}).get("code") for found in error.errors} == {ErrorCode.OPERATION_TOO_COMPLEX}


def _failure_of(error: GraphQLError, request_id: str) -> BaseException:
    """What an error of an operation is raised as: a RequestError with the words that a request would be told, or what was behind it."""
    [told] = format_errors([error], request_id, at_most=1)
    if told["extensions"]["code"] in {ErrorCode.INTERNAL_SERVER_ERROR, ErrorCode.UNAVAILABLE}:
        return root_cause(error) or error
    return RequestError(told["message"])
