"""What a connection takes is what its settings declare."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from hub.access.principal import Principal
from hub.commands.command import CommandContext, Outcome
from hub.commands.pushing import push
from hub.config import ConnectionSettings
from hub.store.engine import Store
from hub.sync.registry import register
from hub.vocabulary import ConnectionKind, Role, Stream, UserErrorCode
from tests.schema.hub import NOW, services

TILL = ConnectionSettings("till", "api", ConnectionKind.API, streams=(Stream.CUSTOMERS,))


@pytest.fixture
def store(database_url: str) -> Generator[Store]:
    made = Store(database_url)
    yield made
    made.dispose()


def pushed(store: Store, *records: Mapping[str, Any]) -> Outcome:
    """What a push comes to where the connection is declared for customers only."""
    made = services(store)
    with store.write() as connection:
        key = register(connection, TILL, now=NOW)
        context = CommandContext(
            connection=connection,
            services=replace(made, settings=replace(made.settings, connections=(TILL,))),
            caller=Principal("ada", Role.INTEGRATOR, 1),
            now=NOW,
            reason=None,
            request_id="request",
        )
        return push(context, connection=key, records=records)


def test_streams_that_the_settings_leave_out_are_refused_one_by_one(store: Store) -> None:
    contact = {"contact": {"external_id": "K1", "customer_external_id": "C1", "name": "Ida"}}
    gone = {"deletion": {"stream": Stream.CONTACTS, "external_id": "K1"}}
    outcome = pushed(store, {"customer": {"external_id": "C1", "name": "Ida"}}, contact, gone)
    assert [(problem.path, problem.code) for problem in outcome.problems] == [
        (("records", "1", "contact"), UserErrorCode.NOT_SUPPORTED),
        (("records", "2", "deletion"), UserErrorCode.NOT_SUPPORTED),
    ]
    results: Any = outcome.shown["results"]
    assert [(result[0], result[1]) for result in results] == [("C1", "CREATED"), ("K1", "REJECTED"), ("K1", "REJECTED")]
