"""The enums of the API: the hub's vocabularies, with what each value means. They are open: clients must expect values that are added later."""

from collections.abc import Callable, Mapping
from enum import Enum, StrEnum
from typing import cast

import strawberry

from schema.meanings import MEANINGS

OPEN = "More values may be added: treat one that you do not know as unknown."


def enum_type(name: str, description: str, members: Mapping[str, str]) -> type[Enum]:
    """A Strawberry enum from its members and what each means."""
    values = {member: strawberry.enum_value(member, description=meaning) for member, meaning in members.items()}
    create = cast("Callable[[str, Mapping[str, object]], type[Enum]]", Enum)  # the functional form, which type checkers know with literal members only
    return strawberry.enum(create(name, values), name=name, description=description)


def _vocabulary_type(kind: type[StrEnum]) -> type[Enum]:
    meanings = MEANINGS[kind]
    if list(meanings) != [member.name for member in kind]:
        message = f"{kind.__name__}: describe each value, in the order of the vocabulary"
        raise ValueError(message)
    summary = (kind.__doc__ or "").strip().splitlines()[0]
    return enum_type(kind.__name__, f"{summary} {OPEN}", meanings)


VOCABULARY: Mapping[str, type[Enum]] = {kind.__name__: _vocabulary_type(kind) for kind in MEANINGS}
"""The hub's vocabularies as types of the API, by name."""
