"""Syncing one connection from start to end: lock, rows, figures; for real or as a preview."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import sqlalchemy as sa
from sqlalchemy import exc

from hub.clock import business_date
from hub.config import ConnectionOrigin, ConnectionSettings
from hub.crashpoints import crashpoint
from hub.errors import ConflictError, HubError, RequestError
from hub.health.basis import Basis
from hub.health.figures import PortfolioFigures
from hub.health.portfolio import read_portfolio
from hub.health.refresh import refresh_dirty
from hub.identity.matching.queue import is_anyone_waiting
from hub.jobs.fencing import JobCancelledError
from hub.model import Change, ExternalReference, table_of
from hub.plugins.connector import Source
from hub.store.copying import rehearsal_apart
from hub.store.deadline import is_time_limit
from hub.store.engine import opened_in_thread, run_in_thread
from hub.store.lock import reading
from hub.store.rehearsal import Rehearsal, Transactions, is_meeting
from hub.sync.findings import RunFindings, read_findings
from hub.sync.imports.folder import UploadFolder
from hub.sync.matching import match_customers
from hub.sync.opening import SyncServices, opened_source
from hub.sync.registry import authority_ids, is_as_made, made_connection, register, require_running
from hub.sync.request import Progress, SyncReport, SyncRequest, no_progress
from hub.sync.run import run_sync
from hub.sync.sweep import NOTHING_APPROVED, Closing
from hub.sync.turning import is_out_of_date, turn
from hub.sync.writing import Fence, no_fence, while_held
from hub.vocabulary import Entity, Stream

_CHANGES = table_of(Change)
_REFERENCES = table_of(ExternalReference)
_SAMPLE = 20
_TRIES = 5

PREVIEW_SECONDS = 120.0
"""How long the statements of a preview may take on PostgreSQL, where others wait for rows that it has written. On SQLite nobody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOptions:
    """How one run goes.

    `since` None: the connection's own sync-from date, from where the last run stopped; a date reads everything from it on again.
    `streams` None: all that the connection delivers; otherwise only the feeds that bring one of them are read. `is_full` reads
    everything again. `fence` is the first statement of every transaction, and `job_run_id` the job that the run is part of; None: none.
    """

    trigger: str = "MANUAL"
    since: date | None = None
    streams: frozenset[Stream] | None = None
    is_full: bool = False
    fence: Fence = no_fence
    job_run_id: int | None = None
    closing: Closing = NOTHING_APPROVED
    actor: str | None = None
    on_progress: Callable[[Progress], None] = no_progress


@dataclass(frozen=True, slots=True)
class SampleChange:
    """One field that would change, as JSON texts; None stands for no value. `external_id` is the object's id in a source system."""

    entity: Entity
    external_id: str | None
    field: str
    old_value: str | None
    new_value: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do: its report, some of the changes and of what it would find, and the portfolio before and after."""

    report: SyncReport
    changes: tuple[SampleChange, ...]
    findings: RunFindings
    before: PortfolioFigures
    after: PortfolioFigures


async def sync_connection(services: SyncServices, connection: ConnectionSettings, options: SyncOptions) -> SyncReport:
    """Read a connection and apply what it gives, then bring the figures up.

    Raises ConflictError while another run of it goes on, or when a person has paused it.
    """
    async with opened_in_thread(reading(services.store, connection.name)) as held:
        held_options = replace(options, fence=while_held(held, options.fence))
        report = await _sync(services, services.store, connection, options=held_options)
        await run_in_thread(partial(follow_up, services))
        return report


async def preview_connection(services: SyncServices, connection: ConnectionSettings, options: SyncOptions, *, seconds: float = PREVIEW_SECONDS) -> Preview:
    """The same without a trace: everything is done in one transaction apart from the others, looked at, and rolled back.

    Raises ConflictError, too, while others keep bringing up what it brings up, NoRoomError when the disk has no room for a copy of a SQLite
    database, and RequestError when the statements take more than `seconds` on PostgreSQL.
    """
    folder = await run_in_thread(UploadFolder(services.settings.var_directory).prepare)
    try:
        async with (
            opened_in_thread(reading(services.store, connection.name)),
            opened_in_thread(rehearsal_apart(services.store, folder, seconds=seconds)) as rehearsed,
        ):
            return await _rehearse(services, rehearsed, connection, options=options)
    except (HubError, exc.DBAPIError) as error:
        if not is_time_limit(error):
            raise
        raise RequestError(f"the preview would take more than {seconds:g} seconds: preview a part of the file, or import it without a preview") from error


def follow_up(services: SyncServices) -> None:
    """Do what follows what was read: compare customers that nobody has compared yet, turn the date if it has turned, bring up stale figures.

    Then the scorer of payment risk, where the workspace names one, is asked about them.
    """
    match_customers(services.store, services.settings, services.clock)
    _bring_up(services, services.store)
    services.score_risk()


def follow_up_if_due(services: SyncServices) -> None:
    """The same where something is left to follow up, for who wants to read: where nothing is, it waits for nobody who writes."""
    with services.store.read() as connection:
        is_due = is_anyone_waiting(connection) or is_out_of_date(connection, services.settings.workspace, today=today(services))
    if is_due:
        follow_up(services)
    else:
        services.score_risk()


def today(services: SyncServices) -> date:
    """The business date now."""
    return business_date(services.clock, services.settings.workspace.time_zone)


def _bring_up(services: SyncServices, transactions: Transactions) -> None:
    day = today(services)
    with transactions.write() as connection:
        turn(connection, services.settings.workspace, today=day, now=services.clock.now())
        refresh_dirty(connection, Basis.of(services.settings.workspace, day))
        crashpoint("figures.before_commit")


async def _rehearse(services: SyncServices, rehearsed: Rehearsal, connection: ConnectionSettings, *, options: SyncOptions) -> Preview:
    await run_in_thread(partial(_rehearse_bringing_up, services, rehearsed))
    basis = Basis.of(services.settings.workspace, today(services))
    with rehearsed.read() as opened:
        before = read_portfolio(opened, basis)
        last_change = opened.execute(sa.select(sa.func.coalesce(sa.func.max(_CHANGES.c.id), 0))).scalar_one()
    report = await _sync(services, rehearsed, connection, options=options)
    await run_in_thread(partial(_rehearse_bringing_up, services, rehearsed))
    with rehearsed.read() as opened:
        findings = read_findings(opened, report.run_id, limit=_SAMPLE)
        return Preview(report, _sample_changes(opened, after=last_change), findings, before, read_portfolio(opened, basis))


def _rehearse_bringing_up(services: SyncServices, rehearsed: Rehearsal) -> None:
    """Bring up within a rehearsal, which has no lock of the books: where others bring up the same rows it waits for them, and begins again."""
    met: exc.DBAPIError | None = None
    for _ in range(_TRIES):
        try:
            _bring_up(services, rehearsed)
        except exc.DBAPIError as error:
            if not is_meeting(error):
                raise
            met = error
        else:
            return
    raise ConflictError("others kept bringing up the same figures: try the preview again") from met


def _sample_changes(connection: sa.Connection, *, after: int) -> tuple[SampleChange, ...]:
    same = sa.and_(_REFERENCES.c.entity == _CHANGES.c.entity, _REFERENCES.c.entity_id == _CHANGES.c.entity_id)
    external_id = sa.select(sa.func.min(_REFERENCES.c.external_id)).where(same).scalar_subquery()
    columns = (_CHANGES.c.entity, external_id, _CHANGES.c.field, _CHANGES.c.old_value, _CHANGES.c.new_value)
    rows = connection.execute(sa.select(*columns).where(_CHANGES.c.id > after).order_by(_CHANGES.c.id).limit(_SAMPLE))
    return tuple(SampleChange(*row) for row in rows)


async def _sync(services: SyncServices, transactions: Transactions, connection: ConnectionSettings, *, options: SyncOptions) -> SyncReport:
    async with opened_source(services, connection) as source:
        request = await run_in_thread(partial(sync_request, services, transactions, connection, source=source, options=options))
        return await run_sync(transactions, request)


def sync_request(
    services: SyncServices,
    transactions: Transactions,
    connection: ConnectionSettings,
    *,
    source: Source,
    options: SyncOptions,
    saves_position: bool = True,
) -> SyncRequest:
    """What a run of a connection is asked for; its row is made or brought in line. Raises ConflictError when a person has paused it."""
    facts = services.catalogue.connectors[connection.connector].facts
    connection_id, authority = _admitted(services, transactions, connection, options=options)
    return SyncRequest(
        connection_id=connection_id,
        connection_name=connection.name,
        source=source,
        workspace=services.settings.workspace,
        clock=services.clock,
        trigger=options.trigger,
        since=connection.sync_from_date,
        again_from=options.since,
        streams=_wanted(connection, options),
        taken=None if connection.streams is None else frozenset(connection.streams),
        is_full=options.is_full or options.since is not None,
        authority=authority,
        closing=options.closing,
        actor=options.actor,
        saves_position=saves_position,
        forgets_feeds=saves_position and options.streams is None and options.trigger != "IMPORT",
        concurrent_feeds=facts.concurrent_feeds,
        max_rejected_percent=facts.max_rejected_percent,
        full_every_days=facts.full_every_days,
        fetchable=facts.fetchable,
        job_run_id=options.job_run_id,
        fence=_while_there(connection, options.fence),
        sleep=services.sleep,
        jitter=services.jitter,
        joining=services.joining,
        on_progress=options.on_progress,
    )


def _admitted(
    services: SyncServices, transactions: Transactions, connection: ConnectionSettings, *, options: SyncOptions
) -> tuple[int, Mapping[Stream, Sequence[int]]]:
    """The id of a connection that may run, and the order of connections by stream."""
    with transactions.write() as opened:
        options.fence(opened)
        return _admit(opened, services, connection), authority_ids(opened, services.settings)


def _admit(opened: sa.Connection, services: SyncServices, connection: ConnectionSettings) -> int:
    """The id of a connection that may run, its row made or brought in line; that of a made one is as it is.

    Raises ConflictError when a person has paused it, NotFoundError when it was made and deleted.
    """
    if connection.origin is ConnectionOrigin.MADE:
        connection_id = made_connection(opened, connection.name)
    else:
        connection_id = register(opened, connection, now=services.clock.now())
    require_running(opened, connection.name)
    return connection_id


def _while_there(connection: ConnectionSettings, fence: Fence) -> Fence:
    """A fence that stands on the connection, too: nothing lands any more once somebody has deleted it, or has it lead elsewhere."""
    if connection.origin is not ConnectionOrigin.MADE:
        return fence

    def both(opened: sa.Connection) -> None:
        fence(opened)
        if not is_as_made(opened, connection):
            raise JobCancelledError(f"the connection {connection.name!r} was deleted, or leads elsewhere now: what was read until then is kept")

    return both


def _wanted(connection: ConnectionSettings, options: SyncOptions) -> frozenset[Stream] | None:
    """The streams that are asked for: those of the command, of those that the connection is declared to deliver. None: all of them."""
    if connection.streams is None or options.streams is None:
        return options.streams if connection.streams is None else frozenset(connection.streams)
    return options.streams & frozenset(connection.streams)
