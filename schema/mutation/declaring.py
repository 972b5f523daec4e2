"""What a mutation is, as data: its input, its payload, and the command that does it.

To add one: a command in `hub/commands`, `@owning_books` where it writes the books, a Mutation in a table of this folder, and its policies in
`schema/policy.py`. `idempotencyKey` and `reason` are in every input, `userErrors` is in every payload, without being declared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.access.audit import LONGEST_REASON
from hub.commands.command import Command
from schema.plan.mapping import Argument

KEY, REASON = "idempotencyKey", "reason"
_KEY_MEANING = (
    "A text of your own that stands for this one request, such as a UUID. Sent again within 24 hours with the same input, it has no second effect, "
    "and the answer is that of the first time."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField:
    """One field of an input; `type` as in the schema language, `default` None: none.

    The command gets it by its name in snake case: enums as members of the hub's vocabularies, money as Money, an id as the row's key. An
    id is one of the type `row`, or of one of the types `any_row`; then it comes as a RowId. `of` is the declared type of an input object.
    What `is_secret` is in no log; of a list that `is_only_counted` the log has how many items there were. A list of which `is_each_apart`
    is read item by item: one that cannot be read comes as an UnreadItem, and keeps none of the others from the command.
    """

    type: str
    description: str
    default: object = None
    row: str | None = None
    any_row: tuple[str, ...] = ()
    of: "InputType | None" = None
    is_secret: bool = False
    is_only_counted: bool = False
    is_each_apart: bool = False
    at_most: int | None = None

    @property
    def argument(self) -> Argument:
        """As the builder of input types wants it."""
        return Argument(self.type, self.description, self.default)

    @property
    def is_always_there(self) -> bool:
        """Whether the command gets it in any case: it must be given, or has a default."""
        return self.type.endswith("!") or self.default is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputType:
    """An input object below a mutation's own. Of one that `is_one_of` exactly one field is given."""

    name: str
    description: str
    fields: Mapping[str, InputField]
    is_one_of: bool = False


@dataclass(frozen=True, slots=True)
class RowId:
    """The id of a row whose type the caller chose."""

    type_name: str
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One field of a payload. `row` names the type of the rows that it shows; None: it is a plain value.

    `list_size` is how long a list is taken to be when its cost is counted; None: as others. `make` makes the value that is shown from what
    the command's outcome has; None: it is shown as it is.
    """

    type: str
    description: str
    row: str | None = None
    list_size: int | None = None
    make: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One mutation, named `thingVerb`. `needs_key`: it cannot be asked for without an idempotency key, since a repetition would do harm."""

    description: str
    command: Command
    input: Mapping[str, InputField]
    payload: Mapping[str, Result] = field(default_factory=dict[str, Result])
    needs_key: bool = False
    cost: int = 10

    @property
    def fields(self) -> Mapping[str, InputField]:
        """All fields of the input, with those that every one has."""
        key_type = "String!" if self.needs_key else "String"
        also = {
            REASON: InputField(type="String", description=f"Why, for the audit log; at most {LONGEST_REASON} characters."),
            KEY: InputField(type=key_type, description=_KEY_MEANING),
        }
        return {**self.input, **also}


def id_input(row: str, description: str) -> InputField:
    """An id that must be given."""
    return InputField(type="ID!", description=description, row=row)


def shown(row: str, description: str) -> Result:
    """A row that the mutation is about; null when it was refused."""
    return Result(type=row, description=f"{description} Null when nothing was done, or when you may not see it.", row=row)


def all_shown(row: str, description: str) -> Result:
    """Rows that the mutation is about; null when it was refused."""
    return Result(type=f"[{row}!]", description=f"{description} Null when nothing was done.", row=row)


def type_name(mutation: str, suffix: str) -> str:
    """`apiTokenCreate` with `Payload`: `ApiTokenCreatePayload`."""
    return f"{mutation[0].upper()}{mutation[1:]}{suffix}"
