"""Commands about what people enter: customers and contacts that no system delivers, and what they know better of those that one does."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from hub.access.audit import Effect
from hub.commands.api_types import API_TYPES
from hub.commands.command import CommandContext, Outcome, owning_books
from hub.commands.finding import held
from hub.commands.identity import linking_of
from hub.commands.pushed_records import input_name, path_of
from hub.commands.refusing import told_at
from hub.errors import ConflictError, InputProblem, InputRefusedError, RecordError
from hub.identity.overrides import standing_overrides
from hub.identity.settable import PARENT
from hub.model import Contact, Customer
from hub.plugins.records import ContactRecord, CustomerRecord
from hub.sync.effective.overridden import json_of, with_values
from hub.sync.entering import Entering
from hub.vocabulary import Entity, UserErrorCode

Fields = Mapping[str, Any]
"""Fields of a record by name; None: no value."""

T = TypeVar("T")


@owning_books
def create_customer(context: CommandContext, *, parent: int | None = None, **fields: Any) -> Outcome:  # noqa: ANN401 - fields of the record
    """Enter a customer that no system delivers."""
    given = {name: value for name, value in fields.items() if value is not None}
    key = _told_by_field(lambda: _entering(context).customer(given))
    if parent is not None:
        _set(context, Entity.CUSTOMER, key, values={PARENT: parent})
    changes = {input_name(name): (None, value) for name, value in given.items()} | ({} if parent is None else {"parent": (None, parent)})
    return Outcome(shown={"customer": key}, effects=[Effect("Customer", key, changes)])


@owning_books
def update_customer(context: CommandContext, *, id: int, **fields: Any) -> Outcome:  # noqa: A002, ANN401 - the name of the input's field; fields of the record
    """Say something else of a customer."""
    held(context, Customer, id)
    given = {PARENT if name == "parent" else name: value for name, value in fields.items()}
    return Outcome(shown={"customer": id}, effects=[_update(context, Entity.CUSTOMER, id, given=given)])


@owning_books
def create_contact(context: CommandContext, *, customer: int, **fields: Any) -> Outcome:  # noqa: ANN401 - fields of the record
    """Enter a contact of a customer, whatever system that is from."""
    found = held(context, Customer, customer, field="customer")
    if found.merged_into_id is not None or found.is_deleted:
        why = "was made one with another: name that one" if found.merged_into_id is not None else "is deleted"
        raise ConflictError(f"the customer {why}", path=("customer",))
    given = {name: value for name, value in fields.items() if value is not None}
    key = _told_by_field(lambda: _entering(context).contact(customer, given))
    changes = {"customer": (None, customer)} | {input_name(name): (None, value) for name, value in given.items()}
    return Outcome(shown={"contact": key}, effects=[Effect("Contact", key, changes)])


@owning_books
def update_contact(context: CommandContext, *, id: int, **fields: Any) -> Outcome:  # noqa: A002, ANN401 - the same
    """Say something else of a contact."""
    held(context, Contact, id)
    return Outcome(shown={"contact": id}, effects=[_update(context, Entity.CONTACT, id, given=fields)])


@owning_books
def delete_customer(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Delete a customer that was entered; what a system delivers is deleted there."""
    held(context, Customer, id)
    return Outcome(shown={"customer": id}, effects=[_take_back(context, Entity.CUSTOMER, id)])


@owning_books
def delete_contact(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the same
    """Delete a contact that was entered; what a system delivers is deleted there."""
    held(context, Contact, id)
    return Outcome(shown={"contact": id}, effects=[_take_back(context, Entity.CONTACT, id)])


# --- what was entered, and what systems say -------------------------------------------------------


def _update(context: CommandContext, entity: Entity, key: int, *, given: Fields) -> Effect:
    """Change what was entered in itself; over what systems say, and over what people have set already, a value stands as an override."""
    if not given:
        raise InputRefusedError([InputProblem((), "say what is to be changed: a field with its new value, or null for none", UserErrorCode.INVALID)])
    entering = _entering(context)
    entered = entering.entered(entity, key)
    overridden = {one.field for one in standing_overrides(context.connection, entity, [key]).get(key, ())}
    direct = {name: value for name, value in given.items() if entered is not None and name != PARENT and name not in overridden}
    before: dict[str, Any] = {}
    if entered is not None and direct:
        before = {name: getattr(entered, name) for name in direct}
        _told_by_field(lambda: entering.change(_changed(entered, direct)))
    before |= _set(context, entity, key, values={name: value for name, value in given.items() if name not in direct})
    return Effect(API_TYPES[entity], key, {_shown_name(name): (before[name], value) for name, value in given.items()})


def _shown_name(name: str) -> str:
    """A field as the input has it."""
    return "parent" if name == PARENT else input_name(name)


def _set(context: CommandContext, entity: Entity, key: int, *, values: Fields) -> Fields:
    """Let values stand over what the sources say; returns what counted before, as JSON."""
    if not values:
        return {}
    linking = linking_of(context)
    before: dict[str, Any] = {}
    for name, value in values.items():
        shown = _shown_name(name)
        with told_at("id", field=shown, value=shown):
            before[name] = linking.set_value(entity, key, field=name, value=json_of(value))
    linking.settle()
    return before


def _changed(record: CustomerRecord | ContactRecord, values: Fields) -> CustomerRecord | ContactRecord:
    """A record with other values; no value of a list is an empty one."""
    stored = {name: json_of([] if value is None and isinstance(getattr(record, name), list) else value) for name, value in values.items()}
    for name, value in stored.items():
        try:
            record = with_values(record, {name: value})
        except msgspec.ValidationError as error:
            raise RecordError(f"this is no value of it: {error}", reference=record.external_id, field=name) from error
    return record


def _take_back(context: CommandContext, entity: Entity, key: int) -> Effect:
    entering = _entering(context)
    entered = entering.entered(entity, key)
    if entered is None:
        raise InputRefusedError([InputProblem(("id",), "a system delivers it, or it is deleted already: delete it there", UserErrorCode.NOT_SUPPORTED)])
    entering.take_back(entered)
    return Effect(API_TYPES[entity], key, {"isDeleted": (False, True)})


def _told_by_field(step: Callable[[], T]) -> T:
    """Take a step; what no record may say is told at its field. Raises InputRefusedError then."""
    try:
        return step()
    except RecordError as error:
        raise InputRefusedError([InputProblem(path_of(error.field), error.reason, UserErrorCode.INVALID)]) from error


def _entering(context: CommandContext) -> Entering:
    services = context.services
    return Entering(context.connection, services.settings, services.clock, actor=context.by, reason=context.reason)
