"""Whatever is said, merged, taken back, set and decided, in whatever order: the store ends as if only the end had ever been."""

from collections.abc import Mapping, Sequence
from typing import Any

import anyio
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.errors import ConflictError
from hub.health.selfcheck import check_figures
from hub.identity.homes import counting_customers, homed_tables
from hub.model import Customer, CustomerFigures, ExternalReference, FieldOverride, Invoice, Payment, table_of
from hub.plugins.connector import Page
from hub.plugins.records import Deletion, Record
from hub.vocabulary import Entity, Stream
from tests.examples import examples
from tests.identity.conftest import KINDS, Key, Systems
from tests.sync.records import customer, invoice, payment
from tests.wiping import wipe

NAMES = ("1", "2", "3")
KEYS: Sequence[Key] = [(system, name) for system in KINDS for name in NAMES]
keys = st.sampled_from(KEYS)
texts = st.sampled_from(["Acme", "ACME", "Other"])
parents = st.sampled_from([None, *NAMES])

said_customers = st.tuples(st.just("say"), keys, st.tuples(texts, st.sampled_from([None, "+1", "+2"]), parents))
invoices = st.tuples(st.just("invoice"), keys, st.tuples(st.sampled_from(["A", "B"]), st.integers(1, 9)))
payments = st.tuples(st.just("payment"), keys, st.tuples(st.sampled_from(["P"]), st.integers(1, 9)))
gone = st.tuples(st.just("gone"), keys, st.none())
merges = st.tuples(st.just("merge"), keys, keys)
taken_back = st.tuples(st.just("unmerge"), keys, st.none())
set_values = st.tuples(st.just("set"), keys, texts)
STEPS = st.lists(st.one_of(said_customers, said_customers, invoices, payments, gone, merges, merges, merges, taken_back, set_values), min_size=4, max_size=25)

WITH_ONE_DATABASE = settings(
    max_examples=examples(6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


class History:
    """What was done, and what it comes to in the end."""

    def __init__(self, systems: Systems) -> None:
        """Nothing was done."""
        self.systems = systems
        self.records: dict[tuple[str, Stream, str], Record | None] = {}
        self.merges: dict[Key, Key] = {}

    async def do(self, step: tuple[str, Key, Any]) -> None:
        what, key, detail = step
        name, external_id = key
        match what:
            case "say" if detail[2] != external_id and not self._closes_circle(key, detail[2]):
                await self.say(name, customer(external_id, name=detail[0], phone=detail[1], parent_external_id=detail[2]))
            case "invoice":
                await self.say(name, invoice(detail[0], f"{detail[1]}.00", customer_external_id=external_id))
            case "payment":
                await self.say(name, payment(detail[0], f"{detail[1]}.00", customer_external_id=external_id, on={"A": "1.00"}))
            case "gone" if (name, Stream.CUSTOMERS, external_id) in self.records:
                self.records[name, Stream.CUSTOMERS, external_id] = None
                await self.systems.say(name, Page(records=[], deletions=[Deletion(stream=Stream.CUSTOMERS, external_id=external_id)], cursor=None))
            case "merge":
                self.merge(key, detail)
            case "unmerge" if key in self.merges:
                self.systems.unmerge(key)
                del self.merges[key]
            case "set" if self.knows(key):
                self.set_name(key, detail)
            case _:
                return

    async def say(self, name: str, *records: Record) -> None:
        self.records |= {(name, record.stream, record.external_id): record for record in records}
        await self.systems.say(name, *records)

    def knows(self, key: Key) -> bool:
        return (key[0], Stream.CUSTOMERS, key[1]) in self.records

    def merge(self, one: Key, into: Key) -> None:
        if not self.knows(one) or not self.knows(into):
            return
        try:
            self.systems.merge(one, into=into)
        except ConflictError:
            return
        self.merges[one] = into

    def set_name(self, key: Key, value: str) -> None:
        while key in self.merges:
            key = self.merges[key]
        found = self.systems.customer_id(key)
        self.systems.act(lambda linking: linking.set_value(Entity.CUSTOMER, found, field="phone", value=f'"{value}"'))

    def _closes_circle(self, key: Key, parent: str | None) -> bool:
        seen = {key[1]}
        while parent is not None:
            if parent in seen:
                return True
            seen.add(parent)
            record = self.records.get((key[0], Stream.CUSTOMERS, parent))
            parent = getattr(record, "parent_external_id", None)
        return False


def dump(systems: Systems) -> Mapping[str, Any]:
    """What the store holds, told by names that are the same in every database."""
    references, connections = table_of(ExternalReference), table_of(Customer).metadata.tables["connection"]
    columns = (references.c.entity, sa.func.coalesce(references.c.home_id, references.c.entity_id), connections.c.name, references.c.external_id)
    with systems.hub.store.read() as connection:
        named = connection.execute(sa.select(*columns).join(connections, connections.c.id == references.c.connection_id)).all()
        names = {(entity, row): f"{name}/{external_id}" for entity, row, name, external_id in named}
        return {
            "customers": _rows(
                connection, Customer, names, entity=Entity.CUSTOMER, plain="name phone is_deleted", customers="parent_id merged_into_id bill_to_id"
            ),
            "invoices": _rows(
                connection,
                Invoice,
                names,
                entity=Entity.INVOICE,
                plain="amount_due_minor amount_paid_minor is_authoritative",
                customers="customer_id home_customer_id",
            ),
            "payments": _rows(
                connection, Payment, names, entity=Entity.PAYMENT, plain="unapplied_minor is_authoritative", customers="customer_id home_customer_id"
            ),
            "figures": _figures(connection, names),
        }


def _rows(connection: sa.Connection, kind: type[Any], names: Mapping[Any, str], *, entity: Entity, plain: str, customers: str) -> dict[str, tuple[Any, ...]]:
    table = table_of(kind)
    found: dict[str, tuple[Any, ...]] = {}
    for row in connection.execute(sa.select(table)).mappings():
        of_customers = [names.get((Entity.CUSTOMER, row[column])) for column in customers.split()]
        found[names[entity, row["id"]]] = (*(row[column] for column in plain.split()), *of_customers)
    return found


def _figures(connection: sa.Connection, names: Mapping[Any, str]) -> dict[str, tuple[Any, ...]]:
    table, living = table_of(CustomerFigures), table_of(Customer)
    columns = (table.c.customer_id, table.c.outstanding_minor, table.c.unaccounted_payment_minor, table.c.consolidated_outstanding_minor)
    rows = connection.execute(sa.select(*columns).join(living, living.c.id == table.c.customer_id).where(living.c.is_deleted.is_(False)))
    return {names[Entity.CUSTOMER, row[0]]: tuple(row[1:]) for row in rows}


def everything_hangs_right(systems: Systems) -> list[str]:
    """Rows that do not count for the customer that their home was merged into."""
    wrong: list[str] = []
    with systems.hub.store.read() as connection:
        for table in homed_tables():
            rows = connection.execute(sa.select(table.c.customer_id, table.c.home_customer_id).where(table.c.customer_id.is_not(None))).all()
            homes = {home if home is not None else customer for customer, home in rows}
            counting = counting_customers(connection, homes)
            wrong += [f"{table.name}: {row}" for row in rows if row[0] != counting[row[1] if row[1] is not None else row[0]] or row[0] == row[1]]
    return wrong


async def play(systems: Systems, steps: Sequence[tuple[str, Key, Any]]) -> History:
    history = History(systems)
    for name in KINDS:
        await history.say(name, *(customer(external_id) for external_id in NAMES))
    for step in steps:
        await history.do(step)
        assert everything_hangs_right(systems) == []
    return history


async def build_anew(systems: Systems, history: History) -> None:
    """Say only what was said last, then merge what is merged."""
    order = {Stream.CUSTOMERS: 0, Stream.INVOICES: 1, Stream.PAYMENTS: 2}
    for (name, _, _), record in sorted(history.records.items(), key=lambda item: order[item[0][1]]):
        if record is not None:
            await systems.say(name, record)
    for one, into in history.merges.items():
        systems.merge(one, into=into)


@settings(
    max_examples=examples(6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(steps=STEPS)
def test_the_end_does_not_depend_on_the_way(systems: Systems, steps: Sequence[tuple[str, Key, Any]]) -> None:
    wipe(systems.hub.store)
    systems.__post_init__()
    kept = [step for step in steps if step[0] not in {"set", "gone"}]

    async def run() -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        history = await play(systems, kept)
        found = dump(systems)
        with systems.hub.store.read() as connection:
            assert check_figures(connection, systems.hub.basis()) == []
        wipe(systems.hub.store)
        systems.__post_init__()
        await build_anew(systems, history)
        return found, dump(systems)

    found, wanted = anyio.run(run)
    assert found == wanted


@settings(
    max_examples=examples(6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(steps=STEPS, one=keys, into=keys)
def test_a_merge_that_is_taken_back_leaves_nothing(systems: Systems, *, steps: Sequence[tuple[str, Key, Any]], one: Key, into: Key) -> None:
    wipe(systems.hub.store)
    systems.__post_init__()

    async def run() -> None:
        history = await play(systems, steps)
        if not history.knows(one) or not history.knows(into):
            return
        before = dump(systems)
        values = systems.hub.rows(FieldOverride, "id", "value", "source_value", "cleared_at")
        history.merge(one, into)
        if history.merges.get(one) == into:
            systems.unmerge(one)
        assert dump(systems) == before
        assert systems.hub.rows(FieldOverride, "id", "value", "source_value", "cleared_at") == values

    anyio.run(run)
