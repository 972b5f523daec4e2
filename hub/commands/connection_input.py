"""What is wrong with how a connection is to be set: everything at once, each at its field. No message repeats a value that may be a secret."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import orjson
import structlog

from hub.access.sealing import Secret
from hub.commands.command import CommandContext
from hub.config import ScheduleSettings, frozen, looks_like_secret, parse_schedule
from hub.config.problems import nearest
from hub.errors import InputProblem
from hub.plugins.connector import Connector
from hub.vocabulary import ConnectionKind, Stream, UserErrorCode

_LONGEST_OPTIONS = 20_000
_LARGEST_NUMBER = 2**63

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class GivenSecret:
    """One secret of an input: its value, or the environment variable that holds it. Both None: it is to be taken away."""

    name: str
    value: Secret | None = field(repr=False)
    variable: str | None


def read_secrets_given(given: Sequence[Mapping[str, Any]]) -> Sequence[GivenSecret]:
    """The secrets of an input; from here on nothing shows their values."""
    return [GivenSecret(one["name"], None if one.get("value") is None else Secret(one["value"]), one.get("variable")) for one in given]


class InputChecks:
    """Collects what is wrong with an input about one connector."""

    def __init__(self, context: CommandContext, connector: Connector, problems: Sequence[InputProblem] = ()) -> None:
        """`problems` are what is known to be wrong already."""
        self._context = context
        self._connector = connector
        self.problems = list(problems)

    def kind(self, kind: ConnectionKind) -> None:
        """The kind is one that the connector serves."""
        if kind not in self._connector.kinds:
            kinds = ", ".join(each.value for each in self._connector.kinds)
            self._refuse(("kind",), f"the connector {self._connector.name!r} serves {kinds}, not {kind.value}", UserErrorCode.NOT_SUPPORTED)

    def streams(self, streams: Sequence[Stream] | None) -> None:
        """The streams are some that it delivers, each once."""
        if streams is not None and not streams:
            self._refuse(("streams",), "name the streams to read, or none of them to read them all")
        delivers = self._connector.facts.delivers
        known = ", ".join(stream.value for stream in delivers)
        for number, stream in enumerate(streams or ()):
            path = ("streams", str(number))
            if stream not in delivers:
                self._refuse(path, f"the connector {self._connector.name!r} delivers {known}, not {stream.value}", UserErrorCode.NOT_SUPPORTED)
            elif streams is not None and stream in streams[:number]:
                self._refuse(path, f"{stream.value} stands in the list twice")

    def sync_from_date(self, day: date | None) -> None:
        """The first day is not one to come."""
        if day is not None and day > self._context.services.business_date():
            self._refuse(("syncFromDate",), "the day is yet to come")

    def schedule(self, text: str | None) -> ScheduleSettings | None:
        """The schedule, read; None where there is none, or after a problem."""
        try:
            return None if text is None else parse_schedule(text)
        except ValueError as error:
            self._refuse(("schedule",), str(error))
            return None

    def options(self, options: object) -> None:
        """The options are plain values that the connector knows and accepts, and none of them is a secret."""
        if not isinstance(options, dict):
            self._refuse(("options",), "must be an object with a value for each option")
            return
        found = cast("dict[str, Any]", options)
        before = len(self.problems)
        names = self._connector.option_names
        for name, value in found.items():
            if name not in names:
                self._refuse(("options", name), f"unknown option of the connector {self._connector.name!r}; {nearest(name, names)}")
            else:
                self._option(name, value)
        if len(self.problems) == before and len(orjson.dumps(found)) > _LONGEST_OPTIONS:
            self._refuse(("options",), f"they are longer than {_LONGEST_OPTIONS} characters")
        if len(self.problems) == before:
            self._ask_connector(found)

    def secrets(self, given: Sequence[GivenSecret], *, may_remove: bool) -> None:
        """Each is one that the connector has, is named once, and is either a value or a variable that may be named."""
        names = self._connector.facts.secret_names
        for number, secret in enumerate(given):
            path = ("secrets", str(number))
            if secret.name not in names:
                self._refuse((*path, "name"), f"the connector {self._connector.name!r} has no such secret; {nearest(secret.name, names)}")
            elif any(secret.name == other.name for other in given[:number]):
                self._refuse((*path, "name"), f"{secret.name!r} stands in the list twice")
            elif secret.value is not None and secret.variable is not None:
                self._refuse(path, "give the value, or the variable that holds it: not both")
            elif secret.value is not None:
                self._secret_value(path, secret.value)
            elif secret.variable is not None:
                self._variable(path, secret.variable)
            elif not may_remove:
                self._refuse(path, "give its value, or the variable that holds it")

    # --- parts ------------------------------------------------------------------------------------

    def _option(self, name: str, value: object) -> None:
        if isinstance(value, str) and looks_like_secret(name):
            self._refuse(("options", name), "looks like a secret: give it among the secrets")
        problem = next(_objections(value), None)
        if problem is not None:
            self._refuse(("options", name), problem)

    def _ask_connector(self, options: Mapping[str, Any]) -> None:
        try:
            found = self._connector.check_options(frozen(options), self._context.services.settings.directory)
        except Exception as error:  # noqa: BLE001 - a bug of a plugin must not keep the caller from hearing what else is wrong
            _log.warning("a connector failed to check its options", connector=self._connector.name, error=type(error).__name__)
            found = [f"the connector {self._connector.name!r} cannot make anything of them ({type(error).__name__})"]
        for problem in found:
            self._refuse(("options",), problem)

    def _secret_value(self, path: tuple[str, ...], value: Secret) -> None:
        if not value.reveal().strip():
            self._refuse((*path, "value"), "is empty")

    def _variable(self, path: tuple[str, ...], variable: str) -> None:
        services = self._context.services
        if variable not in services.settings.making.secret_variables:
            known = ", ".join(sorted(services.settings.making.secret_variables)) or "none"
            text = f"is no variable that hub.secret_variables of plugins.toml lets connections have (it names {known})"
            self._refuse((*path, "variable"), text, UserErrorCode.NOT_SUPPORTED)
        elif not services.making.has_variable(variable):
            self._refuse((*path, "variable"), f"the environment variable {variable} is not set")

    def _refuse(self, path: tuple[str, ...], message: str, code: UserErrorCode = UserErrorCode.INVALID) -> None:
        self.problems.append(InputProblem(path, message, code))


def _objections(value: object) -> Iterator[str]:
    """What is wrong with the value of an option, wherever in it."""
    match value:
        case dict():
            for key, inner in cast("dict[str, object]", value).items():
                if isinstance(inner, str) and looks_like_secret(key):
                    yield f"{key!r} in it looks like a secret: give it among the secrets"
                yield from _objections(key)
                yield from _objections(inner)
        case list():
            for inner in cast("list[object]", value):
                yield from _objections(inner)
        case str():
            yield from _objections_to_text(value)
        case bool() | int() | float():
            if abs(value) >= _LARGEST_NUMBER or math.isnan(value):  # a whole number may be too large to be asked for anything else
                yield "is a number that cannot be kept"
        case _:
            yield "must be a text, a number, true or false, a list or an object; leave an option out that has no value"


def _objections_to_text(text: str) -> Iterator[str]:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        yield "has a character that cannot be stored"
    if "@" in text.partition("://")[2].partition("/")[0]:
        yield "is an address with a user or password in it: give these among the secrets"
