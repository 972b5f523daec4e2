"""A page of the work list through the API: which statements it takes, and each against the best that was written by hand."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from benchmarks.generating import TODAY
from benchmarks.handwritten_lists import OPEN_INVOICES, PAGE, customers_by_hand, figures_by_hand, invoices_by_hand
from benchmarks.hubs import hub_on
from benchmarks.reporting import Finding, finding, seconds_text, size_text
from benchmarks.timing import Comparison, compare, fastest, seconds_of
from hub.access.principal import Principal
from hub.app import Hub
from hub.model import FiguresState
from hub.vocabulary import Role
from schema.build import build_schema
from schema.context import context_factory
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Operations
from schema.limits.numbers import LIMITS

MOST = 2.0
LEVELS = ("customers", "their figures", "their open invoices")
_MONEY = "{ amount currency }"
_AMOUNTS = (
    "totalAmountPaid totalAmountDue billedAmount overdueAmount outstanding cashReceived openDebits unutilisedCredit unaccountedPayment "
    "netOverdue netOutstanding"
).split()

QUERY = f"""
query WorkList {{
  customers(first: {PAGE}, orderBy: [{{ field: OVERDUE_AMOUNT, direction: DESC }}]) {{
    nodes {{
      id name
      health {{
        asOf complete overdueInvoiceCount openInvoiceCount {" ".join(f"{name} {_MONEY}" for name in _AMOUNTS)}
        ageing {{ label amount {_MONEY} invoiceCount }}
      }}
      invoices(first: {OPEN_INVOICES}, where: {{ isOpen: true }}, orderBy: [{{ field: NEXT_DUE_DATE }}]) {{
        nodes {{ id number documentDate dueDate daysPastDue total {_MONEY} amountDue {_MONEY} }}
      }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Executed:
    """A statement as it went to the driver."""

    text: str
    parameters: Any


Records = Sequence[Sequence[Any]]


class WorkList:
    """The query on one hub, answered as a request over HTTP would be, without the HTTP."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        make_context = context_factory(hub.services, seconds=LIMITS.operation_seconds)
        self._operations = Operations(build_schema(), hub.store, make_context, limits=LIMITS)
        self._request = GraphQLRequest(query=QUERY, operation_name="WorkList", variables={}, extensions={})
        self._caller = Caller(Principal("benchmark", Role.COLLECTOR, 1), "benchmark")

    def answer(self) -> Mapping[str, Any]:
        """The data of the answer."""
        body = self._operations.run(self._request, self._caller).body
        assert "errors" not in body, body["errors"]
        data: Mapping[str, Any] = body["data"]
        return data

    def statements(self) -> list[Executed]:
        """What one answer executes for its levels: transaction control is left out, and whether the kept figures hold, asked once an operation."""
        self.answer()  # whatever is done once only is done now
        with noted(self._hub.store.engine) as executed:
            self.answer()
        return [statement for statement in executed if FiguresState.__tablename__ not in statement.text]


@contextmanager
def noted(engine: sa.Engine) -> Generator[list[Executed]]:
    """Notes every statement that reads or writes rows in this block."""
    executed: list[Executed] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - the signature is SQLAlchemy's
        text, parameters = arguments[2], arguments[3]
        if not text.startswith(("BEGIN", "PRAGMA", "SET ")):
            executed.append(Executed(text, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        event.remove(engine, "before_cursor_execute", note)


def measure_lists(url: str, folder: Path, *, invoice_count: int, rounds: int) -> list[Finding]:
    """The work list on a filled database."""
    with hub_on(url, folder) as hub:
        work_list = WorkList(hub)
        executed = work_list.statements()
        size, database = size_text(invoice_count), hub.store.dialect
        counted = Finding(
            what="list, statements against levels",
            size=size,
            database=database,
            ours=str(len(executed)),
            reference=str(len(LEVELS)),
            ratio=len(executed) / len(LEVELS),
            spread=None,
            rounds=1,
            target=1.0,
            is_met=len(executed) <= len(LEVELS),
            note=f"{database}: the whole answer, in process, takes {seconds_text(min(seconds_of(work_list.answer) for _ in range(3)))}",
        )
        if len(executed) != len(LEVELS):
            return [counted]
        levels = _compare_levels(hub, executed, rounds=rounds)
        return [
            counted,
            *(
                finding(f"list, {name}", size=size, database=database, comparison=comparison, target=MOST, note=note)
                for name, (comparison, note) in levels.items()
            ),
        ]


def _compare_levels(hub: Hub, executed: Sequence[Executed], *, rounds: int) -> dict[str, tuple[Comparison, str]]:
    dialect = hub.store.dialect
    with hub.store.read() as connection:
        driver: Any = connection.connection.driver_connection

        def run(statement: Executed) -> Records:
            cursor = driver.cursor()
            cursor.execute(statement.text, statement.parameters)
            rows: Records = cursor.fetchall()
            return rows

        by_hand = customers_by_hand(dialect)
        keys = [int(row[0]) for row in run(Executed(next(iter(by_hand.values())), ()))][:PAGE]
        ways = (by_hand, figures_by_hand(dialect, keys), invoices_by_hand(dialect, keys, TODAY))
        compared: dict[str, tuple[Comparison, str]] = {}
        for name, ours, hand in zip(LEVELS, executed, ways, strict=True):
            compared[name] = _compare_level(run, ours, hand, rounds=rounds)
        return compared


def _compare_level(run: Callable[[Executed], Records], ours: Executed, ways: Mapping[str, str], *, rounds: int) -> tuple[Comparison, str]:
    written = {name: Executed(text, ()) for name, text in ways.items()}
    own_rows = run(ours)
    for name, statement in written.items():
        require_same_rows(own_rows, run(statement), what=name)
    best = fastest({name: lambda statement=statement: run(statement) for name, statement in written.items()})
    return compare(lambda: run(ours), lambda: run(written[best]), rounds=rounds), f"the best of {len(ways)}: {best}" if len(ways) > 1 else ""


def require_same_rows(ours: Records, by_hand: Records, *, what: str) -> None:
    """Stop unless each row by hand has its own row of ours that holds all its values; ours may add what its cursors need."""
    assert len(ours) == len(by_hand), f"{what}: {len(ours)} rows and {len(by_hand)}"
    left = [set(row) for row in ours]
    for row in by_hand:
        found = next((candidate for candidate in left if candidate.issuperset(row)), None)
        assert found is not None, f"{what}: no row of ours has {row}"
        left.remove(found)
