"""What a root field is given, and what it declares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from graphql import GraphQLResolveInfo

from schema.context import RequestContext
from schema.plan.mapping import Argument, Field, RowTypes
from schema.plan.planner import Planner
from schema.plan.reading import Reading
from schema.plan.rows import Session
from schema.plan.rules import RuleAccess
from schema.plan.selection import Selected, selected_root
from schema.policy import policy_of, require_allowed


@dataclass(frozen=True, slots=True)
class Root:
    """One root field of one operation."""

    context: RequestContext
    selected: Selected
    planner: Planner
    session: Session

    @property
    def types(self) -> RowTypes:
        """All types over rows."""
        return self.planner.types

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The coerced arguments."""
        return self.selected.arguments

    @property
    def rules(self) -> RuleAccess:
        """What rules mean here."""
        return RuleAccess(self.context.services, self.context.connection, self.context.rules_asked)

    def may_use(self, type_name: str, field_name: str) -> bool:
        """Whether the caller may use a field."""
        policy = policy_of(type_name, field_name)
        return policy is not None and policy.allows(self.context.principal)

    def reading(self, as_of: date | None = None) -> Reading:
        """For whom and for which day rows are read; None: today."""
        context = self.context
        return Reading(context.principal, context.services.settings.workspace, context.kept, rules=self.rules).on(as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class RootField(Field):
    """A field of the query type. `answer` fetches everything that is selected below it."""

    answer: Callable[[Root], Any]
    arguments: Mapping[str, Argument] = field(default_factory=dict[str, Argument])


def open_root(info: GraphQLResolveInfo[Any], types: RowTypes) -> Root:
    """The root field that is being resolved. Raises a coded error when the caller may not use it."""
    context: RequestContext = info.context
    selected = selected_root(info)

    def permit(type_name: str, field_name: str, path: tuple[str, ...]) -> None:
        require_allowed(context.principal, type_name, field_name, path=path)

    permit(selected.parent.name, selected.name, selected.path)
    session = Session(context.connection)
    return Root(context, selected, Planner(types, info.schema, session.dialect, permit=permit), session)
