"""Nobody without a valid token gets further than 401, and nothing of such a request is read."""

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import Message, Scope
from structlog.testing import capture_logs

from hub.access.policy import FIGURES_READERS
from hub.access.principal import Principal
from hub.errors import StoreError
from hub.vocabulary import Role
from schema.http.authentication import require_principal
from schema.http.refusal import RequestRefusedError
from tests.schema.http.conftest import TOKEN

BAD_CREDENTIALS = {
    "none": [],
    "unknown": ["Bearer dun_unknown"],
    "empty": ["Bearer "],
    "no scheme": [TOKEN],
    "other scheme": [f"Basic {TOKEN}"],
    "two headers": [f"Bearer {TOKEN}", f"Bearer {TOKEN}"],
    "token and more": [f"Bearer {TOKEN} more"],
    "not ascii": ["Bearer \xff\xfe"],
}


@pytest.mark.parametrize("path", ["/graphql", "/graphql/schema.graphql"])
@pytest.mark.parametrize("credentials", BAD_CREDENTIALS.values(), ids=BAD_CREDENTIALS.keys())
async def test_a_caller_without_a_valid_token_gets_401(anonymous: httpx.AsyncClient, path: str, credentials: list[str]) -> None:
    headers = [(b"authorization", value.encode("latin-1")) for value in credentials]
    answer = await anonymous.get(path, headers=headers, params={"query": "{ hello }"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROBNICATE"])
async def test_every_method_asks_for_the_token_first(anonymous: httpx.AsyncClient, method: str) -> None:
    answer = await anonymous.request(method, "/graphql")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"{", {"content-type": "application/json"}),
        (b"\xff", {"content-type": "application/json"}),
        (b"a=b", {"content-type": "application/x-www-form-urlencoded"}),
        (b'{"query": "{ nonsense }"}', {"content-type": "application/json"}),
        (b'{"query": "{"}', {"content-type": "application/json", "accept": "text/html"}),
        (b"x" * 2_000_000, {"content-type": "application/json"}),
    ],
    ids=["not JSON", "not UTF-8", "form", "unknown field", "not acceptable", "too large"],
)
async def test_what_an_anonymous_caller_sends_makes_no_difference(anonymous: httpx.AsyncClient, content: bytes, headers: dict[str, str]) -> None:
    answer = await anonymous.post("/graphql", content=content, headers=headers)
    assert answer.status_code == 401
    assert len(answer.content) < 300


async def test_the_body_of_an_anonymous_request_is_never_read(app: Starlette) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "headers": [], "root_path": ""}
    await app(scope, receive, send)
    assert sent[0]["status"] == 401


@pytest.mark.parametrize("error", [StoreError("locked"), OperationalError("SELECT", {}, Exception("gone"))])
async def test_an_unreachable_database_answers_503_and_says_to_come_back(error: Exception) -> None:
    def fail(_: str) -> Principal | None:
        raise error

    with pytest.raises(RequestRefusedError) as caught:
        await require_principal(Headers({"authorization": "Bearer x"}), fail, FIGURES_READERS)
    assert caught.value.refusal.status == 503
    assert "Retry-After" in caught.value.refusal.headers


@pytest.mark.parametrize(("role", "status"), [(Role.INTEGRATOR, 403), (Role.FINANCE, None)])
async def test_a_role_that_the_policy_leaves_out_gets_403(role: Role, status: int | None) -> None:
    async def attempt() -> int | None:
        try:
            await require_principal(Headers({"authorization": "bearer x"}), lambda _: Principal("x", role, 1), FIGURES_READERS)
        except RequestRefusedError as error:
            return error.refusal.status
        return None

    assert await attempt() == status


async def test_the_token_appears_in_no_answer_and_no_log(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        for query in ("{ hello }", "{ boom }", "{ nonsense }", "{"):
            answer = await client.post("/graphql", json={"query": query})
            assert TOKEN not in answer.text + str(answer.headers)
    assert TOKEN not in str(logs)
