"""The job that follows pushes: it brings up the figures of many customers once for all batches, and nobody has to wait for it to see right ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from hub.app import Hub
from hub.app.jobs import job_engine
from hub.app.refreshing import refresh_if_needed
from hub.cli.checks import run_checks
from hub.config import ConnectionSettings, Settings
from hub.crashpoints import watch_crashpoints
from hub.health.basis import Basis
from hub.health.selfcheck import check_figures
from hub.model import CustomerFigures, DirtyCustomer, JobRun, table_of
from hub.plugins.records import Record
from hub.sync.pushing import FEW_CUSTOMERS, FOLLOW_UP_JOB, Push, Pushed
from hub.sync.service import follow_up, follow_up_if_due, today
from hub.vocabulary import ConnectionKind, JobStatus
from tests.app.conftest import MakeHub
from tests.sync.records import customer, invoice, rate

MANY = FEW_CUSTOMERS + 1

_DIRTY = table_of(DirtyCustomer)
_FIGURES = table_of(CustomerFigures)
_JOBS = table_of(JobRun)


class MishapError(Exception):
    """The process is cut off here."""


@pytest.fixture
def hub(settings: Settings, make_hub: MakeHub) -> Hub:
    shop = ConnectionSettings("shop", "api", ConnectionKind.API)
    opened = make_hub(replace(settings, connections=(shop,)), "connectors.api.plugin", "hub.health.fields")
    follow_up(opened.sync)  # figures are kept for today
    return opened


def bill(number: int, *, total: str, currency: str = "EUR") -> Record:
    return invoice(f"I{number}", total, currency=currency, customer_external_id=f"C{number}", document_date=date(2026, 1, 1), due_date=date(2026, 1, 31))


def ledger(count: int, *, total: str = "100.00", currency: str = "EUR", first: int = 1) -> list[Record]:
    """So many customers, each with one invoice."""
    numbers = range(first, first + count)
    return [
        *(customer(f"C{number}") for number in numbers),
        *(bill(number, total=total, currency=currency) for number in numbers),
    ]


def push(hub: Hub, records: Sequence[Record]) -> Pushed:
    with hub.store.write() as connection:
        return Push(connection, hub.settings, hub.clock, connection_id=1, connection_name="shop", actor="ada").land(records)


def marked(hub: Hub) -> int:
    with hub.store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(_DIRTY)).scalar_one()


def owed(hub: Hub) -> list[int]:
    """What each customer that has kept figures owes, in minor units."""
    with hub.store.read() as connection:
        return list(connection.execute(sa.select(_FIGURES.c.outstanding_minor).order_by(_FIGURES.c.customer_id)).scalars())


def jobs(hub: Hub) -> list[JobStatus]:
    with hub.store.read() as connection:
        return list(connection.execute(sa.select(_JOBS.c.status).where(_JOBS.c.kind == FOLLOW_UP_JOB).order_by(_JOBS.c.id)).scalars())


def are_right(hub: Hub) -> bool:
    """Whether nothing is marked, and all that is kept is what the formulas say."""
    with hub.store.read() as connection:
        return not marked(hub) and check_figures(connection, Basis.of(hub.settings.workspace, today(hub.sync))) == []


def test_of_few_customers_the_figures_are_right_when_the_push_has_ended(hub: Hub) -> None:
    push(hub, ledger(FEW_CUSTOMERS))
    assert owed(hub) == [100_00] * FEW_CUSTOMERS
    assert are_right(hub)


async def test_of_many_the_job_brings_them_up(hub: Hub) -> None:
    pushed = push(hub, ledger(MANY))
    assert (owed(hub), marked(hub), jobs(hub)) == ([], MANY, [JobStatus.QUEUED])
    assert pushed.job_id is not None
    await job_engine(hub).drain()
    assert (owed(hub), jobs(hub)) == ([100_00] * MANY, [JobStatus.DONE])
    assert are_right(hub)


def test_the_figures_of_many_that_had_some_are_older_until_then_and_the_doctor_says_so(hub: Hub) -> None:
    push(hub, ledger(MANY))
    follow_up(hub.sync)
    pushed = push(hub, ledger(MANY, total="70.00"))
    assert (owed(hub), marked(hub)) == ([100_00] * MANY, MANY)
    assert pushed.job_id is not None
    [told] = [finding for finding in run_checks(hub) if finding.check == "kept figures"]
    assert (told.is_well, told.text.startswith(f"{MANY} customers have changed")) == (True, True)


async def test_batches_that_come_before_it_starts_share_one_job(hub: Hub) -> None:
    batches = [ledger(MANY), ledger(MANY, first=MANY + 1), ledger(MANY, total="70.00")]
    found = {push(hub, records).job_id for records in batches}
    assert (len(found), jobs(hub)) == (1, [JobStatus.QUEUED])
    await job_engine(hub).drain()
    assert owed(hub) == [70_00] * MANY + [100_00] * MANY
    assert are_right(hub)


async def test_batches_that_come_while_it_runs_share_the_next_one(hub: Hub) -> None:
    push(hub, ledger(MANY))
    with hub.store.write() as connection:
        connection.execute(sa.update(_JOBS).values(status=JobStatus.RUNNING))
    found = {push(hub, ledger(MANY, total=total)).job_id for total in ("70.00", "60.00")}
    assert (len(found), jobs(hub)) == (1, [JobStatus.RUNNING, JobStatus.QUEUED])
    await job_engine(hub).drain()
    assert owed(hub) == [60_00] * MANY
    assert are_right(hub)


def test_a_small_push_brings_up_its_own_customers_and_leaves_the_others_to_the_job(hub: Hub) -> None:
    first = push(hub, ledger(MANY))
    assert push(hub, [bill(1, total="70.00")]).job_id == first.job_id is not None
    assert (owed(hub), marked(hub)) == ([70_00], MANY - 1)


def test_a_small_push_that_leaves_nothing_has_no_job(hub: Hub) -> None:
    push(hub, ledger(1))
    follow_up(hub.sync)
    assert push(hub, ledger(1, total="70.00")).job_id is None
    assert owed(hub) == [70_00]


@pytest.mark.parametrize(("count", "expected"), [(FEW_CUSTOMERS, 90_00), (MANY, None)])
def test_a_rate_counts_whom_it_concerns(hub: Hub, count: int, expected: int | None) -> None:
    push(hub, ledger(count, currency="USD"))
    follow_up(hub.sync)
    pushed = push(hub, [rate("USD", 9, 10)])
    assert owed(hub) == [expected] * count
    assert (pushed.job_id is None) == (expected is not None)
    follow_up_if_due(hub.sync)
    assert owed(hub) == [90_00] * count
    assert are_right(hub)


def as_a_command_does(hub: Hub) -> None:
    follow_up_if_due(hub.sync)


@pytest.mark.parametrize("bring_up", [as_a_command_does, refresh_if_needed], ids=["a command", "the server"])
def test_whoever_looks_first_brings_them_up_when_nobody_runs_jobs(hub: Hub, bring_up: Callable[[Hub], object]) -> None:
    push(hub, ledger(MANY))
    bring_up(hub)
    assert owed(hub) == [100_00] * MANY
    assert are_right(hub)


def test_a_push_that_is_taken_back_leaves_neither_marks_nor_job(hub: Hub) -> None:
    def begin() -> None:
        with hub.store.write() as connection:
            Push(connection, hub.settings, hub.clock, connection_id=1, connection_name="shop", actor="ada").land(ledger(MANY))
            raise MishapError

    with pytest.raises(MishapError):
        begin()
    assert (marked(hub), jobs(hub)) == (0, [])


async def test_a_crash_while_they_are_brought_up_loses_no_mark(hub: Hub) -> None:
    def crash(place: str) -> None:
        if place == "figures.before_commit":
            raise MishapError

    push(hub, ledger(MANY))
    watch_crashpoints(crash)
    try:
        await job_engine(hub).drain()
    finally:
        watch_crashpoints(None)
    assert (owed(hub), marked(hub), jobs(hub)) == ([], MANY, [JobStatus.QUEUED])
    follow_up_if_due(hub.sync)
    assert owed(hub) == [100_00] * MANY
    assert are_right(hub)
