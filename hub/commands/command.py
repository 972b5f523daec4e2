"""What a command is given, and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import sqlalchemy as sa

from hub.access.audit import Effect
from hub.access.principal import Principal
from hub.errors import InputProblem
from hub.plugins.services import HubServices
from hub.store.lock import own_books

_P = ParamSpec("_P")

Shown = int | Sequence[int] | str | bool | Sequence[Sequence[int | str | None]] | None
"""The key of a row, the keys of several, a plain value, or a table of plain values."""


@dataclass(frozen=True, slots=True)
class UnreadItem:
    """One item of a list that is read item by item, of which a value is none that it can have. `given` is the item as it came."""

    given: Any
    problems: Sequence[InputProblem]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """Who acts, when and why (`reason` None: nobody said), in which write transaction. The command does not end the transaction."""

    connection: sa.Connection
    services: HubServices
    caller: Principal
    now: datetime
    reason: str | None
    request_id: str

    @property
    def by(self) -> str:
        """The name that is kept as who did it."""
        return self.caller.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command came to.

    `shown` are the keys of rows and the plain values that answer the caller, by the name of the payload's field. `once` are texts that
    are shown this one time and kept nowhere. `effects` go into the audit log; none: nothing changed. `problems` are what was not done
    of several things; a command that does nothing at all raises instead.
    """

    shown: Mapping[str, Shown] = field(default_factory=dict[str, Shown])
    once: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    effects: Sequence[Effect] = ()
    problems: Sequence[InputProblem] = ()


Command = Callable[..., Outcome]
"""Called with a CommandContext and, by name, with what the input holds. Raises a RequestError, such as InputRefusedError, to refuse:
then nothing of what it did is kept, and the caller is told why."""


def owning_books(command: Callable[Concatenate[CommandContext, _P], Outcome]) -> Callable[Concatenate[CommandContext, _P], Outcome]:
    """Declare that a command writes the books: it owns them before it looks at anything, and until its transaction ends.

    Pages and pushes have the books first and hold rows then. A command that held a row, and waited for the books then, would wait for whoever
    waits for that row; and what it had read before could be another by the time that it owns them.
    """

    @wraps(command)
    def owning(context: CommandContext, *arguments: _P.args, **values: _P.kwargs) -> Outcome:
        own_books(context.connection)
        return command(context, *arguments, **values)

    return owning


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall:
    """One call of a command. `values` are its arguments; an argument that was not given is not among them.

    `told` is the input as the caller wrote it, without secrets, for the audit log. `key` None: the call has no idempotency key.
    """

    action: str
    command: Command
    values: Mapping[str, Any] = field(repr=False)
    told: Mapping[str, Any]
    caller: Principal
    request_id: str
    reason: str | None = None
    key: str | None = None
