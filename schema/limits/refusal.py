"""How a limit says no: GraphQL errors with a code, before anything is executed."""

import re
from collections.abc import Sequence

from graphql import GraphQLError, Node

from schema.errors import ErrorCode

_REPEATED = re.compile(r", found: .*|(?<= value)(?<!invalid value): .*", re.DOTALL)


class OperationRefusedError(Exception):
    """The operation cannot be executed: its document, its variables or its size. The caller reads `errors` and mends the request."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        """`errors` are what the answer tells, each with its code."""
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)


def too_complex(message: str, *nodes: Node) -> GraphQLError:
    """The refusal of an operation that asks for too much."""
    return GraphQLError(message, list(nodes), extensions={"code": ErrorCode.OPERATION_TOO_COMPLEX})


def without_values(message: str) -> str:
    """What GraphQL core says of a wrong value, without the value that it repeats at the end: there may be a secret in it."""
    return _REPEATED.sub(".", message)


def bad_input(message: str, *nodes: Node, argument: Sequence[str] = ()) -> GraphQLError:
    """The refusal of a wrong value; `argument` is its path where it is known."""
    named = {"argument": list(argument)} if argument else {}
    return GraphQLError(message, list(nodes), extensions={"code": ErrorCode.BAD_USER_INPUT} | named)
