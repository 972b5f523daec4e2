"""The hub as the state machine uses it: sources push, people give commands, and what the store holds is told by names instead of ids."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from msgspec.structs import replace

from hub.access.principal import Principal
from hub.commands import identity
from hub.commands.command import Command, CommandContext
from hub.errors import ConflictError
from hub.health.selfcheck import check_figures
from hub.identity.homes import counting_customers, homed_tables
from hub.identity.settable import DEEDS, PARENT
from hub.model import (
    Connection,
    Contact,
    CreditNote,
    Customer,
    CustomerCurrencyFigures,
    CustomerFigures,
    DirtyCustomer,
    ExternalReference,
    FieldConflict,
    FieldOrigin,
    FieldOverride,
    FieldRule,
    Invoice,
    Payment,
    Settlement,
    table_of,
)
from hub.plugins.records import ContactRecord, Deletion, Record
from hub.plugins.services import HubServices
from hub.store.lookup import is_among
from hub.sync.pushing import Push
from hub.vocabulary import ConflictStatus, Entity, Lifecycle, PaymentState, PushOutcome, Role, SourceHandling
from tests.identity.conftest import Systems
from tests.identity.ledger import Bill, Credit, Document, Key, Money, Party, Person
from tests.sync.records import credit_note, customer, invoice, payment

TYPES = {Entity.CUSTOMER: "Customer", Entity.CONTACT: "Contact", Entity.INVOICE: "Invoice"}
FIGURES = (
    "outstanding_minor overdue_minor total_paid_minor billed_minor cash_received_minor unutilised_credit_minor unaccounted_payment_minor "
    "net_outstanding_minor consolidated_outstanding_minor open_invoice_count"
).split()
VALUES = ("name", "phone", "sales_owner", "city", "country", "source_handling")
_ANA = Principal("ana", Role.ADMIN, 1)
_PARTS: Mapping[type[Any], Sequence[str]] = {
    Invoice: ("amount_paid_minor", "amount_adjusted_minor", "amount_due_minor", "contract"),
    Payment: ("unapplied_minor",),
    CreditNote: ("unutilised_minor",),
    Contact: ("email",),
}

_SEEN = {"residual_date"}
"""The day of what a source states without its date: by definition the one on which it was first seen to be left over."""

_ENTITIES: Mapping[type[Any], Entity] = {Invoice: Entity.INVOICE, Payment: Entity.PAYMENT, CreditNote: Entity.CREDIT_NOTE, Contact: Entity.CONTACT}

Line = tuple[Any, ...]


class RowName(NamedTuple):
    """A row as commands name it."""

    type_name: str
    key: int


class Names:
    """Keys of the ledger for ids of the store."""

    def __init__(self, connection: sa.Connection) -> None:
        """Look them up."""
        references, connections = table_of(ExternalReference), table_of(Connection)
        home = sa.func.coalesce(references.c.home_id, references.c.entity_id)
        columns = (references.c.entity, home.label("row_id"), references.c.id, connections.c.name, references.c.external_id)
        found = connection.execute(sa.select(*columns).join(connections, connections.c.id == references.c.connection_id)).all()
        self.keys: dict[tuple[Entity, int | None], Key] = {(row.entity, row.row_id): (row.name, row.external_id) for row in found}
        self.ids: dict[tuple[Entity, Key], int] = {(row.entity, (row.name, row.external_id)): row.row_id for row in found}
        self.sources: dict[int | None, Key] = {row.id: (row.name, row.external_id) for row in found}

    def of(self, entity: Entity, row_id: int | None) -> Key | None:
        """The key of a row; None: there is none."""
        return self.keys.get((entity, row_id))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the store holds, by names.

    `customers`: who counts, what it was merged into, whether it is deleted, the figures; and of those that count values, parent, and who is billed.
    `documents`: whose they are, whether they count, are deleted, and their parts. `standing` are values that people have set, `asked` those of
    which there is something to decide, with what the source says.
    """

    customers: dict[Key, Line]
    documents: dict[type[Any], dict[Key, Line]]
    standing: list[Line]
    asked: dict[Line, Line]

    def unlike(self, other: "Shown") -> list[str]:
        """What is different in another one, line by line."""
        pairs: list[tuple[Mapping[Any, Any], Mapping[Any, Any]]] = [(self.customers, other.customers), (self.asked, other.asked)]
        pairs += [(self.documents[kind], other.documents[kind]) for kind in _PARTS]
        pairs.append((dict(enumerate(self.standing)), dict(enumerate(other.standing))))
        return [f"{key}: {one.get(key)} != {two.get(key)}" for one, two in pairs for key in {**one, **two} if one.get(key) != two.get(key)]


@dataclass(slots=True)
class Desk:
    """A hub of three systems."""

    systems: Systems
    has_shared_numbers: bool = False

    @property
    def settings(self) -> Any:  # noqa: ANN401 - of the systems
        """Its settings."""
        return self.systems.settings

    # --- what is done -------------------------------------------------------------------------------

    def say(self, system: str, *said: tuple[Key, Party | Document] | Deletion) -> None:
        """Let a system push what it says of some objects, and deletions."""
        items = [item if isinstance(item, Deletion) else self._record(*item) for item in said]
        hub = self.systems.hub
        connection_id = hub.connect(system)
        with hub.store.write() as connection:
            push = Push(connection, self.settings, hub.clock, connection_id=connection_id, connection_name=system, actor="ana")
            fates = push.land(items).fates
        refused = [fate for fate in fates if fate.outcome in (PushOutcome.REJECTED, PushOutcome.WAITING, PushOutcome.STALE)]
        assert refused == []

    def command(self, command: Command, **values: Any) -> bool:  # noqa: ANN401 - arguments of a command
        """Give a command; returns whether it was done. What conflicts with what is there is refused, and then nothing is kept."""
        hub, now = self.systems.hub, self.systems.hub.clock.now()
        services = HubServices(self.settings, hub.store, hub.clock, lambda _token: None, lambda: hub.basis().as_of)
        try:
            with hub.store.write() as connection:
                command(CommandContext(connection=connection, services=services, caller=_ANA, now=now, reason=None, request_id="r"), **values)
        except ConflictError:
            return False
        return True

    def set(self, entity: Entity, key: Key, *, field: str, value: str | Key | None) -> bool:
        """Let a person set a value; returns whether that was possible."""
        if field == PARENT:
            parent = self.id(Entity.CUSTOMER, value) if isinstance(value, tuple) else None
            return self.command(identity.set_parent, customer=self.id(entity, key), parent=parent)
        text = None if value is None else f'"{value}"'
        return self.command(identity.set_value, id=self.row(entity, key), field=of_api(field), value=text)

    def row(self, entity: Entity, key: Key) -> RowName:
        """A row as commands name it."""
        return RowName(TYPES[entity], self.id(entity, key))

    def id(self, entity: Entity, key: Key) -> int:
        """The id of the row that a reference has made."""
        with self.systems.hub.store.read() as connection:
            return Names(connection).ids[entity, key]

    def connection_id(self, system: str) -> int:
        """The id of a connection."""
        return self.systems.hub.connect(system)

    def conflict(self, entity: Entity, key: Key, field: str) -> int:
        """The id of the open conflict about a field of a row."""
        table = table_of(FieldConflict)
        mine = sa.and_(table.c.entity == entity, table.c.entity_id == self.id(entity, key), table.c.field == field, table.c.status == ConflictStatus.OPEN)
        with self.systems.hub.store.read() as connection:
            return int(connection.execute(sa.select(table.c.id).where(mine)).scalar_one())

    def rule(self, entity: Entity, field: str) -> int:
        """The id of what is decided of a field for every time."""
        table = table_of(FieldRule)
        with self.systems.hub.store.read() as connection:
            return int(connection.execute(sa.select(table.c.id).where(table.c.entity == entity, table.c.field == field)).scalar_one())

    def _record(self, key: Key, said: Party | Document) -> Record:
        return record_of(key, said, number=key[1] if self.has_shared_numbers else f"{key[0]} {key[1]}")

    # --- what the store holds -----------------------------------------------------------------------

    def shown(self) -> Shown:
        """Everything that the ledger knows of, as the store has it."""
        with self.systems.hub.store.read() as connection:
            names = Names(connection)
            return Shown(
                customers=_customers(connection, names),
                documents={kind: _documents(connection, names, kind) for kind in _PARTS},
                standing=_standing(connection, names),
                asked=_asked(connection, names),
            )

    def in_the_end(self) -> dict[tuple[str, Key], Mapping[str, Any]]:
        """Every row that shows, with all that is no id and no instant, and where the values of its fields are from; without the days of `_SEEN`."""
        with self.systems.hub.store.read() as connection:
            names = Names(connection)
            found: dict[tuple[str, Key], Mapping[str, Any]] = {}
            for kind, entity in {Customer: Entity.CUSTOMER, **_ENTITIES}.items():
                table = table_of(kind)
                plain = [column for column in table.c if not column.name.endswith(("_id", "_at")) and column.name not in {"id", *_SEEN}]
                shows = table.c.merged_into_id.is_(None) if kind is Customer else sa.true()
                origins = _origins(connection, names, entity)
                for row in connection.execute(sa.select(table.c.id.label("row_id"), *plain).where(shows)).mappings():
                    key = names.keys[entity, row["row_id"]]
                    found[table.name, key] = {**row, "row_id": None, "origins": origins.get(key, [])}
            return found

    def wrong(self) -> list[str]:
        """Whatever the store contradicts itself in: figures, rows that count for the wrong customer, customers whose figures are stale."""
        with self.systems.hub.store.read() as connection:
            found = [str(difference) for difference in check_figures(connection, self.systems.hub.basis())]
            dirty = connection.execute(sa.select(table_of(DirtyCustomer).c.customer_id)).scalars().all()
            return [*found, *_astray(connection), *(f"stale: {key}" for key in dirty)]

    def hanging_on(self, keys: Collection[Key]) -> dict[str, list[Line]]:
        """Everything that hangs on some customers, column by column but for the days of `_SEEN`, and those of them that are not hidden."""
        with self.systems.hub.store.read() as connection:
            names = Names(connection)
            return _hanging(connection, {names.ids[Entity.CUSTOMER, key] for key in keys})


def of_api(field: str) -> str:
    """A field of the store as commands name it."""
    first, *others = field.removesuffix("_id").split("_")
    return first + "".join(map(str.capitalize, others))


def record_of(key: Key, said: Party | Document, *, number: str) -> Record:
    """What a source says, as its connector gives it; `number` is that of an invoice."""
    name = key[1]
    match said:
        case Party():
            fields = {field: getattr(said, field) for field in ("name", "phone", "sales_owner", "city", "country")}
            return customer(name, **fields, parent_external_id=said.parent, source_handling=SourceHandling(said.source_handling))
        case Bill():
            lifecycle = Lifecycle.VOID if said.is_void else Lifecycle.ISSUED
            made = invoice(name, customer_external_id=said.customer, number=number, contract=said.contract, lifecycle=lifecycle)
            return replace(made, total_minor=said.total, balance_minor=said.balance)
        case Money():
            reversed_on = date(2026, 10, 20) if said.state == "RETURNED" else None
            money = payment(name, on=_texts(said.on), customer_external_id=said.customer, reversed_on=reversed_on)
            return replace(money, amount_minor=said.amount, state=PaymentState(said.state))
        case Credit():
            return replace(credit_note(name, on=_texts(said.on), customer_external_id=said.customer), total_minor=said.amount)
        case Person():
            return ContactRecord(external_id=name, customer_external_id=said.customer, name="Pat", email=said.email)


def _texts(on: Iterable[tuple[str, int]]) -> dict[str, str]:
    return {name: f"{amount / 100:.2f}" for name, amount in on}


def _customers(connection: sa.Connection, names: Names) -> dict[Key, Line]:
    table, figures = table_of(Customer), table_of(CustomerFigures)
    sums = (figures.c[name] for name in FIGURES)
    rows = connection.execute(sa.select(table, *sums).outerjoin(figures, figures.c.customer_id == table.c.id)).mappings().all()
    counting = counting_customers(connection, [row["id"] for row in rows])
    found: dict[Key, Line] = {}
    for row in rows:
        places = [names.of(Entity.CUSTOMER, row[name]) for name in ("parent_id", "bill_to_id")]
        own = (*(row[name] for name in VALUES), *places) if row["merged_into_id"] is None else ()
        head = names.of(Entity.CUSTOMER, counting[row["id"]])
        merged_into = names.of(Entity.CUSTOMER, row["merged_into_id"])
        found[names.keys[Entity.CUSTOMER, row["id"]]] = (head, merged_into, row["is_deleted"], [row[name] for name in FIGURES], own)
    return found


def _documents(connection: sa.Connection, names: Names, kind: type[Any]) -> dict[Key, Line]:
    table = table_of(kind)
    entity = _ENTITIES[kind]
    found: dict[Key, Line] = {}
    for row in connection.execute(sa.select(table)).mappings():
        home = row["home_customer_id"] or row["customer_id"]
        of = (names.of(Entity.CUSTOMER, row["customer_id"]), names.of(Entity.CUSTOMER, home))
        more = (row["lifecycle"] == Lifecycle.VOID, names.of(Entity.INVOICE, row["appearance_of_id"])) if kind is Invoice else ()
        found[names.keys[entity, row["id"]]] = (*of, row.get("is_authoritative", True), row["is_deleted"], [row[name] for name in _PARTS[kind]], *more)
    return found


def _standing(connection: sa.Connection, names: Names) -> list[Line]:
    table = table_of(FieldOverride)
    rows = connection.execute(sa.select(table).where(table.c.cleared_at.is_(None)).order_by(table.c.id)).all()
    return [(row.entity, names.keys[row.entity, row.entity_id], row.field, _value(row.value, row.field, names)) for row in rows]


def _asked(connection: sa.Connection, names: Names) -> dict[Line, Line]:
    table = table_of(FieldConflict)
    rows = connection.execute(sa.select(table).where(table.c.status == ConflictStatus.OPEN)).all()
    found: dict[Line, Line] = {}
    for row in rows:
        theirs = None if row.field in (*DEEDS, PARENT) else _value(row.theirs, row.field, names)
        found[row.entity, names.keys[row.entity, row.entity_id], row.field] = (_value(row.ours, row.field, names), theirs)
    assert len(found) == len(rows), "two conflicts about one field of one row"
    return found


def _origins(connection: sa.Connection, names: Names, entity: Entity) -> dict[Key, list[Line]]:
    table = table_of(FieldOrigin)
    found: dict[Key, list[Line]] = {}
    for row in connection.execute(sa.select(table).where(table.c.entity == entity).order_by(table.c.field)):
        said = [(one["connection"], one["external_id"], _value(one["value"], row.field, names)) for one in row.said]
        found.setdefault(names.keys[entity, row.entity_id], []).append((row.field, names.sources.get(row.reference_id), row.override_id is None, said))
    return found


def _value(text: str | None, field: str, names: Names) -> Any:  # noqa: ANN401 - any value of a field
    value = None if text is None else orjson.loads(text)
    return names.of(Entity.CUSTOMER, value) if field == PARENT else value


def _astray(connection: sa.Connection) -> list[str]:
    """Rows that do not count for the customer that their home was merged into."""
    wrong: list[str] = []
    for table in homed_tables():
        rows = connection.execute(sa.select(table.c.customer_id, table.c.home_customer_id).where(table.c.customer_id.is_not(None))).all()
        homes = {home if home is not None else customer_id for customer_id, home in rows}
        counting = counting_customers(connection, homes)
        wrong += [f"{table.name}: {row}" for row in rows if row[0] != counting[row[1] if row[1] is not None else row[0]] or row[0] == row[1]]
    return wrong


def _exactly(value: object) -> str:
    """A value of a column as text; the names of a document have no order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode() if isinstance(value, dict) else repr(value)


def _hanging(connection: sa.Connection, ids: set[int]) -> dict[str, list[Line]]:
    def rows(table: sa.Table, mine: sa.ColumnElement[bool], *, but: Collection[str] = ()) -> list[Line]:
        columns = [column for column in table.c if column.name not in but]
        return sorted((tuple(map(_exactly, row)) for row in connection.execute(sa.select(*columns).where(mine))), key=repr)

    references, overrides, conflicts, origins = (table_of(kind) for kind in (ExternalReference, FieldOverride, FieldConflict, FieldOrigin))
    home = sa.func.coalesce(references.c.home_id, references.c.entity_id)
    found = {"references": rows(references, sa.and_(references.c.entity == Entity.CUSTOMER, is_among(home, ids)))}
    for table in homed_tables():
        found[table.name] = rows(table, is_among(sa.func.coalesce(table.c.home_customer_id, table.c.customer_id), ids), but=_SEEN)
    settlements, customers = table_of(Settlement), table_of(Customer)
    for kind, column in ((Payment, settlements.c.payment_id), (CreditNote, settlements.c.credit_note_id)):
        table = table_of(kind)
        owners = sa.select(table.c.id).where(is_among(sa.func.coalesce(table.c.home_customer_id, table.c.customer_id), ids))
        found[f"settled by {table.name}"] = rows(settlements, column.in_(owners))
    for kind, key in ((Customer, "id"), (CustomerFigures, "customer_id"), (CustomerCurrencyFigures, "customer_id")):
        table = table_of(kind)
        counts = sa.select(customers.c.id).where(is_among(customers.c.id, ids), customers.c.merged_into_id.is_(None))
        found[table.name] = rows(table, table.c[key].in_(counts))
    of_customers = {table.name: sa.and_(table.c.entity == Entity.CUSTOMER, is_among(table.c.entity_id, ids)) for table in (overrides, conflicts, origins)}
    found["set"] = rows(overrides, sa.and_(of_customers[overrides.name], overrides.c.cleared_at.is_(None)))
    is_open = sa.and_(of_customers[conflicts.name], conflicts.c.status == ConflictStatus.OPEN)
    found["asked"] = rows(conflicts, is_open, but=("id", "raised_at"))
    found["origins"] = rows(origins, of_customers[origins.name], but=("id",))
    return found
