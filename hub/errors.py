"""Error families: the type says what happens next (retry, stop, keep and go on, refuse)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from hub.vocabulary import UserErrorCode


class HubError(Exception):
    """Root of every error that Dunwell raises on purpose. Its text is written for the person who reads it."""


class ConfigurationError(HubError):
    """The settings cannot be used: start-up stops. The person who runs the hub mends the named place."""


class PluginLoadError(ConfigurationError):
    """A plugin is missing, broken, a duplicate, or implements an unknown hook. Mend or remove the plugin."""

    def __init__(self, message: str, *, plugin: str, hook: str | None = None) -> None:
        """`plugin` is its name; `hook` the hook at fault, None when it is the plugin as a whole."""
        super().__init__(message)
        self.plugin = plugin
        self.hook = hook


class MissingSecretError(ConfigurationError):
    """A named secret is not in the environment. Set the environment variable that the text names."""


class StoreError(HubError):
    """The database cannot be used as asked: newer schema, unreachable server, locked file. The text says what to do."""


class SourceError(HubError):
    """Something went wrong with an outside system; says which connection and feed."""

    def __init__(self, message: str, *, connection: str, feed: str | None = None) -> None:
        """Keep the place as facts beside the text."""
        super().__init__(message)
        self.connection = connection
        self.feed = feed


class TransientSourceError(SourceError):
    """A passing fault (time-out, 5xx): the engine retries with backoff."""

    def __init__(self, message: str, *, connection: str, feed: str | None = None, retry_after_seconds: float | None = None) -> None:
        """`retry_after_seconds` is what the source asked for; None when it said nothing."""
        super().__init__(message, connection=connection, feed=feed)
        self.retry_after_seconds = retry_after_seconds


class RateLimitedError(TransientSourceError):
    """The source said that there were too many requests: wait, then go on."""


class AuthorisationError(SourceError):
    """The source refused our credentials: the connection stops until a person reconnects it."""


class SourceContractError(SourceError):
    """The payload no longer has the agreed shape: the feed stops, its cursor stays."""


class SignatureError(HubError):
    """A webhook is not genuine, or too old to be told from a repetition: it is refused, and nothing of it is kept."""


class RecordError(HubError):
    """One record is refused; it is kept as a rejected record and the rest goes on."""

    def __init__(self, reason: str, *, reference: str, field: str | None = None) -> None:
        """`reference` is the external id or the place in the file; `field` the field at fault, None when it is the whole record."""
        super().__init__(reason if field is None else f"{field}: {reason}")
        self.reason = reason
        self.reference = reference
        self.field = field


class DeliveryError(HubError):
    """A channel could not deliver a message."""


class TransientDeliveryError(DeliveryError):
    """The channel failed for now: the message is tried again later."""


class AddressRejectedError(DeliveryError):
    """The address does not exist or refuses mail: it is suppressed."""


class RequestError(HubError):
    """The caller asked for something that cannot be done; says the argument's path. Shown to the caller as it is."""

    def __init__(self, message: str, *, path: tuple[str, ...] = ()) -> None:
        """`path` names the argument at fault, outermost first; empty when it is the request as a whole."""
        super().__init__(message)
        self.path = path


class NotFoundError(RequestError):
    """What was named does not exist, or the caller may not know that it does."""


class ConflictError(RequestError):
    """The request contradicts the present state: an older file after a newer one, a run that is already going."""


class KeyReusedError(ConflictError):
    """An idempotency key came again with another input: nothing was done. Use a new key for each thing that is to be done."""


@dataclass(frozen=True, slots=True)
class InputProblem:
    """One thing that is wrong with what a command was given. `path` names the field below the input; empty: the input as a whole."""

    path: tuple[str, ...]
    message: str
    code: UserErrorCode


class InputRefusedError(RequestError):
    """A command cannot be done as asked, for all the reasons in `problems`: nothing was done. Shown to the caller, each at its field."""

    def __init__(self, problems: Iterable[InputProblem]) -> None:
        """`problems` are what is wrong, one at least."""
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems), path=self.problems[0].path)


def causes_of(error: BaseException) -> Sequence[BaseException]:
    """An error and what lies behind it, each once; several attempts at one name are a group."""
    found: list[BaseException] = []
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is None or any(one is known for known in found):
            continue
        found.append(one)
        left += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            left += cast("BaseExceptionGroup[BaseException]", one).exceptions
    return found
