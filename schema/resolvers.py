"""Resolvers: a root field fetches its whole selection, every field below it looks up what was fetched."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from graphql import GraphQLAbstractType, GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, GraphQLUnionType
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from hub.access.policy import EVERYONE_SIGNED_IN
from schema.mutation.declaring import Mutation, type_name
from schema.mutation.execution import answer_mutation
from schema.plan.mapping import RowTypes
from schema.plan.rows import TYPE
from schema.policy import policy_of, refusal
from schema.query.root import RootField, open_root
from schema.subscription.catalogue import EVENT_TYPES, SUBSCRIPTION_FIELDS
from schema.subscription.fields import SubscriptionField, Turn

Info = GraphQLResolveInfo[Any]
Resolver = Callable[..., Any]


def install_resolvers(schema: GraphQLSchema, types: RowTypes, roots: Mapping[str, RootField], *, mutations: Mapping[str, Mutation]) -> None:
    """Give every object type of a built schema its resolvers: what was fetched is looked up, and of values that are no rows the attribute is read."""
    fetched = _fetched_types(schema, types, mutations)
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _type_of
        if not isinstance(kind, GraphQLObjectType) or name.startswith("__"):
            continue
        kind.is_type_of = None
        for field_name, field in kind.fields.items():
            if kind is schema.query_type:
                field.resolve = _root_resolver(roots[field_name], types)
            elif kind is schema.mutation_type:
                field.resolve = _mutation_resolver(mutations[field_name], types)
            elif kind is schema.subscription_type:
                field.resolve = _turn_resolver(SUBSCRIPTION_FIELDS[field_name], types)
            elif name in fetched:
                field.resolve = _look_up
            else:
                field.resolve = _guarded(_attribute_resolver(field), name, field_name)


def _fetched_types(schema: GraphQLSchema, types: RowTypes, mutations: Mapping[str, Mutation]) -> set[str]:
    """The types whose objects come as dicts by response key: rows, groups of their values, what lists them, and payloads."""
    rows = set(types.by_name) | set(types.groups)
    plumbing = {f"{name}{suffix}" for name in types.by_name for suffix in ("Connection", "Edge")}
    payloads = {type_name(name, "Payload") for name in mutations}
    return (rows | plumbing | payloads | {"SearchHit", *EVENT_TYPES}) & set(schema.type_map)


def _look_up(source: dict[str, Any], info: Info, **_arguments: object) -> Any:  # noqa: ANN401 - whatever was fetched
    return source[str(info.path.key)]


def _type_of(value: Mapping[str, Any], _info: object, _abstract: GraphQLAbstractType) -> str:
    name: str = value[TYPE]
    return name


def _root_resolver(root: RootField, types: RowTypes) -> Resolver:
    def resolve(_source: object, info: Info, **_arguments: object) -> Any:  # noqa: ANN401 - whatever the root field answers
        return root.answer(open_root(info, types))

    return resolve


def _mutation_resolver(mutation: Mutation, types: RowTypes) -> Resolver:
    def resolve(_source: object, info: Info, **_arguments: object) -> Any:  # noqa: ANN401 - the payload
        return answer_mutation(mutation, info, types)

    return resolve


def _turn_resolver(declared: SubscriptionField, types: RowTypes) -> Resolver:
    def resolve(turn: Turn, info: Info, **_arguments: object) -> Any:  # noqa: ANN401 - the answer to one event
        return turn.take(declared, lambda: open_root(info, types))

    return resolve


def _attribute_resolver(field: GraphQLField) -> Resolver:
    """What reads an attribute, with no call between: a push answers with a thousand values. Values have no resolvers of their own."""
    declared: StrawberryField = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    read = attrgetter(declared.python_name)

    def resolve(source: object, _info: Info) -> Any:  # noqa: ANN401 - whatever the value holds
        return read(source)

    return resolve


def _guarded(inner: Resolver, type_name: str, field_name: str) -> Resolver:
    """Let only callers through whom the policy allows; rows are judged when they are planned, other objects here."""
    policy = policy_of(type_name, field_name)
    if policy is None:
        message = f"{type_name}.{field_name} cannot be resolved"
        raise TypeError(message)
    if policy is EVERYONE_SIGNED_IN:
        return inner

    def resolve(source: object, info: Info) -> Any:  # noqa: ANN401 - whatever the value holds
        if not policy.allows(info.context.principal):
            raise refusal(type_name, field_name, path=tuple(str(key) for key in info.path.as_list()))
        return inner(source, info)

    return resolve
