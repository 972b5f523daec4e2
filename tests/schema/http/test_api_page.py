"""docs/api.md says what the code does."""

from pathlib import Path

import pytest

from schema.errors import ErrorCode
from schema.http import refusal
from schema.http.refusal import Refusal
from schema.limits.numbers import LIMITS

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
REFUSALS = [found for found in vars(refusal).values() if isinstance(found, Refusal)]


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_is_explained(code: ErrorCode) -> None:
    assert f"| `{code.value}` |" in PAGE


@pytest.mark.parametrize("status", sorted({found.status for found in REFUSALS}))
def test_every_status_is_explained(status: int) -> None:
    assert f"{status}" in PAGE


@pytest.mark.parametrize(
    "row",
    [
        f"| body | {LIMITS.body_bytes:,} bytes, within {LIMITS.body_seconds} seconds |",
        f"| text of the query, or the URL | {LIMITS.query_bytes:,} bytes |",
        f"| nesting of JSON | {LIMITS.json_depth} |",
        f"| items in a list of the variables | {LIMITS.list_items:,} |",
        f"| objects in the variables | {LIMITS.objects} |",
        f"| tokens in a document (comments likewise) | {LIMITS.tokens:,} |",
        f"| operations in a document | {LIMITS.operations} |",
        f"| directives in a document | {LIMITS.directives} |",
        f"| depth of fields, introspection apart | {LIMITS.depth} |",
        f"| aliases of an operation, counted through fragments | {LIMITS.aliases} |",
        f"| `first` and `last` | 0 to {LIMITS.page_size} |",
        f"| objects that an operation may return | {LIMITS.nodes:,} |",
        f"| cost of an operation | {LIMITS.cost:,} |",
        f"| statements of an operation | {LIMITS.operation_seconds} seconds |",
        f"a number of more than {LIMITS.number_length} characters",
        f"At most {LIMITS.request_errors} errors of a request are told (and that there were more), at most {LIMITS.execution_errors} of fields",
        f"within {LIMITS.socket_init_seconds} seconds",
        f"larger than {LIMITS.socket_message_bytes:,} characters",
    ],
)
def test_every_limit_has_its_number(row: str) -> None:
    assert row in PAGE
