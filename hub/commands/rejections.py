"""Commands about rejected records: tried again by a job, or dismissed; one of them, or many with what is wrong with each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hub.access.audit import Effect
from hub.access.rows import row_predicate
from hub.commands.command import CommandContext, Outcome
from hub.errors import InputProblem, InputRefusedError
from hub.model import RejectedRecord, table_of
from hub.store.lookup import is_among
from hub.sync.asked import Asking, submit_replay
from hub.sync.replay import dismiss_rejected
from hub.vocabulary import JobStatus, RejectionStatus, UserErrorCode

MOST_AT_ONCE = 1_000

_REJECTED = table_of(RejectedRecord)
_Judge = Callable[[Any], str | None]
"""Why something cannot be done with a row that is open; None: it can."""
_NO_RECORD = "there is no record to apply again: mend the file or its mapping and import it again, and have its source tell a deletion again"


def retry(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the name of the input's field
    """Apply one rejected record again, as it was mapped."""
    rows, problems = _sorted(context, {("id",): id}, _unmapped)
    return _retried(context, rows, key="rejectedRecord") if rows else _refused(problems)


def retry_bulk(context: CommandContext, *, ids: Sequence[int]) -> Outcome:
    """Apply rejected records again, as they were mapped: one job for each connection."""
    rows, problems = _sorted(context, _paths(ids), _unmapped)
    return _retried(context, rows, key="rejectedRecords", problems=problems)


def dismiss(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Close one rejected record without applying it."""
    rows, problems = _sorted(context, {("id",): id}, _always)
    return _dismissed(context, rows, key="rejectedRecord") if rows else _refused(problems)


def dismiss_bulk(context: CommandContext, *, ids: Sequence[int]) -> Outcome:
    """Close rejected records without applying them."""
    rows, problems = _sorted(context, _paths(ids), _always)
    return _dismissed(context, rows, key="rejectedRecords", problems=problems)


def _retried(context: CommandContext, rows: Sequence[Any], *, key: str, problems: Sequence[InputProblem] = ()) -> Outcome:
    of_connection: dict[int, list[int]] = {}
    for row in rows:
        of_connection.setdefault(row.connection_id, []).append(row.id)
    jobs: list[int] = []
    effects: list[Effect] = []
    for connection_id, ids in of_connection.items():
        job = submit_replay(context.connection, Asking(connection_id=connection_id, by=context.by, now=context.now), ids)
        jobs.append(job)
        effects += [Effect("JobRun", job, {"status": (None, JobStatus.QUEUED)}), *(Effect("RejectedRecord", each, {"triedBy": (None, job)}) for each in ids)]
    return Outcome(shown=_shown(rows, key) | ({"job": jobs[0]} if key == "rejectedRecord" else {"jobs": jobs}), effects=effects, problems=problems)


def _dismissed(context: CommandContext, rows: Sequence[Any], *, key: str, problems: Sequence[InputProblem] = ()) -> Outcome:
    dismiss_rejected(context.connection, [row.id for row in rows], now=context.now)
    changes = {"status": (RejectionStatus.OPEN, RejectionStatus.DISMISSED)}
    return Outcome(shown=_shown(rows, key), effects=[Effect("RejectedRecord", row.id, changes) for row in rows], problems=problems)


def _shown(rows: Sequence[Any], key: str) -> dict[str, Any]:
    return {key: rows[0].id if key == "rejectedRecord" else [row.id for row in rows]}


def _refused(problems: Sequence[InputProblem]) -> Outcome:
    raise InputRefusedError(problems)


# --- which of them can be done --------------------------------------------------------------------


def _paths(ids: Sequence[int]) -> Mapping[tuple[str, ...], int]:
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise InputRefusedError([InputProblem(("ids",), f"name from 1 to {MOST_AT_ONCE} records", UserErrorCode.INVALID)])
    return {("ids", str(number)): key for number, key in enumerate(ids)}


def _sorted(context: CommandContext, wanted: Mapping[tuple[str, ...], int], judge: _Judge) -> tuple[Sequence[Any], Sequence[InputProblem]]:
    """The rows that something can be done with, each once, in the order in which they were named; and what is wrong with the others."""
    columns = (_REJECTED.c.id, _REJECTED.c.connection_id, _REJECTED.c.status, _REJECTED.c.record.is_not(None).label("is_mapped"))
    mine = sa.and_(is_among(_REJECTED.c.id, sorted(set(wanted.values()))), row_predicate(context.caller, _REJECTED))
    named = sa.select(*columns).where(mine).order_by(_REJECTED.c.id)
    known = {row.id: row for row in context.connection.execute(named.with_for_update())}
    good: dict[int, Any] = {}
    problems: list[InputProblem] = []
    for path, key in wanted.items():
        row = known.get(key)
        if row is None:
            problems.append(InputProblem(path, "there is no rejected record with this id", UserErrorCode.NOT_FOUND))
            continue
        objection = f"the record is {row.status.value}, not OPEN" if row.status is not RejectionStatus.OPEN else judge(row)
        if objection is None:
            good[key] = row
        else:
            problems.append(InputProblem(path, objection, UserErrorCode.CONFLICT))
    return list(good.values()), problems


def _unmapped(row: Any) -> str | None:  # noqa: ANN401 - a row of `_sorted`
    return None if row.is_mapped else _NO_RECORD


def _always(_row: object) -> str | None:
    return None
