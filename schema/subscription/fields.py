"""What a root field of subscriptions declares, and the turns in which its events are answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from graphql import GraphQLObjectType

from hub.store.appended import PositionLostError
from schema.plan.mapping import Argument, Field
from schema.plan.rows import Fetched
from schema.plan.selection import Selected
from schema.query.root import Root
from schema.subscription.cursors import decode_positions
from schema.subscription.following import Feed, Positions, Step, require_all_kept


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one subscription is to get.

    `name` is whose cursors its events have. `after` None: from now on. `ends`: whether a step is the last one; `ends_with_past`: no step
    will follow those that have been committed.
    """

    name: str
    wants: Callable[[Any], bool]
    after: Positions | None = None
    ends: Callable[[Any], bool] = lambda _: False
    ends_with_past: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionField(Field):
    """A field of the subscription type.

    `open` reads the arguments, in a transaction in which it may look whether what they name is there; `answer` fetches everything that is
    selected of some steps, in one transaction, None for each step that the caller must not know of.
    """

    feed: Feed
    open: Callable[[Root], Wanted]
    answer: Callable[[Root, Sequence[Step]], list[Fetched | None]]
    arguments: Mapping[str, Argument] = field(default_factory=dict[str, Argument])


@dataclass(slots=True)
class Turn:
    """Some steps that are answered in one transaction: the root value of each of their executions.

    The first execution fetches for all of them. Without steps it opens the subscription instead: then `wanted` and `field` are known
    afterwards, and everything that is selected was found to be allowed.
    """

    steps: Sequence[Step] = ()
    place: int = 0
    wanted: Wanted | None = None
    field: SubscriptionField | None = None
    _answers: list[Fetched | None] | None = None

    def take(self, declared: SubscriptionField, open_root: Callable[[], Root]) -> Fetched | None:
        """The answer to the step at `place`."""
        if self._answers is None:
            root = open_root()
            self._answers = declared.answer(root, self.steps)
            self.field = declared
            self.wanted = None if self.steps else declared.open(root)
        return self._answers[self.place] if self._answers else None

    @property
    def told(self) -> list[int]:
        """The places of the steps that the caller may know of; known after the first execution."""
        return [place for place, answer in enumerate(self._answers or ()) if answer is not None]


def after_of(root: Root, tables: Sequence[sa.Table], *, names: Sequence[str]) -> Positions | None:
    """The positions of the argument `after`, None without it. Raises RequestError for a cursor of another name, PositionLostError for one that is too old."""
    cursor = root.arguments.get("after")
    if cursor is None:
        return None
    path = root.selected.argument_path("after")
    positions = decode_positions(cursor, names, len(tables), path=path)
    try:
        require_all_kept(root.session.connection, tables, positions)
    except PositionLostError as lost:
        raise PositionLostError(str(lost), path=path) from lost
    return positions


def event_fields(root: Root) -> Sequence[Selected]:
    """What is selected of each event. Raises a coded error for a field that the caller may not use."""
    kind = root.planner.schema.type_map[EVENT_OF[root.selected.name]]
    if not isinstance(kind, GraphQLObjectType):
        message = f"{kind} is no object type"
        raise TypeError(message)
    children = root.selected.children_of(kind)
    for child in children:
        root.planner.permit(kind.name, child.name, child.path)
    return children


EVENT_OF: Mapping[str, str] = {"changeEvents": "ChangeEvent", "syncRunEvents": "SyncRunEvent"}
"""The type of the events of each root field."""
