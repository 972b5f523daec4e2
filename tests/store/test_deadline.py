"""hub/store/deadline.py: a limit on the statements of a transaction, and one within another."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hub.store.deadline import TimeLimitExceededError, is_time_limit, time_limit
from hub.store.engine import Store
from tests.databases import ON_SQLITE

LONG = 60.0
FOR_EVER = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(100)",
}

LONGER_THAN_NOTHING = {"sqlite": sa.text("SELECT 1"), "postgresql": sa.text("SELECT pg_sleep(0.05)::text")}


def run_for_ever(connection: sa.Connection) -> None:
    connection.exec_driver_sql(FOR_EVER[connection.dialect.name])


def test_a_statement_is_stopped_at_the_end(store: Store) -> None:
    with pytest.raises(DBAPIError) as caught, store.read() as connection, time_limit(connection, 0.05):
        run_for_ever(connection)
    assert is_time_limit(caught.value)


def test_after_an_inner_limit_the_outer_one_stops_what_runs_again(store: Store) -> None:
    with store.read() as connection, time_limit(connection, 0.2):
        with time_limit(connection, LONG):
            connection.execute(sa.select(1))
        with pytest.raises(DBAPIError) as caught:
            run_for_ever(connection)
    assert is_time_limit(caught.value)


def test_an_inner_limit_gives_no_more_time_than_the_outer_one(store: Store) -> None:
    with pytest.raises(DBAPIError) as caught, store.read() as connection, time_limit(connection, 0.05), time_limit(connection, LONG):
        run_for_ever(connection)
    assert is_time_limit(caught.value)


def test_after_an_inner_limit_that_was_exceeded_the_outer_one_goes_on(store: Store) -> None:
    with store.write() as connection, time_limit(connection, LONG):
        with pytest.raises(DBAPIError) as caught, connection.begin_nested(), time_limit(connection, 0.05):
            run_for_ever(connection)
        assert is_time_limit(caught.value)
        with pytest.raises(TimeLimitExceededError), time_limit(connection, 0.0):
            connection.execute(sa.select(1))
        assert connection.execute(LONGER_THAN_NOTHING[store.dialect]).scalar_one() is not None


@ON_SQLITE
def test_a_limit_ends_with_its_block(store: Store) -> None:
    with store.read() as connection:
        with time_limit(connection, 0.0), pytest.raises(TimeLimitExceededError):
            connection.execute(sa.select(1))
        assert connection.execute(sa.select(1)).scalar_one() == 1
