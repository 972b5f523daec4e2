"""Who asks: the bearer token of a request, checked before anything else of it is looked at."""

from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from starlette.datastructures import Headers

from hub.access.policy import Policy
from hub.access.principal import Principal
from hub.access.requests import bearer_token
from hub.errors import StoreError
from hub.store.engine import run_in_thread
from schema.http.refusal import FORBIDDEN, UNAUTHENTICATED, UNAVAILABLE, RequestRefusedError

Authenticate = Callable[[str], Principal | None]
"""Turns a bearer token into a principal; None when it is unknown, expired or revoked."""

DATABASE_ERRORS = (OperationalError, NoFreeConnectionError, StoreError)
"""What says that the database cannot be used now, rather than that something is wrong with the request."""

_NO_TOKEN = "Send a valid API token: Authorization: Bearer <token>."  # noqa: S105 - the words of a refusal


async def require_principal(headers: Headers, authenticate: Authenticate, policy: Policy) -> Principal:
    """The caller of a request. Raises RequestRefusedError with 401 without a valid token, 403 where the role is not let in."""
    tokens = headers.getlist("authorization")
    principal = await find_principal(tokens[0], authenticate) if len(tokens) == 1 else None
    if principal is None:
        raise RequestRefusedError(UNAUTHENTICATED, _NO_TOKEN)
    if not policy.allows(principal):
        raise RequestRefusedError(FORBIDDEN, f"The role {principal.role.value} is not let in here.")
    return principal


async def find_principal(credentials: str, authenticate: Authenticate) -> Principal | None:
    """The caller that `Bearer <token>` stands for; None when it is not of that form or the token is not valid."""
    token = bearer_token([credentials])
    if token is None:
        return None
    try:
        return await run_in_thread(partial(authenticate, token))
    except DATABASE_ERRORS as error:
        raise unavailable() from error


def unavailable() -> RequestRefusedError:
    """The refusal for as long as the database cannot be used."""
    return RequestRefusedError(UNAVAILABLE, "The database cannot be reached now. Try again soon.")
