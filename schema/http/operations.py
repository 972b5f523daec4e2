"""Operations: checked, priced, and executed off the event loop: a query in one read transaction, each mutation in one of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLNamedType,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)
from graphql import execute_sync as _execute_sync  # pyright: ignore[reportUnknownVariableType] - GraphQL core leaves its middleware open
from strawberry.types import ExecutionResult as StrawberryResult

from hub.access.principal import Principal
from hub.store.deadline import time_limit
from hub.store.engine import Store
from schema.context import ContextFactory
from schema.executable import ExecutableSchema, checked_document
from schema.http.answers import Answer, format_errors
from schema.http.incoming import GraphQLRequest, require_few_objects
from schema.http.refusal import ONLY_POST, RequestRefusedError
from schema.limits.cost import Cost, CostCounter, require_affordable
from schema.limits.documents import Documents, fragments_of
from schema.limits.numbers import Limits
from schema.limits.refusal import OperationRefusedError, bad_input
from schema.limits.variables import coerced_variables
from schema.subscription.fields import Turn

_NO_STREAM = "Subscriptions are answered over WebSocket, or as text/event-stream: ask for it in `Accept`."


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, in which request, and whether it may change anything: a GET may not."""

    principal: Principal
    request_id: str
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """An operation that may be executed, its document, and what it costs."""

    document: DocumentNode
    operation: OperationDefinitionNode
    cost: Cost

    @property
    def is_subscription(self) -> bool:
        """Whether it is answered again and again."""
        return self.operation.operation is OperationType.SUBSCRIPTION


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
        checked = self.check(request, is_read_only=caller.is_read_only)
        if checked.is_subscription:
            raise OperationRefusedError([bad_input(_NO_STREAM, checked.operation)])
        with checked_document(checked.document):
            return self._answer(request, caller, self._execute(request, caller, checked.operation.operation), cost=checked.cost)

    def check(self, request: GraphQLRequest, *, is_read_only: bool) -> Checked:
        """The operation of a request, held to every limit. Raises OperationRefusedError, and RequestRefusedError for a mutation where nothing may change."""
        document = self._documents.get(request.query)
        operation = _choose(get_operation_ast(document, request.operation_name), request.operation_name)
        if is_read_only and operation.operation is OperationType.MUTATION:
            raise RequestRefusedError(ONLY_POST, "Mutations cannot be sent by GET; use POST.")
        if operation.operation is not OperationType.MUTATION:
            require_few_objects(request, self._limits)
        fragments = fragments_of(document)
        root = self._root(operation)
        variables = coerced_variables(self._core, operation, request.variables, fragments=fragments, at_most=self._limits.request_errors)
        cost = CostCounter(self._core, operation, fragments, variables, self._limits).count(root)
        require_affordable(cost, self._limits)
        return Checked(document, operation, cost)

    def answer_turn(self, request: GraphQLRequest, checked: Checked, caller: Caller, *, turn: Turn) -> Sequence[ExecutionResult]:
        """What a subscription gets for each step of a turn that it may know of, all in one read transaction; the one result of opening it."""
        with self._store.read() as connection, time_limit(connection, self._limits.operation_seconds):
            context = self._make_context(caller.principal, connection, caller.request_id)
            first = self._execute_turn(request, checked, context, turn=turn)
            if first.errors or not turn.steps:
                return [first]
            results: list[ExecutionResult] = []
            for place in turn.told:
                turn.place = place
                results.append(self._execute_turn(request, checked, context, turn=turn) if place else first)
            return results

    def _execute_turn(self, request: GraphQLRequest, checked: Checked, context: object, *, turn: Turn) -> ExecutionResult:
        return _execute_sync(
            self._core,
            checked.document,
            root_value=turn,
            context_value=context,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
        )

    def _root(self, operation: OperationDefinitionNode) -> GraphQLNamedType:
        root = self._core.get_root_type(operation.operation)
        if root is None:
            raise OperationRefusedError([bad_input(f"There is no {operation.operation.value} here.", operation)])
        return root

    def _execute(self, request: GraphQLRequest, caller: Caller, kind: OperationType) -> StrawberryResult:
        if kind is OperationType.MUTATION:
            return self._resolve(request, caller, None)
        with self._store.read() as connection, time_limit(connection, self._limits.operation_seconds):
            return self._resolve(request, caller, connection)

    def _resolve(self, request: GraphQLRequest, caller: Caller, connection: sa.Connection | None) -> StrawberryResult:
        return self._schema.execute_sync(
            request.query,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
            context_value=self._make_context(caller.principal, connection, caller.request_id),
        )

    def _answer(self, request: GraphQLRequest, caller: Caller, result: StrawberryResult, *, cost: Cost) -> Answer:
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
