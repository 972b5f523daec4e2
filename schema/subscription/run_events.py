"""`syncRunEvents`: how runs go on."""

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from hub.errors import NotFoundError
from hub.model import SyncRun, table_of
from hub.store.appended import Position
from hub.vocabulary import SyncRunStatus
from schema.ids import decode_id, encode_id
from schema.plan.mapping import Argument, Field, Scope
from schema.plan.rows import Fetched
from schema.query.root import Root
from schema.subscription.fields import SubscriptionField, Wanted, after_of, event_fields
from schema.subscription.following import Positions, Step
from schema.subscription.run_feed import RunFeed, RunStep, first_of
from schema.values import FeedResult

FEED = RunFeed()

_RUNS = table_of(SyncRun)

KINDS = {
    "STARTED": "The run has started.",
    "PAGE": "A page of it has landed.",
    "ENDED": "It has ended: its status says how.",
}
"""The members of SyncRunEventKind."""

FIELDS: Mapping[str, Field] = {
    "cursor": Field(type="String!", description="Where the event stands: send it as `after` to get what follows."),
    "happenedAt": Field(type="DateTime!", description="When it happened."),
    "kind": Field(type="SyncRunEventKind!", description="What happened."),
    "runId": Field(type="ID!", description="The global id of the run."),
    "feed": Field(type="FeedResult", description="What has become of the page's feed in the run up to this page; null unless the event is a page."),
    "run": Field(type="SyncRun", description="The run as it is when the event is sent, which may be later than it happened."),
}
"""The fields of SyncRunEvent."""

_VALUES: Mapping[str, Callable[[RunStep, Step], object]] = {
    "cursor": lambda _, step: step.cursor,
    "happenedAt": lambda run_step, _: run_step.happened_at,
    "kind": lambda run_step, _: run_step.kind,
    "runId": lambda run_step, _: encode_id("SyncRun", run_step.run_id),
    "feed": lambda run_step, _: None if run_step.feeds is None else FeedResult.list_of(run_step.feeds)[0],
}


def _open(root: Root) -> Wanted:
    if root.arguments.get("id") is None:
        return Wanted(FEED.name, lambda _: True, after_of(root, FEED.tables, names=(FEED.name,)))
    path = root.selected.argument_path("id")
    type_name, key = decode_id(root.arguments["id"], path)
    status = _status(root, key) if type_name == "SyncRun" else None
    if status is None:
        message = "There is no such run that you may see."
        raise NotFoundError(message, path=path)
    name = f"{FEED.name} {key}"
    after = after_of(root, FEED.tables, names=(FEED.name, name)) or _beginning(root, key)
    return Wanted(
        name,
        lambda step: step.run_id == key,
        after,
        ends=lambda step: step.kind == "ENDED",
        ends_with_past=status != SyncRunStatus.RUNNING,
    )


def _status(root: Root, key: int) -> SyncRunStatus | None:
    """The status of a run that the caller may see; None: there is none."""
    scope = Scope(root.types["SyncRun"], root.reading())
    return root.session.connection.execute(sa.select(scope.c.status).where(scope.key == key, root.planner.readable(scope))).scalar()


def _beginning(root: Root, key: int) -> Positions | None:
    """Where the events of one run begin. What others commit late with lower ids is none of this run."""
    first = first_of(root.session.connection, key)
    return None if first is None else (Position(first - 1),)


def _answer(root: Root, steps: Sequence[Step]) -> list[Fetched | None]:
    children = event_fields(root)
    run_steps: list[RunStep] = [step.what for step in steps]
    keys = list(dict.fromkeys(step.run_id for step in run_steps))
    readable = _readable(root, keys)
    plans = {child.key: root.planner.lookup(child, root.types["SyncRun"], root.reading(), has_one_parent=False) for child in children if child.name == "run"}
    rows = {key: plan.load(root.session, keys) for key, plan in plans.items()} if keys else {}
    answers: list[Fetched | None] = []
    for run_step, step in zip(run_steps, steps, strict=True):
        if run_step.run_id not in readable:
            answers.append(None)
            continue
        shown = {child.key: _VALUES[child.name](run_step, step) for child in children if child.name != "run"}
        answers.append(shown | {key: found.get(run_step.run_id) for key, found in rows.items()})
    return answers


def _readable(root: Root, keys: Sequence[int]) -> set[int]:
    if not keys:
        return set()
    scope = Scope(root.types["SyncRun"], root.reading())
    return set(root.session.connection.execute(sa.select(scope.key).where(scope.key.in_(keys), root.planner.readable(scope))).scalars())


SYNC_RUN_EVENTS = SubscriptionField(
    type="SyncRunEvent",
    description="How runs go on: each is told when it starts, with every page, and when it ends. Each event comes at least once.",
    arguments={
        "id": Argument("ID", "The run to tell of, from its start; the subscription completes when it has ended. Without it: all runs, from now on."),
        "after": Argument("String", "The cursor of the last event that you have, from a subscription to the same run or to all: what follows it comes first."),
    },
    feed=FEED,
    open=_open,
    answer=_answer,
)
