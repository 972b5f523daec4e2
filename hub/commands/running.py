"""Around every command: one write transaction, its idempotency key, its refusals, and its entries in the audit log."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import MAX_PREC, Context, Decimal
from enum import Enum
from typing import Any

from hub.access.audit import LONGEST_REASON, Deed, audit
from hub.access.idempotency import LONGEST_KEY, KeysInFlight, RequestKey, recall, remember
from hub.commands.command import CommandCall, CommandContext, Outcome
from hub.commands.refusing import problems_of
from hub.errors import ConflictError, InputProblem, KeyReusedError, RequestError
from hub.plugins.services import HubServices
from hub.store.deadline import time_limit
from hub.vocabulary import UserErrorCode

_EXACT = Context(prec=MAX_PREC)
"""Rounds no number that a request can have."""


class CommandRunner:
    """Runs the commands of one process. Safe for use by several threads."""

    def __init__(self, services: HubServices, *, seconds: float) -> None:
        """`seconds` is how long the statements of one command may take together."""
        self._services = services
        self._seconds = seconds
        self._in_flight = KeysInFlight()

    def run(self, call: CommandCall) -> Outcome:
        """Do what is asked, all or nothing, and once for one key; what was refused is among the outcome's problems.

        Raises KeyReusedError, and whatever a command raises that is no refusal: then nothing is kept, not even the key.
        """
        refused = _checked(call)
        if refused:
            return Outcome(problems=refused)
        key = None if call.key is None else RequestKey.of(call.caller, call.key, _asked(call))
        try:
            with nullcontext() if key is None else self._in_flight.hold(key):
                return self._run(call, key)
        except KeyReusedError:
            raise
        except ConflictError as error:  # another request with the key is in flight; a command's own refusals are outcomes by now
            return Outcome(problems=problems_of(error))

    def _run(self, call: CommandCall, key: RequestKey | None) -> Outcome:
        now = self._services.clock.now()
        with self._services.store.write() as connection, time_limit(connection, self._seconds):
            kept = None if key is None else recall(connection, key, now=now)
            if kept is not None:
                return _recalled(kept)
            context = CommandContext(
                connection=connection, services=self._services, caller=call.caller, now=now, reason=call.reason, request_id=call.request_id
            )
            outcome = _attempt(context, call)
            deed = Deed(caller=call.caller, action=call.action, input=call.told, reason=call.reason, request_id=call.request_id)
            audit(connection, deed, outcome.effects, now=now)
            if key is not None:
                remember(connection, key, _document(outcome), now=now)
        return outcome


def _attempt(context: CommandContext, call: CommandCall) -> Outcome:
    """The outcome of a command; what one did that refuses in the end is taken back."""
    try:
        with context.connection.begin_nested():
            return call.command(context, **call.values)
    except RequestError as error:
        return Outcome(problems=problems_of(error))


def _checked(call: CommandCall) -> Sequence[InputProblem]:
    """What is wrong with the parts that every input has."""
    found: list[InputProblem] = []
    if call.key is not None and not 1 <= len(call.key.strip()) <= len(call.key) <= LONGEST_KEY:
        text = f"an idempotency key has from 1 to {LONGEST_KEY} characters, and not only spaces"
        found.append(InputProblem(("idempotencyKey",), text, UserErrorCode.INVALID))
    if call.reason is not None and len(call.reason) > LONGEST_REASON:
        found.append(InputProblem(("reason",), f"a reason has at most {LONGEST_REASON} characters", UserErrorCode.INVALID))
    return found


# --- what is kept with a key ----------------------------------------------------------------------


def _asked(call: CommandCall) -> bytes:
    """The same bytes for the same request, whatever the order in which its fields were written. Any value that an input can have has a form here."""
    return json.dumps([call.action, call.values, call.reason], default=_plain, sort_keys=True).encode()


def _plain(value: object) -> object:
    """What JSON has no form for: exact numbers, days and instants, words of a vocabulary, and values of several parts."""
    match value:
        case Decimal():
            return str(value.normalize(_EXACT))
        case date():
            return value.isoformat()
        case Enum():
            return value.value
        case _ if is_dataclass(value):
            return {part.name: getattr(value, part.name) for part in fields(value)}
        case _:
            raise TypeError(f"an input cannot hold a {type(value).__name__}")


def _document(outcome: Outcome) -> dict[str, Any]:
    shown = {name: value if isinstance(value, int | str | None) else list(value) for name, value in outcome.shown.items()}
    problems = [[list(problem.path), problem.message, problem.code.stored] for problem in outcome.problems]
    return {"shown": shown, "withheld": sorted(outcome.once), "problems": problems}


def _recalled(kept: dict[str, Any]) -> Outcome:
    """The outcome again. What was shown once is not, and the caller is told so."""
    problems = [InputProblem(tuple(path), message, UserErrorCode(code)) for path, message, code in kept["problems"]]
    for name in kept["withheld"]:
        text = f"this was done before with the same idempotency key, and `{name}` was shown then: it is kept nowhere and cannot be shown again"
        problems.append(InputProblem(("idempotencyKey",), text, UserErrorCode.ALREADY_SHOWN))
    return Outcome(shown=kept["shown"], problems=problems)
