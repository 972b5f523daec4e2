"""The application as callers meet it: real tokens, real routes, in process."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from hub.access.policy import EVERYONE_SIGNED_IN, EXPORTERS, IMPORTERS
from hub.access.routes import Public, RoutePolicy, route_policies
from hub.access.tokens import list_tokens, revoke_token
from hub.app import Hub, create_app
from hub.app.headers import SECURITY_HEADERS
from hub.config import Settings
from hub.errors import ConfigurationError
from tests.app.conftest import NOW, MakeHub


@pytest.fixture
def app(hub: Hub) -> Starlette:
    return create_app(hub)


@pytest.fixture
async def client(app: Starlette) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client:
        yield client


async def test_a_query_is_answered_for_a_token(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.post("/graphql", json={"query": "{ viewer }"}, headers={"authorization": f"Bearer {token}"})
    assert answer.json() == {"data": {"viewer": "test 2026-03-01"}}


async def test_a_revoked_token_is_refused_by_the_next_request(client: httpx.AsyncClient, hub: Hub, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    assert (await client.get("/graphql", params={"query": "{ hello }"}, headers=headers)).status_code == 200
    with hub.store.write() as connection:
        [info] = list_tokens(connection)
        revoke_token(connection, info.id, now=NOW)
    assert (await client.get("/graphql", params={"query": "{ hello }"}, headers=headers)).status_code == 401


class TestProbes:
    async def test_a_live_process_says_so_and_nothing_else(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})

    async def test_a_hub_is_ready_with_its_database(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})

    @pytest.mark.parametrize("change", ["UPDATE alembic_version SET version_num = '0000'", "DROP TABLE alembic_version"])
    async def test_a_hub_is_not_ready_with_another_schema(self, client: httpx.AsyncClient, hub: Hub, change: str) -> None:
        with hub.store.write() as connection:
            connection.execute(sa.text(change))
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
        assert (await client.get("/healthz")).status_code == 200

    @pytest.mark.parametrize("path", ["/healthz", "/readyz"])
    async def test_a_probe_changes_nothing(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.post(path)).status_code == 405


class TestPolicies:
    def test_every_route_is_in_the_table(self, app: Starlette) -> None:
        found = {(policy.path, policy.policy if isinstance(policy.policy, Public) is False else Public) for policy in route_policies(app.routes)}
        assert found == {
            ("/healthz", Public),
            ("/readyz", Public),
            ("/webhooks/{connection}", Public),
            ("/uploads/{id}", IMPORTERS),
            ("/graphql", EVERYONE_SIGNED_IN),
            ("/graphql/schema.graphql", EVERYONE_SIGNED_IN),
            ("/exports/{id}", EXPORTERS),
        }

    async def test_every_route_that_is_not_public_refuses_anonymous_callers(self, app: Starlette, client: httpx.AsyncClient) -> None:
        guarded = [route.path for route in app.routes if isinstance(route, Route) and not isinstance(policy_of(route), Public)]
        assert guarded
        for path in guarded:
            for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
                assert (await client.request(method, path)).status_code == 401, (method, path)

    def test_sockets_have_a_policy_too(self, app: Starlette) -> None:
        sockets = [route for route in app.routes if isinstance(route, WebSocketRoute)]
        assert [policy_of(route) for route in sockets] == [EVERYONE_SIGNED_IN]

    def test_a_route_without_a_policy_stops_the_start(self, settings: Settings, make_hub: MakeHub) -> None:
        hub = make_hub(settings, "tests.app.careless")
        with pytest.raises(ConfigurationError, match="/everything declares no policy"):
            create_app(hub)


def policy_of(route: Route | WebSocketRoute) -> object:
    [found] = route_policies([route])
    assert isinstance(found, RoutePolicy)
    return found.policy


@pytest.mark.parametrize("path", ["/healthz", "/graphql", "/graphql/schema.graphql", "/nowhere"])
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_an_answer_may_say_otherwise_itself(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get("/graphql/schema.graphql", headers={"authorization": f"Bearer {token}"})
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_an_unknown_address_tells_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert (answer.status_code, answer.text) == (404, "Not Found")


async def test_figures_are_brought_up_while_the_application_runs_and_it_stops_cleanly(hub: Hub) -> None:
    app = create_app(hub, refresh_seconds=0.01)
    async with app.router.lifespan_context(app), asyncio.timeout(30):
        while True:
            with hub.store.read() as connection:
                if connection.execute(sa.text("SELECT count(*) FROM figures_state")).scalar_one():
                    break
            await asyncio.sleep(0.01)
