"""The command by which integrators bring records: read one by one, landed together, and each told what became of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hub.access.audit import Effect
from hub.commands.api_types import API_TYPES
from hub.commands.command import CommandContext, Outcome, UnreadItem, owning_books
from hub.commands.finding import readable_connection
from hub.commands.pushed_records import STREAMS, as_pushed, input_name, path_of, record_of
from hub.config import ConnectionSettings
from hub.errors import InputProblem, InputRefusedError, RecordError
from hub.plugins.records import Refusal
from hub.sync.fates import Fate, Item
from hub.sync.pushing import Push, Pushed
from hub.vocabulary import PushOutcome, Stream, UserErrorCode

MOST_AT_ONCE = 1_000

ShownResult = Sequence[Any]
"""What became of one record, as it is kept with the key of its request: external id, outcome, the type of its object in the API and its key."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One item as it lands, and where it stood; `problem` why it is no record, as the caller is told."""

    item: Item
    path: tuple[str, ...]
    problem: InputProblem | None = None


@owning_books
def push(context: CommandContext, *, connection: int, records: Sequence[Mapping[str, Any] | UnreadItem]) -> Outcome:
    """Land a batch for a connection that is pushed to."""
    if not 1 <= len(records) <= MOST_AT_ONCE:
        raise InputRefusedError([InputProblem(("records",), f"push from 1 to {MOST_AT_ONCE} records", UserErrorCode.INVALID)])
    found, declared = readable_connection(context, connection, field="connection")
    taken = _taken(context, declared)
    read = [_read(index, record, taken) for index, record in enumerate(records)]
    services = context.services
    landing = Push(
        context.connection, services.settings, services.clock, connection_id=found.id, connection_name=found.name, actor=context.by, reason=context.reason
    )
    pushed = landing.land([each.item for each in read])
    problems = [_problem(each, fate) for each, fate in zip(read, pushed.fates, strict=True) if fate.outcome is PushOutcome.REJECTED]
    counts = Counter(fate.outcome for fate in pushed.fates)
    effect = Effect("SyncRun", pushed.run_id, {outcome.value.lower(): (None, number) for outcome, number in sorted(counts.items())})
    results = [_shown(each.item, fate, pushed) for each, fate in zip(read, pushed.fates, strict=True)]
    return Outcome(shown={"run": pushed.run_id, "job": pushed.job_id, "results": results}, effects=[effect], problems=problems)


def _taken(context: CommandContext, declared: ConnectionSettings) -> Collection[Stream]:
    """The streams that may be pushed to a connection. Raises InputRefusedError where none may."""
    connector = next((info for info in context.services.connectors if info.name == declared.connector), None)
    if connector is None or not connector.takes_pushes:
        text = f"the connection {declared.name!r} is read by the connector {declared.connector!r}: only connections whose connector is `api` are pushed to"
        raise InputRefusedError([InputProblem(("connection",), text, UserErrorCode.NOT_SUPPORTED)])
    return connector.streams if declared.streams is None else declared.streams


# --- before and after -----------------------------------------------------------------------------


def _read(index: int, record: Mapping[str, Any] | UnreadItem, taken: Collection[Stream]) -> _Read:
    path = ("records", str(index))
    if isinstance(record, UnreadItem):
        return _unread(path, record)
    [(kind, given)] = ((kind, fields) for kind, fields in record.items() if fields is not None)
    path = (*path, input_name(kind))
    stream = STREAMS.get(kind, given.get("stream"))
    if stream in STREAMS.values() and stream not in taken:
        reason = f"the connection does not take {stream.value}: `streams` in its settings says what it takes"
        return _refused(given, path, InputProblem(path, reason, UserErrorCode.NOT_SUPPORTED), stream=stream)
    try:
        return _Read(record_of(kind, given), path)
    except RecordError as error:
        return _refused(given, path, InputProblem((*path, *path_of(error.field)), error.reason, UserErrorCode.INVALID), stream=stream)


def _unread(path: tuple[str, ...], unread: UnreadItem) -> _Read:
    """A record with a value that its field cannot have."""
    [(kind, given)] = cast("Mapping[str, Mapping[str, Any]]", unread.given).items()
    stream = next((found for name, found in STREAMS.items() if input_name(name) == kind), None)
    return _refused(given, (*path, kind), unread.problems[0], stream=stream)


def _refused(given: Mapping[str, Any], path: tuple[str, ...], problem: InputProblem, *, stream: Stream | None) -> _Read:
    """What is kept of an item that is no record: all of it, as it was pushed."""
    raw = as_pushed(given)
    below = problem.path[len(path) :]
    refusal = Refusal(
        place=".".join(path), reason=problem.message, field=".".join(below) or None, stream=stream, external_id=raw.get("externalId") or None, raw=raw
    )
    return _Read(refusal, path, problem)


def _problem(read: _Read, fate: Fate) -> InputProblem:
    return read.problem or InputProblem((*read.path, *path_of(fate.field)), fate.reason or "", UserErrorCode.INVALID)


def _shown(item: Item, fate: Fate, pushed: Pushed) -> list[str | int | None]:
    known = None if item.stream is None or item.external_id is None else pushed.rows.get((item.stream, item.external_id))
    type_name = None if known is None else API_TYPES.get(known[0])
    return [item.external_id, fate.outcome.stored, type_name, None if known is None or type_name is None else known[1]]
