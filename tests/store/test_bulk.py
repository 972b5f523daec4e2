"""hub/store/bulk.py and lookup.py: many rows at once, the same on both databases."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from hub.model import DirtyCustomer, Event, ExternalReference, Segment, table_of
from hub.store.bulk import allocate_ids, day_form, insert_missing, insert_rows, instant_form, update_rows
from hub.store.engine import Store
from hub.store.lookup import is_among
from hub.vocabulary import Stream

SEGMENTS = table_of(Segment)
EVENTS = table_of(Event)
COLUMNS = ("id", "name", "position", "is_default")


def fill(store: Store, count: int, *, prefix: str = "s") -> None:
    with store.write() as connection:
        ids = allocate_ids(connection, SEGMENTS, count)
        insert_rows(connection, SEGMENTS, columns=COLUMNS, rows=[(key, f"{prefix}{number}", number, False) for number, key in enumerate(ids)])


def names(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(sa.select(SEGMENTS.c.name).order_by(SEGMENTS.c.id)).scalars())


def test_allocated_ids_ascend_and_are_not_given_twice(store: Store) -> None:
    fill(store, 3)
    fill(store, 2, prefix="t")
    with store.read() as connection:
        ids = list(connection.execute(sa.select(SEGMENTS.c.id).order_by(SEGMENTS.c.id)).scalars())
    assert len(set(ids)) == 5
    assert names(store) == ["s0", "s1", "s2", "t0", "t1"]


@pytest.mark.parametrize("count", [1, 49, 50, 3000])
def test_rows_are_updated_by_key(store: Store, count: int) -> None:
    with store.write() as connection:
        ids = allocate_ids(connection, SEGMENTS, count)
        insert_rows(connection, SEGMENTS, columns=COLUMNS, rows=[(key, f"s{key}", 0, False) for key in ids])
        update_rows(connection, SEGMENTS, columns=("position",), rows=[(key * 2, key) for key in ids])
        wrong = connection.execute(sa.select(sa.func.count()).select_from(SEGMENTS).where(SEGMENTS.c.position != SEGMENTS.c.id * 2)).scalar_one()
    assert wrong == 0


def test_missing_rows_are_inserted_and_the_others_left(store: Store) -> None:
    fill(store, 2)
    with store.write() as connection:
        rows = [(1, "again", 9, True), (90, "new", 9, True), (90, "new", 9, True)]
        insert_missing(connection, SEGMENTS, columns=COLUMNS, rows=rows)
    assert names(store) == ["s0", "s1", "new"]


def test_nothing_to_do_is_no_statement(store: Store) -> None:
    with store.write() as connection:
        insert_rows(connection, SEGMENTS, columns=COLUMNS, rows=[])
        insert_missing(connection, table_of(DirtyCustomer), columns=("customer_id",), rows=[])
        update_rows(connection, SEGMENTS, columns=("name",), rows=[])
        assert list(allocate_ids(connection, SEGMENTS, 0)) == []


def test_a_duplicate_is_an_integrity_error_on_both_databases(store: Store) -> None:
    fill(store, 1)
    with pytest.raises(exc.IntegrityError), store.write() as connection:
        insert_rows(connection, SEGMENTS, columns=COLUMNS, rows=[(77, "s0", 0, False)])


def test_instants_come_back_as_they_went_in(store: Store) -> None:
    instants = [datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))), datetime(2026, 1, 1, tzinfo=UTC)]
    as_driver = instant_form(store.dialect)
    with store.write() as connection:
        rows = [(key, "test", as_driver(instant)) for key, instant in zip(allocate_ids(connection, EVENTS, 2), instants, strict=True)]
        insert_rows(connection, EVENTS, columns=("id", "kind", "happened_at"), rows=rows)
        found = list(connection.execute(sa.select(EVENTS.c.happened_at).order_by(EVENTS.c.id)).scalars())
        later = connection.execute(sa.select(sa.func.count()).select_from(EVENTS).where(EVENTS.c.happened_at > instants[1])).scalar_one()
    assert found == instants
    assert later == 1


def test_the_form_of_a_date_is_what_the_driver_compares(store: Store) -> None:
    form = day_form(store.dialect)
    assert form(None) is None
    assert str(form(date(2026, 2, 3))) == "2026-02-03"


@pytest.mark.parametrize("count", [0, 1, 40_000])
def test_membership_in_any_number_of_values(store: Store, count: int) -> None:
    fill(store, 5)
    texts = [f"s{number}" for number in range(count)]
    with store.read() as connection:
        found = connection.execute(sa.select(SEGMENTS.c.name).where(is_among(SEGMENTS.c.name, texts))).scalars().all()
        numbers = connection.execute(sa.select(SEGMENTS.c.position).where(is_among(SEGMENTS.c.position, range(count)))).scalars().all()
    assert len(found) == len(numbers) == min(count, 5)


def test_values_with_quotes_and_other_alphabets_are_found(store: Store) -> None:
    odd = ['a"b', "c'd", "日本", "x\\y", "{1,2}"]
    with store.write() as connection:
        insert_rows(connection, SEGMENTS, columns=COLUMNS, rows=[(key, name, 0, False) for key, name in enumerate(odd, 1)])
        assert sorted(connection.execute(sa.select(SEGMENTS.c.name).where(is_among(SEGMENTS.c.name, odd))).scalars()) == sorted(odd)


def test_a_look_up_of_many_texts_goes_through_the_index(store: Store) -> None:
    """What stands around the condition must not hide it from the planner: otherwise every look-up reads the whole table."""
    references = table_of(ExternalReference)
    wanted = sa.and_(references.c.connection_id == 1, references.c.stream == Stream.INVOICES, is_among(references.c.external_id, ["a", "b"]))
    with store.write() as connection:
        if store.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if store.dialect == "sqlite" else "EXPLAIN"
        statement = sa.select(references.c.id).where(wanted)
        query = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {query}"))
    assert ("external_id=?" if store.dialect == "sqlite" else "Index Cond") in plan, plan
    assert "external_id" in plan


def test_what_is_not_among_many_and_what_is_compared(store: Store) -> None:
    fill(store, 3)
    few, more = is_among(SEGMENTS.c.name, ["s0"]), is_among(SEGMENTS.c.name, ["s0", "s2"])
    with store.read() as connection:
        assert connection.execute(sa.select(SEGMENTS.c.name).where(~few).order_by(SEGMENTS.c.id)).scalars().all() == ["s1", "s2"]
        assert connection.execute(sa.select(SEGMENTS.c.name).where(few == more).order_by(SEGMENTS.c.id)).scalars().all() == ["s0", "s1"]
