"""What goes wrong around an operation, rather than in it."""

from typing import cast

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

from hub.access.policy import EVERYONE_SIGNED_IN
from hub.errors import StoreError
from schema.http.answers import Answer
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Operations
from schema.http.subscriptions import Subscriptions
from schema.http.view import GraphQLView
from schema.limits.numbers import LIMITS
from tests.schema.http.conftest import AUTHORISED, authenticate


class Failing:
    """Operations that fail before they begin."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, request: GraphQLRequest, caller: Caller) -> Answer:
        del request, caller
        raise self.error


async def ask(error: Exception) -> httpx.Response:
    operations, nobody = cast("Operations", Failing(error)), cast("Subscriptions", None)
    view = GraphQLView(operations, nobody, authenticate, policy=EVERYONE_SIGNED_IN, limits=LIMITS)
    transport = httpx.ASGITransport(Starlette(routes=[Route("/graphql", view)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub", headers=AUTHORISED) as client:
        return await client.post("/graphql", json={"query": "{ hello }"})


@pytest.mark.parametrize(
    "error",
    [OperationalError("SELECT", {}, Exception("secret")), NoFreeConnectionError("secret"), StoreError("secret")],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_cannot_be_used_answers_503(error: Exception) -> None:
    answer = await ask(error)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "secret" not in answer.text


async def test_a_fault_of_ours_answers_500_masked_and_is_logged_under_its_request() -> None:
    with capture_logs() as logs:
        answer = await ask(RuntimeError("secret"))
    [error] = answer.json()["errors"]
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert [entry["request_id"] for entry in logs] == [error["extensions"]["requestId"]]
