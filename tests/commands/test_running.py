"""Around every command: one transaction, refusals that take everything back, and keys that make a thing happen once, also among threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
import sqlalchemy as sa

from hub.access.audit import Effect
from hub.access.idempotency import KEPT_FOR, KeysInFlight, RequestKey, forget_outcomes, recall
from hub.access.principal import Principal
from hub.clock import FixedClock
from hub.commands.command import Command, CommandCall, CommandContext, Outcome, UnreadItem
from hub.commands.running import CommandRunner
from hub.config import Settings
from hub.errors import ConflictError, InputProblem, InputRefusedError, KeyReusedError, NotFoundError
from hub.model import AuditEntry, RequestOutcome, Segment, table_of
from hub.money import Money
from hub.plugins.services import HubServices
from hub.store.engine import Store
from hub.vocabulary import Role, UserErrorCode
from tests.schema.hub import NOW, TODAY, WORKSPACE

ADA = Principal("ada", Role.ADMIN, 1)
_SEGMENTS = table_of(Segment)


def insert_segment(context: CommandContext, name: str) -> int:
    made = sa.insert(_SEGMENTS).values(name=name, position=0, is_default=False).returning(_SEGMENTS.c.id)
    return int(context.connection.execute(made).scalar_one())


def make_segment(context: CommandContext, *, name: str) -> Outcome:
    key = insert_segment(context, name)
    return Outcome(shown={"segment": key}, once={"secret": "abracadabra"}, effects=[Effect("Segment", key, {"name": (None, name)})])


def services(store: Store) -> HubServices:
    return HubServices(Settings(Path(), store.url, Path(), WORKSPACE), store, FixedClock(NOW), lambda _token: None, lambda: TODAY)


def call(command: Command = make_segment, *, key: str | None = "k", **values: Any) -> CommandCall:  # noqa: ANN401 - arguments of a command
    given = values or {"name": "north"}
    return CommandCall(action="segmentCreate", command=command, values=given, told=given, caller=ADA, request_id="r", key=key)


def count(store: Store, row: type) -> int:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table_of(row))).scalar_one()


@pytest.fixture
def runner(store: Store) -> CommandRunner:
    return CommandRunner(services(store), seconds=10)


def test_the_same_request_is_done_once_and_answered_alike(store: Store, runner: CommandRunner) -> None:
    first, again = runner.run(call()), runner.run(call())
    assert first.shown == again.shown
    assert (first.once, again.once) == ({"secret": "abracadabra"}, {})
    assert [problem.code for problem in again.problems] == [UserErrorCode.ALREADY_SHOWN]
    assert count(store, Segment) == count(store, AuditEntry) == 1


def test_without_a_key_everything_is_done_again(store: Store, runner: CommandRunner) -> None:
    runner.run(call(key=None, name="north"))
    runner.run(call(key=None, name="south"))
    assert (count(store, Segment), count(store, RequestOutcome)) == (2, 0)


def test_a_refusal_takes_everything_back_and_is_kept_with_its_key(store: Store, runner: CommandRunner) -> None:
    problems = [InputProblem(("items", "3", "amount"), "too much", UserErrorCode.INVALID), InputProblem((), "no", UserErrorCode.CONFLICT)]

    def refuse(context: CommandContext, *, name: str) -> Outcome:
        insert_segment(context, name)
        raise InputRefusedError(problems)

    for _ in range(2):
        assert list(runner.run(call(refuse)).problems) == problems
    assert (count(store, Segment), count(store, AuditEntry), count(store, RequestOutcome)) == (0, 0, 1)


@pytest.mark.parametrize(
    ("error", "code"),
    [(NotFoundError("gone", path=("id",)), UserErrorCode.NOT_FOUND), (ConflictError("busy", path=("id",)), UserErrorCode.CONFLICT)],
    ids=["not found", "conflict"],
)
def test_errors_that_the_hub_knows_are_refusals(runner: CommandRunner, error: Exception, code: UserErrorCode) -> None:
    def refuse(_context: CommandContext, *, name: str) -> Outcome:
        del name
        raise error

    [problem] = runner.run(call(refuse)).problems
    assert (problem.path, problem.message, problem.code) == (("id",), str(error), code)


def test_a_fault_keeps_nothing_not_even_the_key(store: Store, runner: CommandRunner) -> None:
    def fail(context: CommandContext, *, name: str) -> Outcome:
        insert_segment(context, name)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        runner.run(call(fail))
    assert (count(store, Segment), count(store, RequestOutcome)) == (0, 0)
    assert runner.run(call()).once


def test_part_of_several_things_can_be_done(store: Store, runner: CommandRunner) -> None:
    left_out = InputProblem(("ids", "1"), "there is none", UserErrorCode.NOT_FOUND)

    def do_half(context: CommandContext, *, name: str) -> Outcome:
        return replace(make_segment(context, name=name), once={}, problems=[left_out])

    first, again = runner.run(call(do_half)), runner.run(call(do_half))
    assert (list(first.problems), list(again.problems)) == ([left_out], [left_out])
    assert first.shown == again.shown
    assert count(store, Segment) == 1


def test_a_key_is_good_again_after_a_day(store: Store) -> None:
    made = services(store)
    clock = FixedClock(NOW)
    runner = CommandRunner(replace(made, clock=clock), seconds=10)
    runner.run(call())
    clock.move_to(NOW + KEPT_FOR - timedelta(seconds=1))
    with pytest.raises(KeyReusedError):
        runner.run(call(name="south"))
    clock.move_to(NOW + KEPT_FOR)
    assert runner.run(call(name="south")).once
    assert count(store, Segment) == 2


def test_outcomes_are_forgotten_by_age(store: Store, runner: CommandRunner) -> None:
    runner.run(call())
    with store.write() as connection:
        assert forget_outcomes(connection, NOW + KEPT_FOR - timedelta(seconds=1)) == 0
        assert forget_outcomes(connection, NOW + KEPT_FOR) == 1


def test_hashes_tell_neither_key_nor_input(store: Store, runner: CommandRunner) -> None:
    runner.run(call(key="my key"))
    with store.read() as connection:
        [row] = connection.execute(sa.select(table_of(RequestOutcome))).mappings()
    assert b"my key" not in row["key_hash"] + row["input_hash"]
    assert "abracadabra" not in str(row["outcome"])
    other = replace(ADA, token_id=2)
    assert RequestKey.of(ADA, "k", b"x").key_hash != RequestKey.of(other, "k", b"x").key_hash
    assert RequestKey.of(ADA, "k", b"x").input_hash != RequestKey.of(ADA, "j", b"x").input_hash


def test_the_same_input_in_another_order_is_the_same_request_and_another_amount_is_not(runner: CommandRunner) -> None:
    def pay(_context: CommandContext, **_values: object) -> Outcome:
        return Outcome(shown={"paid": 1})

    asked: dict[str, Any] = {"amount": Money(150, "EUR"), "rate": Decimal("1.50"), "role": Role.ADMIN, "day": NOW.date(), "at": NOW}
    runner.run(replace(call(pay), values=asked))
    assert runner.run(replace(call(pay), values=dict(reversed((asked | {"rate": Decimal("1.5")}).items())))).shown == {"paid": 1}
    for other in ({"amount": Money(151, "EUR")}, {"amount": Money(150, "USD")}, {"rate": Decimal("1.51")}, {"role": Role.AUDITOR}):
        with pytest.raises(KeyReusedError):
            runner.run(replace(call(pay), values=asked | other))


def test_a_number_of_any_size_can_be_asked_for_once(runner: CommandRunner) -> None:
    def keep(_context: CommandContext, **_values: object) -> Outcome:
        return Outcome(shown={"kept": 1})

    asked: dict[str, Any] = {"options": {"size": 2**64, "parts": [{"b": -(10**100), "a": 1e300}]}, "unread": UnreadItem({"n": 2**64, "role": Role.ADMIN}, ())}
    runner.run(replace(call(keep), values=asked))
    again = {"unread": UnreadItem({"role": Role.ADMIN, "n": 2**64}, ()), "options": {"parts": [{"a": 1e300, "b": -(10**100)}], "size": 2**64}}
    assert runner.run(replace(call(keep), values=again)).shown == {"kept": 1}
    for other in ({"options": asked["options"] | {"size": 2**64 + 1}}, {"unread": UnreadItem({"n": 2**64 + 1, "role": Role.ADMIN}, ())}):
        with pytest.raises(KeyReusedError):
            runner.run(replace(call(keep), values=asked | other))


# --- at a time ------------------------------------------------------------------------------------


def test_a_request_that_comes_while_the_first_is_worked_on_is_told_to_come_again(store: Store, runner: CommandRunner) -> None:
    began, go_on = Event(), Event()

    def wait(context: CommandContext, *, name: str) -> Outcome:
        began.set()
        assert go_on.wait(20)
        return make_segment(context, name=name)

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(runner.run, call(wait))
        assert began.wait(20)
        meanwhile = runner.run(call())
        go_on.set()
        done = first.result(20)
    assert [(problem.path, problem.code) for problem in meanwhile.problems] == [(("idempotencyKey",), UserErrorCode.CONFLICT)]
    assert runner.run(call()).shown == done.shown
    assert count(store, Segment) == 1


def test_of_many_at_once_one_has_an_effect_whoever_serves_them(store: Store) -> None:
    """Each of two runners stands for a process: they share nothing but the database."""
    runners = [CommandRunner(services(store), seconds=30) for _ in range(2)]
    barrier = Barrier(8)

    def ask(number: int) -> Outcome:
        barrier.wait(20)
        return runners[number % 2].run(call())

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(ask, range(8)))
    assert count(store, Segment) == count(store, AuditEntry) == 1
    assert len([outcome for outcome in outcomes if outcome.once]) == 1
    shown = {outcome.shown["segment"] for outcome in outcomes if outcome.shown}
    assert len(shown) == 1
    for outcome in outcomes:
        assert outcome.shown or [problem.code for problem in outcome.problems] == [UserErrorCode.CONFLICT]


def test_another_process_that_works_on_the_key_is_noticed_at_once(postgresql_store: Store) -> None:
    key = RequestKey.of(ADA, "k", b"x")
    with postgresql_store.write() as first, postgresql_store.write() as second:
        assert recall(first, key, now=NOW) is None
        with pytest.raises(ConflictError, match="being worked on"):
            recall(second, key, now=NOW)


def test_a_key_that_is_held_is_free_again_after_a_fault() -> None:
    keys, key = KeysInFlight(), RequestKey.of(ADA, "k", b"x")

    def fail(work: Callable[[], None]) -> None:
        with keys.hold(key):
            work()

    with pytest.raises(ConflictError):
        fail(lambda: fail(lambda: None))
    fail(lambda: None)
