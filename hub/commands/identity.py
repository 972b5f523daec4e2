"""Commands about who is who: customers made one and two again, suggestions, values that people set, and conflicts."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from hub.access.audit import Effect
from hub.commands.command import CommandContext, Outcome, owning_books
from hub.commands.finding import held
from hub.errors import ConflictError, InputProblem, InputRefusedError, NotFoundError, RequestError
from hub.identity.matching.suggestions import dismiss_suggestion
from hub.identity.merging import MergeReason
from hub.identity.overrides import clear_rule
from hub.identity.settable import PARENT
from hub.model import Connection, Contact, Customer, ExternalReference, FieldConflict, FieldRule, Invoice, LinkSuggestion, Row, table_of
from hub.sync.linking import Linking
from hub.vocabulary import BillToPreference, ConflictDecision, Entity, MergeKind, Stream, SuggestionStatus, UserErrorCode

MOST_AT_ONCE = 1_000

_REFERENCES = table_of(ExternalReference)

_ROWS: dict[str, tuple[Entity, type[Row], str]] = {
    "Customer": (Entity.CUSTOMER, Customer, "customer"),
    "Contact": (Entity.CONTACT, Contact, "contact"),
    "Invoice": (Entity.INVOICE, Invoice, "invoice"),
}
SETTABLE_TYPES = tuple(_ROWS)
"""The types of rows whose fields people can set."""


@owning_books
def merge(context: CommandContext, *, customer: int, into: int) -> Outcome:
    """Make a customer one with another, which is kept."""
    linking = linking_of(context)
    with_places = {"customerId": "customer", "intoId": "into"}
    try:
        linking.merge(customer, into_id=into, why=MergeReason(kind=MergeKind.BY_HAND, actor=context.by, reason=context.reason))
    except RequestError as error:
        error.path = tuple(with_places.get(name, name) for name in error.path)
        raise
    linking.settle()
    return Outcome(shown={"customer": into}, effects=[Effect("Customer", customer, {"mergedInto": (None, into)})])


@owning_books
def unmerge(context: CommandContext, *, customer: int) -> Outcome:
    """Make a merged customer a customer of its own again."""
    linking = linking_of(context)
    was_in = linking.unmerge(customer)
    linking.settle()
    return Outcome(shown={"customer": customer, "wasIn": was_in}, effects=[Effect("Customer", customer, {"mergedInto": (was_in, None)})])


@owning_books
def link(context: CommandContext, *, customer: int, connection: int, external_id: str) -> Outcome:
    """Say that the customer that a connection knows by an id is this one: the one that it has made is merged into this one."""
    reference = _reference(context, connection, external_id)
    if reference.entity_id == customer:
        raise ConflictError("it is linked with this customer already", path=("externalId",))
    linking = linking_of(context)
    held(context, Customer, customer, field="customer")
    why = MergeReason(kind=MergeKind.BY_HAND, actor=context.by, reason=context.reason)
    try:
        linking.merge(reference.entity_id, into_id=customer, why=why)
    except RequestError as error:
        error.path = ("customer",)
        raise
    linking.settle()
    return Outcome(shown={"customer": customer}, effects=[Effect("Customer", reference.entity_id, {"mergedInto": (None, customer)})])


@owning_books
def unlink(context: CommandContext, *, connection: int, external_id: str) -> Outcome:
    """Say that the customer that a connection knows by an id is one of its own: the merge that it came by is taken back."""
    reference = _reference(context, connection, external_id)
    if reference.home_id is None:
        raise ConflictError("it is the customer that this id has made: nothing was merged", path=("externalId",))
    linking = linking_of(context)
    was_in = linking.unmerge(reference.home_id)
    linking.settle()
    effect = Effect("Customer", reference.home_id, {"mergedInto": (was_in, None)})
    return Outcome(shown={"customer": reference.home_id, "wasIn": was_in}, effects=[effect])


@owning_books
def accept(context: CommandContext, *, id: int, keep: int | None = None) -> Outcome:  # noqa: A002 - the name of the input's field
    """Merge the two customers of a suggestion."""
    linking = linking_of(context)
    suggestion = held(context, LinkSuggestion, id)
    try:
        kept = linking.accept(id, keep_id=keep)
    except RequestError as error:
        error.path = ("keep",) if error.path == ("keepId",) else ("id",)
        raise
    linking.settle()
    accepted = Effect("LinkSuggestion", id, {"status": (SuggestionStatus.OPEN, SuggestionStatus.ACCEPTED)})
    (merged,) = {suggestion.customer_id, suggestion.other_customer_id} - {kept}
    return Outcome(shown={"linkSuggestion": id, "customer": kept}, effects=[accepted, Effect("Customer", merged, {"mergedInto": (None, kept)})])


@owning_books
def dismiss(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Say that the two customers of a suggestion are two."""
    return _dismissed(context, id, path=("id",))


@owning_books
def dismiss_bulk(context: CommandContext, *, ids: Sequence[int]) -> Outcome:
    """The same for many; what is wrong with some keeps none of the others from it."""
    _require_some(ids)
    problems: list[InputProblem] = []
    effects: list[Effect] = []
    done: list[int] = []
    for number, key in enumerate(ids):
        try:
            outcome = _dismissed(context, key, path=("ids", str(number)))
        except RequestError as error:
            problems.append(InputProblem(("ids", str(number)), str(error), UserErrorCode.CONFLICT))
            continue
        effects += outcome.effects
        done.append(key)
    return Outcome(shown={"linkSuggestions": done}, effects=effects, problems=problems)


@owning_books
def set_value(context: CommandContext, *, id: Any, field: str, value: str | None = None) -> Outcome:  # noqa: A002, ANN401 - a RowId of the API
    """Let a value stand over what the sources say of a field."""
    entity, row, shown = _ROWS[id.type_name]
    _require_open(field)
    linking = linking_of(context)
    held(context, row, id.key)
    before = linking.set_value(entity, id.key, field=_stored(field), value=value)
    linking.settle()
    return Outcome(shown={shown: id.key}, effects=[Effect(id.type_name, id.key, {field: (before, value)})])


@owning_books
def set_parent(context: CommandContext, *, customer: int, parent: int | None = None) -> Outcome:
    """Say which customer stands above another; None: none does."""
    linking = linking_of(context)
    held(context, Customer, customer, field="customer")
    try:
        before = linking.set_value(Entity.CUSTOMER, customer, field=PARENT, value=None if parent is None else str(parent))
    except RequestError as error:
        error.path = ("parent",)
        raise
    linking.settle()
    return Outcome(shown={"customer": customer}, effects=[Effect("Customer", customer, {"parent": (None if before is None else int(before), parent)})])


@owning_books
def set_bill_to(context: CommandContext, *, customer: int, preference: BillToPreference | None = None) -> Outcome:
    """Say who is billed for a customer; None: as its kind and the workspace have it."""
    linking = linking_of(context)
    held(context, Customer, customer, field="customer")
    value = None if preference is None else orjson.dumps(preference.value).decode()
    before = linking.set_value(Entity.CUSTOMER, customer, field="bill_to_preference", value=value)
    linking.settle()
    return Outcome(shown={"customer": customer}, effects=[Effect("Customer", customer, {"billToPreference": (before, value)})])


@owning_books
def clear_value(context: CommandContext, *, id: Any, field: str) -> Outcome:  # noqa: A002, ANN401 - the same
    """Let the sources' value of a field count again."""
    entity, row, shown = _ROWS[id.type_name]
    linking = linking_of(context)
    held(context, row, id.key)
    name = PARENT if field == "parent" else _stored(field)
    before = linking.value_set(entity, id.key, field=name)
    if before is None or not linking.clear_value(entity, id.key, field=name):
        raise InputRefusedError([InputProblem(("field",), f"nobody has set {field!r}", UserErrorCode.NOT_FOUND)])
    linking.settle()
    return Outcome(shown={shown: id.key}, effects=[Effect(id.type_name, id.key, {field: (before.value, None)})])


@owning_books
def decide(context: CommandContext, *, id: int, decision: ConflictDecision) -> Outcome:  # noqa: A002 - the same
    """Decide a conflict: for this time, or for all that come."""
    linking = linking_of(context)
    held(context, FieldConflict, id)
    try:
        closed = linking.decide(id, decision)
    except RequestError as error:
        error.path = ("id",)
        raise
    linking.settle()
    return Outcome(shown={"conflict": id}, effects=[Effect("FieldConflict", key, {"decision": (None, decision)}) for key in closed])


@owning_books
def decide_bulk(context: CommandContext, *, ids: Sequence[int], decision: ConflictDecision) -> Outcome:
    """The same for many; what is wrong with some keeps none of the others from it."""
    _require_some(ids)
    linking = linking_of(context)
    problems: list[InputProblem] = []
    done: list[int] = []
    closed: dict[int, None] = {}
    for number, key in enumerate(ids):
        try:
            closed |= {} if key in closed else dict.fromkeys(linking.decide(key, decision))
        except RequestError as error:
            problems.append(InputProblem(("ids", str(number)), str(error), UserErrorCode.CONFLICT))
            continue
        done.append(key)
    linking.settle()
    effects = [Effect("FieldConflict", key, {"decision": (None, decision)}) for key in closed]
    return Outcome(shown={"conflicts": done}, effects=effects, problems=problems)


def clear_field_rule(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Take back what was decided of a field for every time."""
    rule = held(context, FieldRule, id)
    clear_rule(context.connection, id)
    changes = {"entity": (rule.entity, None), "field": (rule.field, None), "decision": (rule.decision, None)}
    return Outcome(effects=[Effect("FieldRule", id, changes)])


def _reference(context: CommandContext, connection: int, external_id: str) -> Any:  # noqa: ANN401 - a row
    """The reference of a customer. Raises NotFoundError where a connection has delivered none with this id."""
    mine = sa.and_(_REFERENCES.c.connection_id == connection, _REFERENCES.c.stream == Stream.CUSTOMERS, _REFERENCES.c.external_id == external_id)
    held(context, Connection, connection, field="connection", is_changed=False)
    found = context.connection.execute(sa.select(_REFERENCES.c.entity_id, _REFERENCES.c.home_id).where(mine)).first()
    if found is None:
        raise NotFoundError("this connection has delivered no customer with this id", path=("externalId",))
    return found


def _dismissed(context: CommandContext, key: int, *, path: tuple[str, ...]) -> Outcome:
    try:
        dismiss_suggestion(context.connection, key, by=context.by, now=context.now)
    except RequestError as error:
        error.path = path
        raise
    changes = {"status": (SuggestionStatus.OPEN, SuggestionStatus.DISMISSED)}
    return Outcome(shown={"linkSuggestion": key}, effects=[Effect("LinkSuggestion", key, changes)])


def _stored(field: str) -> str:
    """A field of the API as the store names it: `legalName` is `legal_name`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)


def _require_open(field: str) -> None:
    if field in {"parent", PARENT, "parentId"}:
        raise InputRefusedError([InputProblem(("field",), "set the parent with customerParentSet", UserErrorCode.NOT_SUPPORTED)])


def _require_some(ids: Sequence[int]) -> None:
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise InputRefusedError([InputProblem(("ids",), f"name from 1 to {MOST_AT_ONCE}", UserErrorCode.INVALID)])


def linking_of(context: CommandContext) -> Linking:
    """The steps of identity that a command takes, in its transaction."""
    services = context.services
    return Linking(context.connection, services.settings, services.clock, actor=context.by, reason=context.reason)
