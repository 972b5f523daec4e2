"""Operations: checked, priced, and executed off the event loop: a query in one read transaction, each mutation in one of its own."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from graphql import (
    GraphQLNamedType,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)
from strawberry.types import ExecutionResult

from hub.access.principal import Principal
from hub.store.deadline import time_limit
from hub.store.engine import Store
from schema.context import ContextFactory
from schema.executable import ExecutableSchema, checked_document
from schema.http.answers import Answer, format_errors
from schema.http.incoming import GraphQLRequest
from schema.http.refusal import ONLY_POST, RequestRefusedError
from schema.limits.cost import Cost, CostCounter, require_affordable
from schema.limits.documents import Documents, fragments_of
from schema.limits.numbers import Limits
from schema.limits.refusal import OperationRefusedError, bad_input
from schema.limits.variables import coerced_variables


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, in which request, and whether it may change anything: a GET may not."""

    principal: Principal
    request_id: str
    is_read_only: bool = False


class Operations:
    """Executes the operations of one schema on one store. Safe for use by several threads."""

    def __init__(self, schema: ExecutableSchema, store: Store, make_context: ContextFactory, *, limits: Limits) -> None:
        """Start with an empty cache of documents."""
        self._schema = schema
        self._core = schema.core
        self._store = store
        self._make_context = make_context
        self._limits = limits
        self._documents = Documents(self._core, limits)

    def run(self, request: GraphQLRequest, caller: Caller) -> Answer:
        """The answer to a request. Raises RequestRefusedError for a mutation in a GET; everything else that is wrong is in the answer."""
        try:
            return self._run(request, caller)
        except OperationRefusedError as refused:
            return Answer({"errors": format_errors(refused.errors, caller.request_id, at_most=self._limits.request_errors + 1)})

    def _run(self, request: GraphQLRequest, caller: Caller) -> Answer:
        document = self._documents.get(request.query)
        operation = _choose(get_operation_ast(document, request.operation_name), request.operation_name)
        if caller.is_read_only and operation.operation is not OperationType.QUERY:
            raise RequestRefusedError(ONLY_POST, "Only queries can be sent by GET; use POST.")
        if operation.operation is OperationType.SUBSCRIPTION:
            raise OperationRefusedError([bad_input("Subscriptions are not answered over HTTP.", operation)])
        fragments = fragments_of(document)
        variables = coerced_variables(self._core, operation, request.variables, fragments=fragments, at_most=self._limits.request_errors)
        counter = CostCounter(self._core, operation, fragments, variables, self._limits)
        cost = counter.count(self._root(operation))
        require_affordable(cost, self._limits)
        with checked_document(document):
            return self._answer(request, caller, self._execute(request, caller, operation.operation), cost=cost)

    def _root(self, operation: OperationDefinitionNode) -> GraphQLNamedType:
        root = self._core.get_root_type(operation.operation)
        if root is None:
            raise OperationRefusedError([bad_input(f"There is no {operation.operation.value} here.", operation)])
        return root

    def _execute(self, request: GraphQLRequest, caller: Caller, kind: OperationType) -> ExecutionResult:
        if kind is OperationType.MUTATION:
            return self._resolve(request, caller, None)
        with self._store.read() as connection, time_limit(connection, self._limits.operation_seconds):
            return self._resolve(request, caller, connection)

    def _resolve(self, request: GraphQLRequest, caller: Caller, connection: sa.Connection | None) -> ExecutionResult:
        return self._schema.execute_sync(
            request.query,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
            context_value=self._make_context(caller.principal, connection, caller.request_id),
        )

    def _answer(self, request: GraphQLRequest, caller: Caller, result: ExecutionResult, *, cost: Cost) -> Answer:
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = format_errors(result.errors, caller.request_id, at_most=self._limits.execution_errors)
        if request.extensions.get("cost") is True:
            body["extensions"] = {"cost": {"requestedQueryCost": cost.points, "requestedNodes": cost.nodes, "maximumQueryCost": self._limits.cost}}
        return Answer(body)


def _choose(operation: OperationDefinitionNode | None, name: str | None) -> OperationDefinitionNode:
    if operation is not None:
        return operation
    message = f"The document has no operation {name!r}." if name else "The document has several operations: name one in `operationName`."
    raise OperationRefusedError([bad_input(message)])
