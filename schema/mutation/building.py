"""Strawberry types from declared mutations: `ThingVerbInput`, `ThingVerbPayload`, and the mutation type."""

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, signature
from typing import Any

from schema.generation import TypeNames, make_field, make_object
from schema.mutation.declaring import InputField, InputType, Mutation, type_name
from schema.mutation.reading import snake_case
from schema.plan.mapping import Argument, Field

USER_ERRORS = Field(type="[UserError!]!", description="Why something was not done; empty when all of it was.")


def add_mutations(names: TypeNames, mutations: Mapping[str, Mutation]) -> type | None:
    """Make the types of all mutations known; returns the mutation type, None where there is no mutation.

    Raises ValueError for a mutation whose command cannot be called with its input.
    """
    for nested in {found.name: found for mutation in mutations.values() for found in _nested(mutation.input)}.values():
        names.add_input(nested.name, _arguments(nested.fields), description=nested.description, is_one_of=nested.is_one_of)
    fields = [make_field(names, name, _add(names, name, mutation)) for name, mutation in mutations.items()]
    return make_object("Mutation", "Everything that can be changed. The fields of one operation are done one after the other.", fields) if fields else None


def _add(names: TypeNames, name: str, mutation: Mutation) -> Field:
    _require_fitting(name, mutation)
    input_name, payload_name = type_name(name, "Input"), type_name(name, "Payload")
    names.add_input(input_name, _arguments(mutation.fields), description=f"What `{name}` is asked for.")
    results = {key: Field(type=found.type, description=found.description, list_size=found.list_size) for key, found in mutation.payload.items()}
    shown = [make_field(names, key, field) for key, field in (results | {"userErrors": USER_ERRORS}).items()]
    names.add(payload_name, make_object(payload_name, f"What `{name}` came to.", shown))
    arguments = {"input": Argument(f"{input_name}!", "What to do.")}
    return Field(type=payload_name, description=mutation.description, arguments=arguments, cost=mutation.cost)


def _arguments(fields: Mapping[str, InputField]) -> dict[str, Argument]:
    return {name: field.argument for name, field in fields.items()}


def _nested(fields: Mapping[str, InputField]) -> Iterable[InputType]:
    for field in fields.values():
        if field.of is not None:
            yield from _nested(field.of.fields)
            yield field.of


def _require_fitting(name: str, mutation: Mutation) -> None:
    """The command takes what the input holds, and asks for nothing that may be missing there."""
    command: Callable[..., Any] = mutation.command
    parameters = signature(command).parameters
    taken = {key: found for key, found in parameters.items() if found.kind is Parameter.KEYWORD_ONLY}
    takes_any = any(found.kind is Parameter.VAR_KEYWORD for found in parameters.values())
    given = {snake_case(key): field for key, field in mutation.input.items()}
    problems = [f"takes no {key}" for key in given.keys() - taken.keys() if not takes_any]
    problems += [f"needs {key}" for key, found in taken.items() if found.default is Parameter.empty and not (key in given and given[key].is_always_there)]
    if problems:
        raise ValueError(f"the command of {name} {' and '.join(sorted(problems))}")
