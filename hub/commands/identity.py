"""Commands about who is who: customers made one and two again, suggestions, values that people set, and conflicts."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa

from hub.access.audit import Effect
from hub.commands.command import CommandContext, Outcome, owning_books
from hub.commands.finding import held
from hub.commands.refusing import problems_of, told_at
from hub.errors import ConflictError, InputProblem, InputRefusedError, NotFoundError, RequestError
from hub.identity.homes import members_of
from hub.identity.matching.suggestions import dismiss_suggestion
from hub.identity.merging import MergeReason
from hub.identity.overrides import clear_rule
from hub.identity.settable import PARENT
from hub.model import Connection, Contact, Customer, ExternalReference, FieldConflict, FieldRule, Invoice, LinkSuggestion, Row, table_of
from hub.sync.linking import Linking
from hub.vocabulary import BillToPreference, ConflictDecision, Entity, MergeKind, Stream, SuggestionStatus, UserErrorCode

T = TypeVar("T")

MOST_AT_ONCE = 1_000

_CUSTOMERS = table_of(Customer)
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
    with told_at("customer", intoId="into"):
        linking.merge(customer, into_id=into, why=_by_hand(context))
    linking.settle()
    return Outcome(shown={"customer": into}, effects=[Effect("Customer", customer, {"mergedInto": (None, into)})])


@owning_books
def unmerge(context: CommandContext, *, customer: int) -> Outcome:
    """Make a merged customer a customer of its own again."""
    linking = linking_of(context)
    with told_at("customer"):
        was_in = linking.unmerge(customer)
    linking.settle()
    return Outcome(shown={"customer": customer, "wasIn": was_in}, effects=[Effect("Customer", customer, {"mergedInto": (was_in, None)})])


@owning_books
def link(context: CommandContext, *, customer: int, connection: int, external_id: str) -> Outcome:
    """Say that the customer that a connection knows by an id is this one: the one that it has made is merged into this one, and nothing else is."""
    known = _known(context, connection, external_id)
    held(context, Customer, customer, field="customer")
    if known.counting == customer:
        raise ConflictError("it is linked with this customer already", path=("externalId",))
    _require_alone(context, known)
    linking = linking_of(context)
    with told_at("externalId", intoId="customer"):
        linking.merge(known.home, into_id=customer, why=_by_hand(context))
    linking.settle()
    return Outcome(shown={"customer": customer}, effects=[Effect("Customer", known.home, {"mergedInto": (None, customer)})])


@owning_books
def unlink(context: CommandContext, *, connection: int, external_id: str) -> Outcome:
    """Say that the customer that a connection knows by an id is one of its own: the merge that it came by is taken back."""
    known = _known(context, connection, external_id)
    if known.home == known.counting:
        raise ConflictError("it is the customer that this id has made: nothing was merged", path=("externalId",))
    linking = linking_of(context)
    with told_at("externalId"):
        was_in = linking.unmerge(known.home)
    linking.settle()
    effect = Effect("Customer", known.home, {"mergedInto": (was_in, None)})
    return Outcome(shown={"customer": known.home, "wasIn": was_in}, effects=[effect])


@owning_books
def accept(context: CommandContext, *, id: int, keep: int | None = None) -> Outcome:  # noqa: A002 - the name of the input's field
    """Merge the two customers of a suggestion."""
    linking = linking_of(context)
    suggestion = held(context, LinkSuggestion, id)
    with told_at("id", keepId="keep"):
        kept = linking.accept(id, keep_id=keep)
    linking.settle()
    accepted = Effect("LinkSuggestion", id, {"status": (SuggestionStatus.OPEN, SuggestionStatus.ACCEPTED)})
    (merged,) = {suggestion.customer_id, suggestion.other_customer_id} - {kept}
    return Outcome(shown={"linkSuggestion": id, "customer": kept}, effects=[accepted, Effect("Customer", merged, {"mergedInto": (None, kept)})])


@owning_books
def dismiss(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Say that the two customers of a suggestion are two."""
    return Outcome(shown={"linkSuggestion": id}, effects=[_dismissed(context, id)])


@owning_books
def dismiss_bulk(context: CommandContext, *, ids: Sequence[int]) -> Outcome:
    """The same for many; what is wrong with some keeps none of the others from it."""
    effects, problems = _each(ids, partial(_dismissed, context))
    return Outcome(shown={"linkSuggestions": list(effects)}, effects=list(effects.values()), problems=problems)


@owning_books
def set_value(context: CommandContext, *, id: Any, field: str, value: str | None = None) -> Outcome:  # noqa: A002, ANN401 - a RowId of the API
    """Let a value stand over what the sources say of a field."""
    entity, row, shown = _ROWS[id.type_name]
    _require_open(field)
    linking = linking_of(context)
    held(context, row, id.key)
    with told_at("id", field="field", value="value"):
        before = linking.set_value(entity, id.key, field=_stored(field), value=value)
    linking.settle()
    return Outcome(shown={shown: id.key}, effects=[Effect(id.type_name, id.key, {field: (before, value)})])


@owning_books
def set_parent(context: CommandContext, *, customer: int, parent: int | None = None) -> Outcome:
    """Say which customer stands above another; None: none does."""
    linking = linking_of(context)
    held(context, Customer, customer, field="customer")
    if parent is not None:
        held(context, Customer, parent, field="parent", is_changed=False)
    with told_at("customer", value="parent"):
        before = linking.set_value(Entity.CUSTOMER, customer, field=PARENT, value=None if parent is None else str(parent))
    linking.settle()
    return Outcome(shown={"customer": customer}, effects=[Effect("Customer", customer, {"parent": (None if before is None else int(before), parent)})])


@owning_books
def set_bill_to(context: CommandContext, *, customer: int, preference: BillToPreference | None = None) -> Outcome:
    """Say who is billed for a customer; None: as its kind and the workspace have it."""
    linking = linking_of(context)
    held(context, Customer, customer, field="customer")
    value = None if preference is None else orjson.dumps(preference.value).decode()
    with told_at("customer"):
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
    closed = _decided(context, linking, id, decision=decision)
    linking.settle()
    return Outcome(shown={"conflict": id}, effects=[_decision_effect(key, decision) for key in closed])


@owning_books
def decide_bulk(context: CommandContext, *, ids: Sequence[int], decision: ConflictDecision) -> Outcome:
    """The same for many; what is wrong with some keeps none of the others from it."""
    linking = linking_of(context)
    closed: dict[int, None] = {}

    def decide_one(key: int) -> None:
        if key not in closed:
            closed.update(dict.fromkeys(_decided(context, linking, key, decision=decision)))

    done, problems = _each(ids, decide_one)
    linking.settle()
    return Outcome(shown={"conflicts": list(done)}, effects=[_decision_effect(key, decision) for key in closed], problems=problems)


def clear_field_rule(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Take back what was decided of a field for every time."""
    rule = held(context, FieldRule, id)
    clear_rule(context.connection, id)
    changes = {"entity": (rule.entity, None), "field": (rule.field, None), "decision": (rule.decision, None)}
    return Outcome(effects=[Effect("FieldRule", id, changes)])


@dataclass(frozen=True, slots=True)
class _Known:
    """What a connection knows by an id: the customer that the id has made, and the one that counts for it, which is another where it was merged."""

    home: int
    counting: int


def _known(context: CommandContext, connection: int, external_id: str) -> _Known:
    """Raises NotFoundError where a connection has delivered no customer with this id."""
    mine = sa.and_(_REFERENCES.c.connection_id == connection, _REFERENCES.c.stream == Stream.CUSTOMERS, _REFERENCES.c.external_id == external_id)
    held(context, Connection, connection, field="connection", is_changed=False)
    columns = (sa.func.coalesce(_REFERENCES.c.home_id, _REFERENCES.c.entity_id), _REFERENCES.c.entity_id)
    found = context.connection.execute(sa.select(*columns).where(mine)).first()
    if found is None:
        raise NotFoundError("this connection has delivered no customer with this id", path=("externalId",))
    return _Known(*found)


def _require_alone(context: CommandContext, known: _Known) -> None:
    """Raise ConflictError where others are one with the customer of an id: a link brings what the id brings, and no customer beside it."""
    if known.home != known.counting:
        name = context.connection.execute(sa.select(_CUSTOMERS.c.name).where(_CUSTOMERS.c.id == known.counting)).scalar_one()
        raise ConflictError(f"it is linked with the customer {name!r}: unlink it first", path=("externalId",))
    if len(members_of(context.connection, [known.home])[known.home]) > 1:
        text = "others were merged into the customer that this id has made: take them out first, or merge the two customers with all that is one with them"
        raise ConflictError(text, path=("externalId",))


def _each(ids: Sequence[int], step: Callable[[int], T]) -> tuple[dict[int, T], list[InputProblem]]:
    """Take a step with each of several keys; returns what it came to by key, and what is wrong with those that it was not done for."""
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise InputRefusedError([InputProblem(("ids",), f"name from 1 to {MOST_AT_ONCE}", UserErrorCode.INVALID)])
    done: dict[int, T] = {}
    problems: list[InputProblem] = []
    for number, key in enumerate(ids):
        try:
            with told_at("ids", str(number)):
                done[key] = step(key)
        except RequestError as error:
            problems += problems_of(error)
    return done, problems


def _dismissed(context: CommandContext, key: int) -> Effect:
    held(context, LinkSuggestion, key)
    with told_at("id"):
        dismiss_suggestion(context.connection, key, by=context.by, now=context.now)
    return Effect("LinkSuggestion", key, {"status": (SuggestionStatus.OPEN, SuggestionStatus.DISMISSED)})


def _decided(context: CommandContext, linking: Linking, key: int, *, decision: ConflictDecision) -> Collection[int]:
    held(context, FieldConflict, key)
    with told_at("id"):
        return linking.decide(key, decision)


def _decision_effect(key: int, decision: ConflictDecision) -> Effect:
    return Effect("FieldConflict", key, {"decision": (None, decision)})


def _by_hand(context: CommandContext) -> MergeReason:
    return MergeReason(kind=MergeKind.BY_HAND, actor=context.by, reason=context.reason)


def _stored(field: str) -> str:
    """A field of the API as the store names it: `legalName` is `legal_name`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)


def _require_open(field: str) -> None:
    if field in {"parent", PARENT, "parentId"}:
        raise InputRefusedError([InputProblem(("field",), "set the parent with customerParentSet", UserErrorCode.NOT_SUPPORTED)])


def linking_of(context: CommandContext) -> Linking:
    """The steps of identity that a command takes, in its transaction."""
    services = context.services
    return Linking(context.connection, services.settings, services.clock, actor=context.by, reason=context.reason)
