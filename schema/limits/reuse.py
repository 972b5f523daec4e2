"""Gives Strawberry the document that was checked already, so that nothing is parsed or validated twice."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

_checked: ContextVar[DocumentNode | None] = ContextVar("checked_document", default=None)


class ReuseDocument(SchemaExtension):
    """Belongs to the extensions of every schema that the HTTP view serves; does nothing where a schema is executed without the view."""

    def on_operation(self) -> Generator[None]:
        """Hand over the document and say that validation found nothing."""
        document = _checked.get()
        if document is not None:
            self.execution_context.graphql_document = document
            self.execution_context.validation_rules = ()
        yield


@contextmanager
def checked_document(document: DocumentNode) -> Generator[None]:
    """Within this block, the document of the operation that this thread executes."""
    token = _checked.set(document)
    try:
        yield
    finally:
        _checked.reset(token)
