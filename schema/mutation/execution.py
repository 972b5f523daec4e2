"""One mutation of an operation: allowed, planned, read, done, and shown; in this order, so that nothing is done that cannot be answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLResolveInfo

from hub.commands.command import CommandCall, Outcome
from hub.commands.refusing import problems_of
from hub.errors import InputRefusedError
from hub.store.deadline import time_limit
from schema.context import ActionContext
from schema.mutation.declaring import Mutation, Result
from schema.mutation.reading import read_input
from schema.mutation.values import UserErrorValue
from schema.plan.mapping import RowTypes
from schema.plan.planner import Planner
from schema.plan.reading import Reading
from schema.plan.rows import Fetched, OnePlan, Session
from schema.plan.rules import RuleAccess
from schema.plan.selection import Selected, selected_root
from schema.policy import require_allowed

_PlainReader = Callable[[Outcome], Any]


@dataclass(frozen=True, slots=True)
class PayloadPlan:
    """What is selected of a payload: plain values, and rows that are fetched when the mutation is done."""

    values: Mapping[str, _PlainReader]
    rows: Mapping[str, tuple[str, OnePlan]]

    def shown(self, context: ActionContext, outcome: Outcome) -> Fetched:
        """The payload by response key; rows are read in one transaction of their own, after the effect."""
        found: Fetched = {key: read(outcome) for key, read in self.values.items()}
        wanted = {key: (plan, outcome.shown[name]) for key, (name, plan) in self.rows.items() if outcome.shown.get(name) is not None}
        found |= dict.fromkeys(self.rows)
        if not wanted:
            return found
        with context.services.store.read() as connection, time_limit(connection, context.seconds):
            session = Session(connection)
            return found | {key: _load(plan, session, keys) for key, (plan, keys) in wanted.items()}


def answer_mutation(mutation: Mutation, info: GraphQLResolveInfo[Any], types: RowTypes) -> Fetched:
    """Do one mutation and show what came of it. Raises a coded error, before anything is done, when the caller may not do or see it."""
    context: ActionContext = info.context
    selected = selected_root(info)

    def permit(type_name: str, field_name: str, path: tuple[str, ...]) -> None:
        require_allowed(context.principal, type_name, field_name, path=path)

    permit(selected.parent.name, selected.name, selected.path)
    planner = Planner(types, info.schema, context.services.store.dialect, permit=permit)

    def planned() -> tuple[PayloadPlan, RuleAccess]:
        rules = RuleAccess(context.services, None)
        reading = Reading(context.principal, context.services.settings.workspace, context.kept, rules=rules)
        return plan_payload(planner, selected, mutation, reading=reading), rules

    plan, rules = planned()
    outcome = _done(context, mutation, selected)
    return (planned()[0] if rules.was_asked else plan).shown(context, outcome)  # a mutation may change the rule sets that a plan rests on


def plan_payload(planner: Planner, selected: Selected, mutation: Mutation, *, reading: Reading) -> PayloadPlan:
    """What is selected of a payload. Raises a coded error for what the caller may not see."""
    values: dict[str, _PlainReader] = {}
    rows: dict[str, tuple[str, OnePlan]] = {}
    for child in selected.children:
        planner.permit(child.parent.name, child.name, child.path)
        result = mutation.payload.get(child.name)
        if result is None:
            values[child.key] = lambda outcome: [UserErrorValue.of(problem) for problem in outcome.problems]
        elif result.row is None:
            values[child.key] = _plain(child.name, result)
        else:
            has_one_parent = not result.type.startswith("[")
            rows[child.key] = (child.name, planner.lookup(child, planner.types[result.row], reading, has_one_parent=has_one_parent))
    return PayloadPlan(values, rows)


def _plain(name: str, result: Result) -> _PlainReader:
    def read(outcome: Outcome) -> Any:  # noqa: ANN401 - a plain value, or what is made of one
        value: Any = outcome.once.get(name, outcome.shown.get(name))
        return value if result.make is None or value is None else result.make(value)

    return read


def _load(plan: OnePlan, session: Session, keys: Any) -> Any:  # noqa: ANN401 - one key and row, or several
    if isinstance(keys, Sequence):
        several: Sequence[int] = keys  # pyright: ignore[reportUnknownVariableType] - keys of rows
        found = plan.load(session, several)
        return [found[key] for key in several if key in found]
    return plan.load(session, [keys]).get(keys)


def _done(context: ActionContext, mutation: Mutation, selected: Selected) -> Outcome:
    try:
        read = read_input(mutation, selected.arguments["input"], selected.argument_path("input"))
    except InputRefusedError as error:
        return Outcome(problems=problems_of(error))
    call = CommandCall(
        action=selected.name,
        command=mutation.command,
        values=read.values,
        told=read.told,
        caller=context.principal,
        request_id=context.request_id,
        reason=read.reason,
        key=read.key,
    )
    return context.commands.run(call)
