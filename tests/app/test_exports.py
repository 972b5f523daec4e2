"""A hub as it is served exports what is asked: by HTTP in, by the engine beside it, and by HTTP out."""

from datetime import timedelta

import httpx
import orjson
import pytest

from hub.access.tokens import issue_token
from hub.app import create_app
from hub.app.jobs import build_handlers, job_engine
from hub.clock import FixedClock
from hub.config import Settings
from hub.errors import ConfigurationError
from hub.exports.jobs import EXPORT_JOB
from hub.plugins.finding import BUILT_IN
from hub.vocabulary import Role
from tests.app.conftest import NOW, MakeHub

ASK = 'mutation { bulkExport(input: {query: "{ apiTokens { nodes { name role } } }", idempotencyKey: "k"}) { bulkOperation { id } userErrors { message } } }'
LOOK = "{ bulkOperations { nodes { status url expiresAt } } }"


async def test_what_is_asked_over_http_is_written_by_the_engine_and_fetched_over_http(settings: Settings, make_hub: MakeHub, clock: FixedClock) -> None:
    hub = make_hub(settings, *BUILT_IN)
    with hub.store.write() as connection:
        secret = issue_token(connection, "test", Role.AUDITOR, now=NOW).secret
    app = create_app(hub)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub", headers={"authorization": f"Bearer {secret}"}) as client:
        asked = await client.post("/graphql", json={"query": ASK})
        assert asked.json()["data"]["bulkExport"]["userErrors"] == []
        await job_engine(hub).drain()
        [found] = (await client.post("/graphql", json={"query": LOOK})).json()["data"]["bulkOperations"]["nodes"]
        assert found["status"] == "COMPLETED"
        answer = await client.get(found["url"])
        assert [orjson.loads(line) for line in answer.content.splitlines()] == [{"name": "test", "role": "AUDITOR"}]
        assert answer.headers["cache-control"] == "private, no-store"
        clock.move_to(NOW + timedelta(days=7))
        assert (await client.get(found["url"])).status_code == 404


def test_a_worker_knows_exports_too(settings: Settings, make_hub: MakeHub) -> None:
    hub = make_hub(settings, *BUILT_IN)
    assert hub.services.exporter is not None
    assert EXPORT_JOB in build_handlers(hub)


def test_two_exporters_stop_the_start(settings: Settings, make_hub: MakeHub) -> None:
    with pytest.raises(ConfigurationError, match="counting, graphql"):
        make_hub(settings, "schema.plugin", "tests.app.counting")
