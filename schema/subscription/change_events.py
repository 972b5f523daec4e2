"""`changeEvents`: what is created, changed, deleted and restored among records."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from hub.errors import RequestError
from hub.vocabulary import Entity
from schema.ids import decode_id, encode_id
from schema.plan.filters import plain
from schema.plan.mapping import Argument, Field
from schema.plan.rows import Fetched
from schema.plan.selection import Selected
from schema.plan.statement import by_key
from schema.query.root import Root
from schema.subscription.change_feed import TYPES, ChangeFeed, RecordChange
from schema.subscription.fields import SubscriptionField, Wanted, after_of, event_fields
from schema.subscription.following import Step

MAX_IDS = 1_000
"""How many ids a subscription may name."""

FEED = ChangeFeed()

ENTITIES = {entity.name: f"{type_name} objects." for entity, type_name in TYPES.items()}
"""The members of ChangeEntity."""

KINDS = {
    "CREATED": "It is new here.",
    "UPDATED": "Fields of it changed.",
    "DELETED": "Its source has deleted it.",
    "RESTORED": "It is back after it was deleted.",
}
"""The members of ChangeKind."""

FIELDS: Mapping[str, Field] = {
    "cursor": Field(type="String!", description="Where the event stands: send it as `after` to get what follows."),
    "happenedAt": Field(type="DateTime!", description="When it happened here."),
    "kind": Field(type="ChangeKind!", description="What happened to the object."),
    "entity": Field(type="ChangeEntity!", description="What kind of object it is."),
    "nodeId": Field(type="ID!", description="The global id of the object."),
    "fields": Field(type="[String!]!", description="The fields that changed, by their names here; none for a creation.", list_size=3),
    "runId": Field(type="ID", description="The global id of the run that did it; null: none did."),
    "actor": Field(type="String", description="The user or token that did it; null: nobody did, it came from its source."),
    "node": Field(type="Node", description="The object as it is when the event is sent, which may be later than it happened."),
}
"""The fields of ChangeEvent."""

_Values = Callable[[RecordChange, Step], object]
_VALUES: Mapping[str, _Values] = {
    "cursor": lambda _, step: step.cursor,
    "kind": lambda change, _: change.kind,
    "entity": lambda change, _: change.entity.name,
    "nodeId": lambda change, _: encode_id(TYPES[change.entity], change.entity_id),
    "fields": lambda change, _: list(change.fields),
    "runId": lambda change, _: None if change.run_id is None else encode_id("SyncRun", change.run_id),
    "actor": lambda change, _: change.actor,
}

Reference = tuple[Entity, int]


def _open(root: Root) -> Wanted:
    entities = None if (given := root.arguments.get("entities")) is None else {Entity[plain(entity)] for entity in given}
    references = _references(root)

    def wants(change: RecordChange) -> bool:
        named = references is None or (change.entity, change.entity_id) in references
        return named and (entities is None or change.entity in entities)

    return Wanted(FEED.name, wants, after_of(root, FEED.tables, names=(FEED.name,)))


def _references(root: Root) -> set[Reference] | None:
    """The records that `ids` name; None without it."""
    ids: list[str] | None = root.arguments.get("ids")
    if ids is None:
        return None
    path = root.selected.argument_path("ids")
    if len(ids) > MAX_IDS:
        message = f"`ids` has {len(ids)} ids; {MAX_IDS} at most."
        raise RequestError(message, path=path)
    entities = {type_name: entity for entity, type_name in TYPES.items()}
    found: set[Reference] = set()
    for place, text in enumerate(ids):
        type_name, key = decode_id(text, (*path, str(place)))
        if type_name not in entities:
            message = f"Changes of a {type_name} are not told: name records of customers." if type_name.isidentifier() else "This is no id."
            raise RequestError(message, path=(*path, str(place)))
        found.add((entities[type_name], key))
    return found


def _answer(root: Root, steps: Sequence[Step]) -> list[Fetched | None]:
    children = event_fields(root)
    changes: list[RecordChange] = [step.what for step in steps]
    first_seen = _readable(root, changes)
    nodes = {child.key: _nodes(root, child, changes) for child in children if child.name == "node"}
    answers: list[Fetched | None] = []
    for change, step in zip(changes, steps, strict=True):
        reference = (change.entity, change.entity_id)
        answers.append(None if reference not in first_seen else _shown(children, step, nodes=nodes, first_seen_at=first_seen[reference]))
    return answers


def _shown(children: Sequence[Selected], step: Step, *, nodes: Mapping[str, Mapping[Reference, Fetched]], first_seen_at: datetime) -> Fetched:
    change: RecordChange = step.what
    shown: Fetched = {}
    for child in children:
        if child.name == "node":
            shown[child.key] = nodes[child.key].get((change.entity, change.entity_id))
        elif child.name == "happenedAt":
            shown[child.key] = first_seen_at if change.kind == "CREATED" else change.happened_at
        else:
            shown[child.key] = _VALUES[child.name](change, step)
    return shown


def _readable(root: Root, changes: Sequence[RecordChange]) -> dict[Reference, datetime]:
    """The changed records that the caller may see now, and when each was first seen: one statement for each type."""
    found: dict[Reference, datetime] = {}
    for entity, keys in _by_entity(changes).items():
        place = root.planner.place(root.types[TYPES[entity]], root.reading(), has_one_parent=False)
        scope = place.scope
        place.reader(scope.key)
        place.reader(scope.c.first_seen_at)
        statement = by_key(scope, place.columns, key=scope.key, predicate=root.planner.readable(scope), dialect=root.session.dialect)
        found |= {(entity, key): instant for key, instant in root.session.fetch(statement, keys)}
    return found


def _nodes(root: Root, child: Selected, changes: Sequence[RecordChange]) -> dict[Reference, Fetched]:
    """The changed records with what is selected of them. Every type is planned, so that what is refused is refused before anything happens."""
    by_entity = _by_entity(changes)
    found: dict[Reference, Fetched] = {}
    for entity, type_name in TYPES.items():
        if entity in by_entity or not changes:
            plan = root.planner.lookup(child, root.types[type_name], root.reading(), has_one_parent=False)
            keys = by_entity.get(entity, [])
            found |= {(entity, key): row for key, row in plan.load(root.session, keys).items()} if keys else {}
    return found


def _by_entity(changes: Sequence[RecordChange]) -> dict[Entity, list[int]]:
    found: dict[Entity, dict[int, None]] = {}
    for change in changes:
        found.setdefault(change.entity, {})[change.entity_id] = None
    return {entity: list(keys) for entity, keys in found.items()}


CHANGE_EVENTS = SubscriptionField(
    type="ChangeEvent",
    description=(
        "What is created, changed, deleted and restored among the records that you may see. Each event comes at least once. Amounts that follow "
        "from other records, such as what is due after a payment, change without an event of their own."
    ),
    arguments={
        "after": Argument("String", "The cursor of the last event that you have: what follows it comes first. Without it: from now on."),
        "entities": Argument("[ChangeEntity!]", "The kinds of object to tell of; without it all of them."),
        "ids": Argument("[ID!]", f"The objects to tell of, {MAX_IDS} at most; without it all of them."),
    },
    feed=FEED,
    open=_open,
    answer=_answer,
)
