"""Commands about API tokens."""

from datetime import datetime

from hub.access.audit import Effect
from hub.access.tokens import issue_token, revoke_token
from hub.commands.command import CommandContext, Outcome
from hub.vocabulary import Role

_ENTITY = "ApiToken"


def create_token(context: CommandContext, *, name: str, role: Role, expires_at: datetime | None = None) -> Outcome:
    """Make a token; its secret is shown this once."""
    issued = issue_token(context.connection, name, role, now=context.now, expires_at=expires_at)
    changes = {"name": (None, name), "role": (None, role), "expiresAt": (None, expires_at)}
    return Outcome(shown={"apiToken": issued.id}, once={"secret": issued.secret}, effects=[Effect(_ENTITY, issued.id, changes)])


def revoke(context: CommandContext, *, id: int) -> Outcome:  # noqa: A002 - the name of the input's field
    """Make a token worthless from now on; one that is revoked already stays as it is."""
    is_news = revoke_token(context.connection, id, now=context.now)
    effects = [Effect(_ENTITY, id, {"revokedAt": (None, context.now)})] if is_news else []
    return Outcome(shown={"apiToken": id}, effects=effects)
