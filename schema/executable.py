"""The kind of schema that the HTTP view executes: it takes documents that were checked before, and leaves errors to the view."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

_checked: ContextVar[DocumentNode | None] = ContextVar("checked_document", default=None)

_ONE_OF = "directive @oneOf on INPUT_OBJECT"
"""Strawberry writes it without a description."""


class ExecutableSchema(strawberry.Schema):
    """A Strawberry schema that parses and validates nothing twice, and writes no error to a log of its own."""

    @property
    def core(self) -> GraphQLSchema:
        """The same schema as GraphQL core knows it, for validation and coercion."""
        return self._schema

    def as_str(self) -> str:
        """The schema in the schema language; written once, for that takes a good part of a second and what it says never changes."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return super().as_str().replace(_ONE_OF, f'"""Just one field of such an input is given, and it is not null."""\n{_ONE_OF}', 1)

    def get_extensions(self, sync: bool = False) -> list[SchemaExtension]:  # noqa: FBT001, FBT002 - the signature is Strawberry's
        """The extensions of the schema, after the one that hands over the checked document."""
        return [_UseCheckedDocument(), *super().get_extensions(sync)]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: the view masks errors, and writes what it masks to the log under the request's id."""


@contextmanager
def checked_document(document: DocumentNode) -> Generator[None]:
    """Within this block, the document of the operation that this thread executes; Strawberry neither parses nor validates it."""
    token = _checked.set(document)
    try:
        yield
    finally:
        _checked.reset(token)


class _UseCheckedDocument(SchemaExtension):
    """Hands the checked document to Strawberry, where there is one."""

    def on_operation(self) -> Generator[None]:
        document = _checked.get()
        if document is not None:
            self.execution_context.graphql_document = document
            self.execution_context.validation_rules = ()
        yield
