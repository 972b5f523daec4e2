"""The benches of the connectors that ship with the hub. A further connector adds one here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from connectors.files.plugin import FilesConnector
from connectors.sandbox.server import Fault, FaultSchedule
from hub.plugins import ConnectionContext, FixedClock, Stream
from tests.connectors.contract.bench import Bench, Faults, Key
from tests.connectors.sandbox.small_world import NOW, SmallWorld, connector_to, context_of

_MAPPING = """
date_order = "YMD"
currency = "EUR"
[[parts]]
record = "invoice"
[parts.fields]
external_id = "Number"
customer_external_id = "Customer"
document_date = "Date"
total = "Total"
"""


def files(directory: Path) -> Bench:
    """Two and a half thousand invoices in a file, one of which has a column more than the mapping knows."""
    rows = "".join(f"{number},C{number % 7},2026-01-{number % 28 + 1:02},{number}.12,blue\n" for number in range(2500))
    (directory / "open.csv").write_text("Number,Customer,Date,Total,Colour\n" + rows)
    (directory / "open.toml").write_text(_MAPPING)
    options = {"path": "open.csv", "mapping": "open.toml"}
    return Bench(
        connector=FilesConnector(),
        context=ConnectionContext("files", options, {}, directory, FixedClock(NOW), "EUR"),
        add_field=lambda: ((Stream.INVOICES, "7"), "Colour"),
    )


@dataclass(slots=True)
class OneFault(FaultSchedule):
    """Lets a single request go wrong."""

    failing: int | None = None
    fault: Fault = Fault.LOST_ANSWER

    def planned(self, number: int, *, behind_token: bool = True) -> Fault | None:
        del behind_token
        return self.fault if number == self.failing else None

    def fail_at(self, number: int, is_limit: bool) -> None:  # noqa: FBT001 - the suite says it by position
        self.failing = self.requests + number
        self.fault = Fault.RATE_LIMITED_SECONDS if is_limit else Fault.LOST_ANSWER

    def heal(self) -> None:
        self.failing = None


_DELETED: Mapping[str, Mapping[Stream, tuple[str, str]]] = {
    "accounting": {
        Stream.CUSTOMERS: ("customers", "cus-0005"),
        Stream.INVOICES: ("invoices", "inv-0005"),
        Stream.PAYMENTS: ("payments", "pay-0005"),
    },
    "crm": {Stream.CUSTOMERS: ("companies", "co-0005"), Stream.CONTACTS: ("contacts", "con-0005"), Stream.SUBSCRIPTIONS: ("subscriptions", "sub-0005")},
    "gateway": {Stream.CUSTOMERS: ("customers", "gc-0005"), Stream.PAYMENT_METHODS: ("payment_methods", "pm-0005")},
}
_EXTENDED: Mapping[str, tuple[Stream, str, str]] = {
    "accounting": (Stream.INVOICES, "invoices", "inv-0007"),
    "crm": (Stream.CONTACTS, "contacts", "con-0007"),
    "gateway": (Stream.PAYMENT_ATTEMPTS, "charges", "ch-0007"),
}


def sandbox(name: str) -> Bench:
    """One system of the sandbox, in this process, with several pages of everything."""
    world = SmallWorld(count=401)
    system = {"accounting": world.accounting, "crm": world.crm, "gateway": world.gateway}[name]
    schedule = OneFault(seed=0, rate=0)

    def delete() -> Collection[Key]:
        for collection, object_id in _DELETED[name].values():
            system.remove(collection, object_id, at=NOW - timedelta(hours=1))
        return [(stream, object_id) for stream, (_, object_id) in _DELETED[name].items()]

    def add_field() -> tuple[Key, str]:
        stream, collection, object_id = _EXTENDED[name]
        body = system.collections[collection][object_id].body
        system.put(collection, object_id, {**body, "mood": "sunny"}, at=NOW - timedelta(hours=1))
        return (stream, object_id), "mood"

    return Bench(
        connector=connector_to(world, schedule),
        context=context_of(name),
        revoked=context_of(name, name="revoked", secrets={"refresh_token": "lost-and-found", "api_key": "lost-and-found"}),
        faults=Faults(fail_at=schedule.fail_at, heal=schedule.heal),
        delete=delete,
        add_field=add_field,
        secrets=r"\b[ar]t-[0-9]+|sandbox-[a-z]+-(key|secret)|lost-and-found|Authorization|c2FuZGJveC",
    )


BENCHES: Mapping[str, Callable[[Path], Bench]] = {
    "files": files,
    "sandbox accounting": lambda _: sandbox("accounting"),
    "sandbox crm": lambda _: sandbox("crm"),
    "sandbox gateway": lambda _: sandbox("gateway"),
}
