"""Subscriptions, whatever they are carried by: opened, followed from their cursor on, and answered with the rights of the moment."""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread
import structlog
from graphql import ExecutionResult, GraphQLError

from hub.access.policy import Policy
from hub.access.principal import Principal
from hub.store.engine import Store
from schema.errors import ErrorCode
from schema.http.answers import Answer, format_errors
from schema.http.authentication import DATABASE_ERRORS, Authenticate, find_principal
from schema.http.incoming import GraphQLRequest
from schema.http.operations import Caller, Checked, Operations
from schema.http.refusal import RequestRefusedError
from schema.http.sharing import Shared
from schema.limits.numbers import Limits
from schema.limits.refusal import OperationRefusedError, bad_input
from schema.subscription.broadcasting import Broadcast, Queue, QueueFullError
from schema.subscription.cursors import encode_positions
from schema.subscription.fields import SubscriptionField, Turn, Wanted
from schema.subscription.following import Feed, Follower, Step, unmet

T = TypeVar("T")

_TROUBLE_SECONDS = 1.0
_SHARED_SECONDS = 1.0
"""How long answers are given to others who ask the same with the same token; each of them has its token checked all the same."""

_log = structlog.get_logger(__name__)


class TokenLostError(Exception):
    """The token of a subscription is no longer valid, or its role is no longer let in: whatever carries it ends. Caught within the HTTP layer."""

    def __init__(self, *, is_known: bool) -> None:
        """`is_known`: the token is valid still, but its role is not let in."""
        super().__init__("Your token is no longer let in here." if is_known else "Your token is no longer valid.")
        self.code = ErrorCode.FORBIDDEN if is_known else ErrorCode.UNAUTHENTICATED


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription that was asked for: by whom, and what exactly."""

    request: GraphQLRequest
    credentials: str
    request_id: str

    @property
    def question(self) -> tuple[str, str | None, str]:
        """What is the same for all who ask the same."""
        return self.request.query, self.request.operation_name, json.dumps(self.request.variables, sort_keys=True)


@dataclass(slots=True)
class _Opened:
    """`last` is the cursor after which everything is found that was not answered yet; None before it is known."""

    asked: Asked
    checked: Checked
    field: SubscriptionField
    wanted: Wanted
    token_id: int
    last: str | None = None


class Subscriptions:
    """The subscriptions of a process. Its readers are shared; they read only while somebody listens. For use on one event loop."""

    def __init__(self, operations: Operations, store: Store, authenticate: Authenticate, *, policy: Policy, limits: Limits) -> None:
        """`policy` names the roles that are let in at all."""
        self._operations = operations
        self._store = store
        self._authenticate = authenticate
        self._policy = policy
        self._limits = limits
        self._broadcasts: dict[int, Broadcast] = {}
        self._seats: Counter[int] = Counter()
        self._limiter = anyio.CapacityLimiter(limits.concurrent_deliveries)
        self._answered: Shared[list[Answer]] = Shared(seconds=_SHARED_SECONDS)
        self._is_stopped = False

    def stop(self) -> None:
        """Complete every subscription, as the server is about to end."""
        self._is_stopped = True
        for broadcast in self._broadcasts.values():
            broadcast.wake()

    async def open(self, asked: Asked, *, is_read_only: bool = False) -> AsyncGenerator[Answer]:
        """The answers to an operation, one after the other; a query or mutation has one.

        Raises OperationRefusedError for what cannot be executed, RequestRefusedError for what cannot be done so, TokenLostError without a valid
        token. The answers themselves end with OperationRefusedError where the subscription has failed, and with TokenLostError.
        """
        principal = await self._principal(asked)
        caller = Caller(principal, asked.request_id, is_read_only=is_read_only)
        opened = await self._in_thread(partial(self._open, asked, caller))
        return only(opened) if isinstance(opened, Answer) else self._answers(opened)

    def _open(self, asked: Asked, caller: Caller) -> _Opened | Answer:
        checked = self._operations.check(asked.request, is_read_only=caller.is_read_only)
        if not checked.is_subscription:
            return self._operations.run(asked.request, caller)
        turn = Turn()
        [result] = self._operations.answer_turn(asked.request, checked, caller, turn=turn)
        if result.errors:
            raise OperationRefusedError(result.errors)
        if turn.field is None or turn.wanted is None:
            raise OperationRefusedError([bad_input("Nothing is subscribed to: the field is left out.", checked.operation)])
        return _Opened(asked, checked, turn.field, turn.wanted, caller.principal.token_id)

    # --- one subscription -------------------------------------------------------------------------

    async def _answers(self, opened: _Opened) -> AsyncGenerator[Answer]:
        try:
            with self._seat(opened.token_id):
                async with aclosing(self._steps(opened)) as batches:
                    async for steps in batches:
                        for answer in await self._answer(opened, steps):
                            yield answer
                        if any(opened.wanted.ends(step.what) for step in steps):
                            return
                        opened.last = steps[-1].cursor if steps else opened.last
        except QueueFullError:
            message = "Events came faster than they were taken: subscribe again, after the last cursor."
            extensions = {"code": ErrorCode.SUBSCRIBER_TOO_SLOW} | ({"cursor": opened.last} if opened.last else {})
            raise OperationRefusedError([GraphQLError(message, extensions=extensions)]) from None

    async def _answer(self, opened: _Opened, steps: Sequence[Step]) -> list[Answer]:
        """The answers to some steps, with what the token is worth now. Nothing is lost while the database is away."""
        principal = await self._insist(partial(self._principal, opened.asked))
        if not steps:
            return []
        deliver = partial(self._in_thread, partial(self._deliver, opened, steps, Caller(principal, opened.asked.request_id)))
        key = (principal, *opened.asked.question, tuple(step.cursor for step in steps))
        return await self._insist(partial(self._answered.get, key, deliver))

    def _deliver(self, opened: _Opened, steps: Sequence[Step], caller: Caller) -> list[Answer]:
        results = self._operations.answer_turn(opened.asked.request, opened.checked, caller, turn=Turn(steps))
        return [self._to_answer(result, opened.asked.request_id) for result in results]

    def _to_answer(self, result: ExecutionResult, request_id: str) -> Answer:
        """Raises OperationRefusedError where the event as a whole could not be answered: neither can those after it."""
        if not result.errors:
            return Answer({"data": result.data})
        if not result.data or None in result.data.values():
            raise OperationRefusedError(result.errors)
        return Answer({"data": result.data, "errors": format_errors(result.errors, request_id, at_most=self._limits.execution_errors)})

    # --- what it is told of -----------------------------------------------------------------------

    async def _steps(self, opened: _Opened) -> AsyncGenerator[Sequence[Step]]:
        """What happened since the cursor, then what happens, a few at a time; none where it is only time to look after the token."""
        wanted, feed = opened.wanted, opened.field.feed
        queue, broadcast = Queue(wanted.wants, most=self._limits.events_queued), self._broadcast(feed)
        past = None if wanted.after is None else Follower(self._store, feed, wanted.after, name=wanted.name)
        if past is not None:
            async with aclosing(self._past(past, wanted)) as batches:
                async for steps in batches:
                    yield steps
        if wanted.ends_with_past:
            return
        try:
            begun = await broadcast.join(queue)
            opened.last = opened.last or (begun if past is None else encode_positions(wanted.name, past.positions))
            if past is not None:  # once more: what was committed before the queue began to fill
                async with aclosing(self._past(past, wanted)) as batches:
                    async for steps in batches:
                        yield steps
            while not self._is_stopped:
                steps = await queue.take(self._limits.events_answered, seconds=self._limits.idle_seconds)
                if not self._is_stopped:
                    yield steps if past is None else unmet(steps, past.positions)
        finally:
            broadcast.leave(queue)

    async def _past(self, past: Follower, wanted: Wanted) -> AsyncGenerator[Sequence[Step]]:
        has_more, at_once = True, self._limits.events_answered
        while has_more and not self._is_stopped:
            chunk = await self._insist(partial(self._in_thread, partial(past.read, self._limits.events_read)))
            steps = [step for step in chunk.steps if wanted.wants(step.what)]
            for start in range(0, max(len(steps), 1), at_once):
                yield steps[start : start + at_once]
            has_more = chunk.has_more

    def _broadcast(self, feed: Feed) -> Broadcast:
        if id(feed) not in self._broadcasts:
            self._broadcasts[id(feed)] = Broadcast(self._store, feed, limits=self._limits)
        return self._broadcasts[id(feed)]

    # --- who it is for ----------------------------------------------------------------------------

    async def _principal(self, asked: Asked) -> Principal:
        principal = await find_principal(asked.credentials, self._authenticate)
        if principal is None or not self._policy.allows(principal):
            raise TokenLostError(is_known=principal is not None)
        return principal

    @contextmanager
    def _seat(self, token_id: int) -> Generator[None]:
        """A place for one more subscription. Raises OperationRefusedError when there is none."""
        if self._seats[token_id] >= self._limits.token_subscriptions:
            raise _too_many(f"This token has {self._limits.token_subscriptions} subscriptions, which is the most.")
        if self._seats.total() >= self._limits.subscriptions:
            raise _too_many("The hub has no place for further subscriptions now. Try again later.")
        self._seats[token_id] += 1
        try:
            yield
        finally:
            self._seats[token_id] -= 1
            if not self._seats[token_id]:
                del self._seats[token_id]

    # --- the store --------------------------------------------------------------------------------

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do some reading, again and again while the database cannot be used."""
        while True:
            try:
                return await work()
            except (RequestRefusedError, *DATABASE_ERRORS) as error:
                _log.warning("events cannot be answered", error=type(error).__name__)
                await anyio.sleep(_TROUBLE_SECONDS)


def _too_many(message: str) -> OperationRefusedError:
    return OperationRefusedError([GraphQLError(message, extensions={"code": ErrorCode.THROTTLED})])


async def only(answer: Answer) -> AsyncGenerator[Answer]:
    """One answer, as a stream."""
    yield answer


def refusal_answer(error: Exception, request_id: str, limits: Limits) -> Answer:
    """What a stream tells last, in place of an answer, when it fails. What is not meant for the caller is masked, and written to the log."""
    errors = error.errors if isinstance(error, OperationRefusedError) else [GraphQLError(str(error), original_error=error)]
    if isinstance(error, TokenLostError):
        errors = [GraphQLError(str(error), extensions={"code": error.code})]
    return Answer({"errors": format_errors(errors, request_id, at_most=limits.request_errors + 1)})
