"""What `dunwell doctor` looks at, each check one finding in plain words."""

from dataclasses import dataclass

import sqlalchemy as sa

from hub.app import Hub
from hub.cli.output import minute
from hub.evaluation.scores import count_scores
from hub.health.basis import Basis
from hub.health.reading import is_kept
from hub.health.selfcheck import check_figures
from hub.model import Checkpoint, Connection, DirtyCustomer, RejectedRecord, SyncRun, WaitingRecord, table_of
from hub.store.connections import all_connections
from hub.store.migrate import current_revision
from hub.sync.connection_facts import data_as_of
from hub.sync.run_log import reads_connection
from hub.sync.service import today
from hub.vocabulary import ConnectionStatus, RejectionStatus, SyncRunStatus

_CONNECTIONS = table_of(Connection)
_CHECKPOINTS = table_of(Checkpoint)
_RUNS = table_of(SyncRun)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result. `is_well` None: nothing is broken, but somebody should look."""

    check: str
    is_well: bool | None
    text: str


def run_checks(hub: Hub) -> list[Finding]:
    """Every check, in order. The settings and plugins have been checked by opening the hub."""
    with hub.store.read() as connection:
        names = ", ".join(found.name for found in all_connections(connection, hub.settings))
    findings = [Finding("settings", is_well=True, text=f"connections: {names or 'there is none'}")]
    left_out = [plugin.name for plugin in hub.catalogue.plugins if not plugin.is_loaded]
    loaded = len(hub.catalogue.plugins) - len(left_out)
    findings.append(
        Finding("plugins", is_well=None if left_out else True, text=f"{loaded} loaded" + (f", left out: {', '.join(left_out)}" if left_out else ""))
    )
    findings.append(Finding("database", is_well=True, text=f"{hub.store.dialect} at schema revision {current_revision(hub.store)}"))
    with hub.store.read() as connection:
        if hub.store.dialect == "sqlite":
            findings.append(_integrity(connection))
        findings += [_runs(connection), _freshness(connection), _rejections(connection), _waiting(connection), _figures(connection, hub)]
        findings += _risk(connection, hub)
    return findings


def _integrity(connection: sa.Connection) -> Finding:
    problems = connection.exec_driver_sql("PRAGMA quick_check(10)").scalars().all()
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    is_well = list(problems) == ["ok"] and not broken
    return Finding("file integrity", is_well=is_well, text="the file is sound" if is_well else f"{'; '.join(problems)}; {len(broken)} broken references")


def _runs(connection: sa.Connection) -> Finding:
    latest = sa.select(sa.func.max(_RUNS.c.id)).where(reads_connection(_RUNS)).group_by(_RUNS.c.connection_id)
    statement = (
        sa.select(_CONNECTIONS.c.name, _RUNS.c.status, _RUNS.c.message)
        .join(_CONNECTIONS, _CONNECTIONS.c.id == _RUNS.c.connection_id)
        .where(_RUNS.c.id.in_(latest), _CONNECTIONS.c.status != ConnectionStatus.REMOVED, _RUNS.c.status != SyncRunStatus.SUCCEEDED)
    )
    bad = [f"{row.name}: {row.status.value} ({row.message or 'no message'})" for row in connection.execute(statement)]
    never = ", ".join(connection.execute(_never_run()).scalars())
    told = [*bad, *([f"never run: {never}"] if never else [])]
    return Finding("last runs", is_well=None if told else True, text="; ".join(told) or "every connection's last run succeeded")


def _never_run() -> sa.Select[str]:
    """The names of connections without a run; one whose first run is under way has one."""
    ran = sa.exists().where(_RUNS.c.connection_id == _CONNECTIONS.c.id, reads_connection(_RUNS))
    return sa.select(_CONNECTIONS.c.name).where(_CONNECTIONS.c.status != ConnectionStatus.REMOVED, ~ran).order_by(_CONNECTIONS.c.name)


def _freshness(connection: sa.Connection) -> Finding:
    statement = (
        sa.select(_CONNECTIONS.c.name, data_as_of(_CHECKPOINTS.alias(), _CONNECTIONS.c.id))
        .join(_CHECKPOINTS, _CHECKPOINTS.c.connection_id == _CONNECTIONS.c.id)
        .where(_CONNECTIONS.c.status != ConnectionStatus.REMOVED)
        .distinct()
        .order_by(_CONNECTIONS.c.name)
    )
    ages = [f"{name}: {minute(oldest) if oldest else 'never read to its end'}" for name, oldest in connection.execute(statement)]
    return Finding("data as of", is_well=True if ages else None, text="; ".join(ages) or "nothing has been read yet")


def _rejections(connection: sa.Connection) -> Finding:
    table = table_of(RejectedRecord)
    count = connection.execute(sa.select(sa.func.count()).select_from(table).where(table.c.status == RejectionStatus.OPEN)).scalar_one()
    return Finding("rejected records", is_well=None if count else True, text=f"{count} open" + (" (`dunwell rejected list`)" if count else ""))


def _waiting(connection: sa.Connection) -> Finding:
    count = connection.execute(sa.select(sa.func.count()).select_from(table_of(WaitingRecord))).scalar_one()
    return Finding("waiting records", is_well=None if count else True, text=f"{count} wait for a customer that has not arrived")


def _figures(connection: sa.Connection, hub: Hub) -> Finding:
    """Kept figures against the formulas; there is nothing to compare while a refresh is due."""
    count = connection.execute(sa.select(sa.func.count()).select_from(table_of(DirtyCustomer))).scalar_one()
    basis = Basis.of(hub.settings.workspace, today(hub.sync))
    if count or not is_kept(connection, basis):
        what = f"{count} customers have changed" if count else f"not yet those of {basis.as_of}"
        return Finding("kept figures", is_well=True, text=f"{what}: the next `dunwell receivables`, sync or server brings them up")
    differences = check_figures(connection, basis)
    if not differences:
        return Finding("kept figures", is_well=True, text="those of every customer agree with the formulas")
    first = differences[0]
    text = f"{len(differences)} differ from the formulas, the first: {first.subject}, {first.column}: kept {first.kept}, computed {first.computed}"
    return Finding("kept figures", is_well=False, text=text)


def _risk(connection: sa.Connection, hub: Hub) -> list[Finding]:
    """What the scorer of payment risk said, where the workspace names one."""
    scorer = hub.settings.workspace.payment_risk.scorer
    if scorer is None:
        return []
    found = count_scores(connection, Basis.of(hub.settings.workspace, today(hub.sync)))
    text = f"the scorer {scorer!r}: {found.known} known, {found.waiting} still to be asked about, {found.unknown} not known"
    return [Finding("payment risk", is_well=None if found.unknown else True, text=text if found.problem is None else f"{text}: {found.problem}")]
