"""Strawberry types from declarations: objects from row types, and the inputs, orders and connections that follow from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from keyword import iskeyword
from typing import Any

import strawberry
from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, TypeNode, parse_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.scalars import JSON
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

from schema.enums import VOCABULARY, enum_type
from schema.plan.mapping import Argument, Field
from schema.values import CurrencyCode, Money, PageInfo, Url

BUILT_IN: Mapping[str, object] = {
    "ID": strawberry.ID,
    "String": str,
    "Int": int,
    "Boolean": bool,
    "Date": date,
    "DateTime": datetime,
    "Decimal": Decimal,
    "CurrencyCode": CurrencyCode,
    "URL": Url,
    "JSON": JSON,
    "Money": Money,
    "PageInfo": PageInfo,
    **VOCABULARY,
}
"""Types that every declaration may name."""


@dataclass(frozen=True)
class Named(LazyType[Any, Any]):
    """A type that is known by its name only, until the schema is built."""

    names: Mapping[str, object] = field(default_factory=dict[str, object], compare=False, repr=False)

    def resolve_type(self) -> Any:  # noqa: ANN401 - any Strawberry type
        """The type of the name; a KeyError names what a declaration misspells."""
        return self.names[self.type_name]


@dataclass(slots=True)
class TypeNames:
    """The Strawberry types of one schema, by name. Each schema has its own, so that two can stand side by side."""

    known: dict[str, object] = field(default_factory=lambda: dict(BUILT_IN))

    def add(self, name: str, made: object) -> None:
        """Make a type known. Two types of one name are a fault in the declarations."""
        if name in self.known:
            message = f"type {name} is declared twice"
            raise ValueError(message)
        self.known[name] = made

    def reference(self, text: str) -> StrawberryAnnotation:
        """An annotation from a type in the schema language, such as `[Invoice!]!`."""
        return StrawberryAnnotation(self._wrapped(parse_type(text)))

    def add_input(self, name: str, entries: Mapping[str, Argument], *, description: str, is_one_of: bool = False) -> None:
        """Make an input type known; each entry may be left out unless its type ends with `!` and it has no default.

        `is_one_of`: exactly one entry is given.
        """
        fields = [
            StrawberryField(
                python_name=f"{entry}_" if iskeyword(entry) else entry,
                graphql_name=entry,
                type_annotation=self.reference(declared.type),
                description=declared.description,
                default=UNSET if declared.default is None else declared.default,
            )
            for entry, declared in entries.items()
        ]
        self.add(name, strawberry.input(_class(name, fields, ()), name=name, description=description, one_of=is_one_of))

    def add_enum(self, name: str, members: Mapping[str, str], *, description: str) -> None:
        """Make an enum known, from its members and what each means."""
        self.add(name, enum_type(name, description, members))

    def _wrapped(self, node: TypeNode) -> object:
        if isinstance(node, NonNullTypeNode):
            return self._inner(node.type)
        return StrawberryOptional(self._inner(node))  # pyright: ignore[reportArgumentType] - a name stands for its type

    def _inner(self, node: TypeNode) -> object:
        if isinstance(node, ListTypeNode):
            return StrawberryList(self._wrapped(node.type))  # pyright: ignore[reportArgumentType] - a name stands for its type
        if isinstance(node, NamedTypeNode):
            name = node.name.value
            return self.known[name] if name in BUILT_IN else Named(name, __name__, names=self.known)
        message = f"{node} is no type"
        raise TypeError(message)


def make_field(names: TypeNames, name: str, declared: Field) -> StrawberryField:
    """A field without resolver: what a row type's field holds is looked up in what was fetched."""
    made = StrawberryField(
        python_name=name,
        graphql_name=name,
        type_annotation=names.reference(declared.type),
        description=declared.description,
        metadata={key: value for key, value in (("cost", declared.cost), ("list_size", declared.list_size)) if value is not None},
    )
    made.arguments = make_arguments(names, declared.arguments)
    return made


def make_arguments(names: TypeNames, declared: Mapping[str, Argument]) -> list[StrawberryArgument]:
    """The arguments of a field."""
    return [
        StrawberryArgument(
            name, name, names.reference(argument.type), description=argument.description, default=UNSET if argument.default is None else argument.default
        )
        for name, argument in declared.items()
    ]


def make_object(name: str, description: str, fields: Iterable[StrawberryField], *, interfaces: tuple[type, ...] = ()) -> type:
    """An object type from its fields."""
    return strawberry.type(_class(name, fields, interfaces), name=name, description=description)


def make_interface(name: str, description: str, fields: Iterable[StrawberryField]) -> type:
    """An interface from its fields."""
    return strawberry.interface(_class(name, fields, ()), name=name, description=description)


def _class(name: str, fields: Iterable[StrawberryField], parents: tuple[type, ...]) -> type:
    by_name = {made.python_name: made for made in fields}
    annotations = dict.fromkeys(by_name, object)  # the fields know their types; a dataclass asks for some annotation
    return type(name, parents, {**by_name, "__annotations__": annotations, "__module__": __name__})
