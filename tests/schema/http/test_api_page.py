"""docs/api.md says what the code does."""

from pathlib import Path

import pytest

from hub.access import policy as policies
from hub.vocabulary import UserErrorCode
from schema.errors import ErrorCode
from schema.http import refusal
from schema.http.refusal import Refusal
from schema.limits.numbers import LIMITS
from schema.mutation.catalogue import MUTATIONS
from schema.policy import POLICIES

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
REFUSALS = [found for found in vars(refusal).values() if isinstance(found, Refusal)]


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_is_explained(code: ErrorCode) -> None:
    assert f"| `{code.value}` |" in PAGE


@pytest.mark.parametrize("code", UserErrorCode)
def test_every_code_of_a_user_error_is_explained(code: UserErrorCode) -> None:
    assert f"| `{code.value}` |" in PAGE


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_is_listed_with_its_policy(name: str) -> None:
    [row] = [line for line in PAGE.splitlines() if line.startswith("| `") and f"`{name}`" in line.split("|")[1]]
    policy = {
        policies.ADMINS: "ADMINS",
        policies.OPERATORS: "OPERATORS",
        policies.DELETION_APPROVERS: "DELETION_APPROVERS",
        policies.CUSTOMER_MANAGERS: "CUSTOMER_MANAGERS",
        policies.EXPORTERS: "EXPORTERS",
    }
    assert f"| `{policy.get(POLICIES['Mutation'][name], 'REJECTION_RESOLVERS')}` |" in row


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
