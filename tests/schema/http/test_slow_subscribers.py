"""Who takes events too slowly: it is ended with its last cursor, nothing is lost, and nobody else waits."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.access.policy import EVERYONE_SIGNED_IN
from hub.access.principal import Principal
from hub.model import Change, table_of
from hub.store.appended import Position
from hub.store.engine import Store
from hub.vocabulary import Entity, Role
from schema.executable import ExecutableSchema
from schema.http.answers import Answer
from schema.http.incoming import GraphQLRequest
from schema.http.subscriptions import Asked, Subscriptions
from schema.limits.numbers import LIMITS
from schema.limits.refusal import OperationRefusedError
from schema.subscription.cursors import encode_positions
from tests.schema.hub import NOW, Hub

QUERY = "subscription($after: String) { changeEvents(after: $after) { actor cursor } }"
START = encode_positions("changes", [Position(), Position()])
MANY = 150


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def listen(subscriptions: Subscriptions, after: str) -> AsyncGenerator[Answer]:
    return await subscriptions.open(Asked(GraphQLRequest(QUERY, None, {"after": after}), "Bearer any", "request"))


def actor_of(answer: Answer) -> str:
    return answer.body["data"]["changeEvents"]["actor"]


@pytest.mark.anyio
async def test_a_slow_subscriber_is_ended_with_its_last_cursor_and_the_others_go_on(store: Store, hub_schema: ExecutableSchema) -> None:
    hub = Hub(store, hub_schema)
    hub.connection()
    customer = hub.customer("Acme")
    limits = replace(LIMITS, events_queued=20, events_answered=5, events_poll_seconds=0.05)
    principal = Principal("ada", Role.ADMIN, 1)
    subscriptions = Subscriptions(hub.operations, store, lambda _: principal, policy=EVERYONE_SIGNED_IN, limits=limits)

    def write(actor: str) -> None:
        with store.write() as connection:
            values = {"entity": Entity.CUSTOMER, "entity_id": customer, "field": "name", "actor": actor, "changed_at": NOW}
            connection.execute(sa.insert(table_of(Change)).values(values))

    write("first")
    async with aclosing(await listen(subscriptions, START)) as slow, aclosing(await listen(subscriptions, START)) as quick:
        assert (actor_of(await anext(slow)), actor_of(await anext(quick))) == ("first", "first")
        write("second")
        assert (actor_of(await anext(slow)), actor_of(await anext(quick))) == ("second", "second")
        for number in range(MANY):
            write(str(number))
            assert actor_of(await anext(quick)) == str(number)
        with pytest.raises(OperationRefusedError) as refused:
            await anext(slow)
    extensions = refused.value.errors[0].extensions or {}
    assert extensions["code"] == "SUBSCRIBER_TOO_SLOW"
    async with aclosing(await listen(subscriptions, extensions["cursor"])) as again:
        assert [actor_of(await anext(again)) for _ in range(MANY)] == [str(number) for number in range(MANY)]
