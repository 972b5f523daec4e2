"""Documents: parsed, held to the limits and validated once, then kept for the next request with the same text."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock

from graphql import (
    ArgumentNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    Token,
    TokenKind,
    ValueNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.limits.numbers import Limits
from schema.limits.places import place_of
from schema.limits.refusal import OperationRefusedError, bad_input, too_complex, without_values
from schema.limits.shape import ShapeCounter

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_BYTES_A_TOKEN = 500
"""What a token and its share of the syntax tree take in memory, measured and rounded up."""
_CUT_SHORT = "Parsing aborted."
"""How GraphQL core ends the message about a document over its limits."""
_ABANDONED = "Validation aborted."
"""What GraphQL core says of a document that is nested too deeply, through fragments, to be validated."""


class Documents:
    """The good documents of one schema. The cache forgets the least recently used ones; its size is in bytes, not in entries.

    Safe for use by several threads.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        """Start empty."""
        self._schema = schema
        self._limits = limits
        self._kept: OrderedDict[str, tuple[DocumentNode, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def kept_bytes(self) -> int:
        """What the kept documents take, about."""
        return self._bytes

    def get(self, text: str) -> DocumentNode:
        """The document of a text. Raises OperationRefusedError when it does not parse, is over a limit or is not valid."""
        with self._lock:
            if found := self._kept.get(text):
                self._kept.move_to_end(text)
                return found[0]
        document = self._check(text)
        self._keep(text, document)
        return document

    def _check(self, text: str) -> DocumentNode:
        document = _parse(text, self._limits)
        if errors := list(over_limits(document, self._limits)):
            raise OperationRefusedError(errors[: self._limits.request_errors])
        errors = validate(self._schema, document, _RULES, max_errors=self._limits.request_errors, hide_suggestions=True)
        if errors:
            raise OperationRefusedError([_refusal(error, too_deep=error.message == _ABANDONED, argument=_place(error, document)) for error in errors])
        return document

    def _keep(self, text: str, document: DocumentNode) -> None:
        size = len(text) * 4 + _BYTES_A_TOKEN * sum(1 for _ in _tokens(document))
        with self._lock:
            if text in self._kept:
                return
            self._kept[text] = (document, size)
            self._bytes += size
            while self._bytes > self._limits.document_cache_bytes:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {found.name.value: found for found in document.definitions if isinstance(found, FragmentDefinitionNode)}


def over_limits(document: DocumentNode, limits: Limits) -> Iterator[GraphQLError]:
    """What is over a limit. Runs before validation, whose rules compare fields with each other; takes time linear to the document."""
    operations = [found for found in document.definitions if isinstance(found, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        yield too_complex(f"The document has {len(operations)} operations; {limits.operations} at most.", operations[limits.operations])
    yield from _tokens_over_limits(document, limits)
    counter = ShapeCounter(fragments_of(document))
    for operation in operations:
        shape = counter.count(operation.selection_set)
        if shape.depth > limits.depth:
            yield too_complex(f"The operation is {shape.depth} levels deep; {limits.depth} at most.", operation)
        if shape.aliases > limits.aliases:
            yield too_complex(f"The operation has {shape.aliases} aliases, counted through fragments; {limits.aliases} at most.", operation)


def _tokens_over_limits(document: DocumentNode, limits: Limits) -> Iterator[GraphQLError]:
    directives = 0
    for token in _tokens(document):
        directives += token.kind is TokenKind.AT
        if token.kind in {TokenKind.STRING, TokenKind.BLOCK_STRING} and "\x00" in (token.value or ""):
            yield bad_input("A text contains NUL.", document)
            break
    if directives > limits.directives:
        yield too_complex(f"The document has {directives} directives; {limits.directives} at most.")


def _tokens(document: DocumentNode) -> Iterator[Token]:
    token = document.loc.start_token if document.loc else None
    while token:
        yield token
        token = token.next


def _parse(text: str, limits: Limits) -> DocumentNode:
    try:
        return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
    except GraphQLError as error:
        raise OperationRefusedError([_refusal(error, too_deep=error.message.endswith(_CUT_SHORT))]) from error


def _place(error: GraphQLError, document: DocumentNode) -> Sequence[str]:
    """The path of the argument that an error is about; empty when it is about none."""
    nodes = [node for node in error.nodes or () if isinstance(node, ArgumentNode | ObjectFieldNode | ValueNode)]
    if not nodes:
        return ()
    fragments, operations = fragments_of(document), (found for found in document.definitions if isinstance(found, OperationDefinitionNode))
    return next((place for operation in operations if (place := place_of(nodes, operation, fragments))), ())


def _refusal(error: GraphQLError, *, too_deep: bool, argument: Sequence[str] = ()) -> GraphQLError:
    """The error of GraphQL core with a code."""
    found = too_complex(error.message) if too_deep else bad_input(without_values(error.message), argument=argument)
    found.locations = error.locations
    return found
