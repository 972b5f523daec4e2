"""What one operation runs with."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import sqlalchemy as sa

from hub.access.principal import Principal
from hub.commands.running import CommandRunner
from hub.health.basis import Basis
from hub.plugins.services import HubServices
from schema.plan.reading import KeptFigures
from schema.plan.rules import RulesAsked

ContextFactory = Callable[[Principal, sa.Connection | None, str], object]
"""Makes what resolvers see: from the caller, the read transaction (None: the operation is a mutation), and the request id."""


@dataclass(frozen=True)
class RequestContext:
    """One query: who asks, the read transaction that every statement of it uses, and the business date that "today" means.

    `request_id` names the request in logs and in masked errors. `rules_asked` are the rules that were asked for so far.
    """

    services: HubServices
    principal: Principal
    connection: sa.Connection
    today: date
    request_id: str
    rules_asked: RulesAsked = field(default_factory=RulesAsked)

    @cached_property
    def kept(self) -> KeptFigures:
        """Whether the kept figures are those of today; one for the whole query."""
        return KeptFigures(Basis.of(self.services.settings.workspace, self.today), lambda: nullcontext(self.connection))


@dataclass(frozen=True, slots=True)
class ActionContext:
    """One operation of mutations: who acts, what runs commands, the business date, and how long statements may take together.

    There is no transaction: each mutation has one of its own for its effect, and another one for what it shows.
    """

    services: HubServices
    principal: Principal
    commands: CommandRunner
    today: date
    request_id: str
    seconds: float

    @property
    def kept(self) -> KeptFigures:
        """Whether the kept figures are those of today; one for each look, since a mutation may bring them up."""
        return KeptFigures(Basis.of(self.services.settings.workspace, self.today), self.services.store.read)


def context_factory(services: HubServices, *, seconds: float) -> ContextFactory:
    """What makes the contexts of one application; `seconds` is how long the statements of one transaction may take."""
    commands = CommandRunner(services, seconds=seconds)

    def make_context(principal: Principal, connection: sa.Connection | None, request_id: str) -> object:
        today = services.business_date()
        if connection is None:
            return ActionContext(services, principal, commands, today, request_id, seconds)
        return RequestContext(services, principal, connection, today, request_id)

    return make_context
