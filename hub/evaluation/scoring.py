"""A plugin's scorer asked about the customers whose figures were refreshed (B22).

It is foreign code: it is asked in a thread, outside any transaction and for a limited time, and what it answers is looked at before it is kept. Whatever
goes wrong leaves the risk of these customers unknown, with a sentence that says why, and nothing else.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from traceback import extract_tb
from types import MappingProxyType
from typing import Any, cast

import sqlalchemy as sa
import structlog

from hub.clock import Clock, business_date
from hub.config import Settings
from hub.config.problems import nearest
from hub.errors import ConfigurationError
from hub.evaluation.book import RISK, RuleBook
from hub.evaluation.customer_values import read_values
from hub.evaluation.facts import Facts
from hub.evaluation.scores import Marked, give_back, is_anybody_due, keep_failure, keep_scores, take_due
from hub.health.basis import Basis
from hub.health.reading import is_kept
from hub.model import Customer, table_of
from hub.plugins.risk_scorer import RiskCustomer, RiskScore, RiskScorer
from hub.store.engine import Store
from hub.store.lookup import is_among
from hub.vocabulary import PaymentRisk
from rules.fields import Level, Operator
from rules.model import Comparison

_CUSTOMERS = table_of(Customer)
_AT_ONCE = 500
_PATIENCE_SECONDS = 60
_AGAIN_AFTER = timedelta(minutes=15)
"""How long a scorer that failed is left alone; and after which customers are taken up again by whom another process was stopped."""

_LONGEST_PASS = timedelta(minutes=5)
"""How long whoever brought figures up stays to have them scored; what is left is taken up at the next look."""

_PLACE = ("workspace", "payment_risk", "scorer")

_log = structlog.get_logger(__name__)

Scores = Mapping[int, RiskScore]


class _WrongAnswerError(Exception):
    """A scorer's answer does not keep the contract; the text is ours."""


def find_scorer(settings: Settings, scorers: Mapping[str, RiskScorer], book: RuleBook) -> RiskScorer | None:
    """The scorer that the workspace names; None: it names none. Raises ConfigurationError, with the place, where it is not there or cannot be asked."""
    name = settings.workspace.payment_risk.scorer
    if name is None:
        return None
    place = settings.places.of(*_PLACE)
    if name not in scorers:
        message = f"{place}: no plugin brings the risk scorer {name!r}; {nearest(name, scorers)}. Name the plugin in [[plugins]], or correct the name"
        raise ConfigurationError(message)
    for wanted in scorers[name].fields:
        wrong = _what_is_wrong(wanted, book)
        if wrong is not None:
            message = f"{place}: the risk scorer {name!r} asks for a field that it cannot have: {wrong}. Mend the plugin, or name another scorer"
            raise ConfigurationError(message)
    return scorers[name]


def _what_is_wrong(wanted: object, book: RuleBook) -> str | None:
    if not isinstance(wanted, str):
        return f"{type(wanted).__name__} is no id"
    if wanted == RISK:
        return f"{RISK} is what it gives"
    return next((found.message for found in book.check(Comparison(wanted, Operator.IS_SET), Level.CUSTOMER) if found.is_error), None)


@dataclass(frozen=True, slots=True)
class RiskScoring:
    """Asks the scorer of whoever is marked. `patience_seconds` is how long it may take for up to 500 customers."""

    store: Store
    book: RuleBook
    scorer: RiskScorer | None
    clock: Clock
    patience_seconds: float = _PATIENCE_SECONDS
    _turn: Lock = field(default_factory=Lock, init=False, repr=False)
    _stops: list[Future[None]] = field(default_factory=list[Future[None]], init=False, repr=False)

    def __call__(self) -> bool:
        """Ask of everybody who is marked, and keep what it says; returns whether anybody was asked of. Must not be called within a transaction.

        One asks at a time in a process, and a call that was given up keeps its turn until it ends: a scorer that hangs is not called over and over.
        Within `apart` nobody is asked of: whoever entered it does that.
        """
        return not self._stops and self._ask(until=self.clock.now() + _LONGEST_PASS)

    def ask_once(self) -> bool:
        """The same for one batch, also within `apart`."""
        return self._ask(until=None)

    @contextmanager
    def apart(self) -> Generator[Callable[[], None]]:
        """Within this block calls leave the scorer to whoever entered it. What it gives has a batch that is being asked of left behind, from any thread."""
        stop: Future[None] = Future()
        self._stops.append(stop)
        try:
            yield partial(_end, stop)
        finally:
            self._stops.remove(stop)

    def _ask(self, *, until: datetime | None) -> bool:
        """Batch by batch until an instant; None: one batch."""
        if self.scorer is None or not self._is_anybody_due():
            return False
        if not self._turn.acquire(blocking=False):
            _log.info("the risk scorer is being asked already", scorer=self.scorer.name)
            return False
        hanging: Future[Scores] | None = None
        try:
            hanging = self._ask_of_all(self.scorer, until)
        finally:
            if hanging is None:
                self._turn.release()
            else:
                hanging.add_done_callback(lambda _: self._turn.release())
        return True

    def _basis(self) -> Basis:
        workspace = self.book.workspace
        return Basis.of(workspace, business_date(self.clock, workspace.time_zone))

    def _is_anybody_due(self) -> bool:
        basis = self._basis()
        with self.store.read() as connection:
            return is_kept(connection, basis) and is_anybody_due(connection, basis, asked_before=self.clock.now() - _AGAIN_AFTER)

    def _ask_of_all(self, scorer: RiskScorer, until: datetime | None) -> Future[Scores] | None:
        """Batch by batch; returns a call that was given up, with which it ends."""
        basis = self._basis()
        while True:
            now = self.clock.now()
            with self.store.write() as connection:
                marked = take_due(connection, basis, asked_before=now - _AGAIN_AFTER, now=now, most=_AT_ONCE)
            hanging = self._ask_of(scorer, basis, marked) if marked else None
            if hanging is not None or not marked or until is None or self.clock.now() >= until:
                return hanging

    def _ask_of(self, scorer: RiskScorer, basis: Basis, marked: Sequence[Marked]) -> Future[Scores] | None:
        customers = self._customers(scorer, basis, marked)
        call = _called(lambda: _checked(scorer.score(customers, as_of=basis.as_of), customers))
        wait(cast("list[Future[Any]]", [call, *self._stops]), self.patience_seconds, FIRST_COMPLETED)
        if not call.done():
            self._give_up(scorer, marked)
            return call
        error = call.exception()
        if error is not None:
            self._note_failure(scorer, marked, _told(error), place=_place(error))
            return None
        with self.store.write() as connection:
            keep_scores(connection, marked, call.result(), left_out=f"The risk scorer {scorer.name!r} left this customer out.")
        return None

    def _give_up(self, scorer: RiskScorer, marked: Sequence[Marked]) -> None:
        """Leave a call behind: it took too long, or the process is about to end, and then the next one asks of these customers at once."""
        if not any(stop.done() for stop in self._stops):
            self._note_failure(scorer, marked, f"it took longer than {self.patience_seconds:g} seconds", place=None)
            return
        with self.store.write() as connection:
            give_back(connection, marked)

    def _note_failure(self, scorer: RiskScorer, marked: Sequence[Marked], problem: str, *, place: str | None) -> None:
        _log.warning("the risk scorer failed", scorer=scorer.name, customers=len(marked), problem=problem, place=place)
        again = f"It is asked again after {_AGAIN_AFTER.seconds // 60} minutes."
        with self.store.write() as connection:
            keep_failure(connection, marked, f"The risk scorer {scorer.name!r} gave no score: {problem}. {again}")

    def _customers(self, scorer: RiskScorer, basis: Basis, marked: Sequence[Marked]) -> Sequence[RiskCustomer]:
        ids = [one.customer_id for one in marked]
        with self.store.read() as connection:
            facts = Facts.on(connection, basis).of_customers(sa.select(_CUSTOMERS.c.id).where(is_among(_CUSTOMERS.c.id, ids)))
            found = read_values(connection, self.book.customers(facts), ids=ids, fields=scorer.fields)
        return [RiskCustomer(key, MappingProxyType(dict(found[key]))) for key in ids if key in found]


def _end(stop: Future[None]) -> None:
    if not stop.done():
        stop.set_result(None)


def _called(function: Callable[[], Scores]) -> Future[Scores]:
    """A call in a thread that ends with the process."""
    call: Future[Scores] = Future()

    def work() -> None:
        try:
            call.set_result(function())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            call.set_exception(error)

    Thread(target=work, name="risk-scorer", daemon=True).start()
    return call


def _checked(answer: object, customers: Sequence[RiskCustomer]) -> Scores:
    """An answer that keeps the contract, as values of our own. Raises _WrongAnswerError; a mapping may be foreign code, too."""
    if not isinstance(answer, Mapping):
        raise _WrongAnswerError("it gave no mapping of scores by customer")
    scores = dict(cast("Mapping[Any, Any]", answer))
    if not scores.keys() <= {customer.id for customer in customers}:
        raise _WrongAnswerError("it scored customers that it was not asked of")
    if not all(map(_is_score, scores.values())):
        raise _WrongAnswerError("a score is no RiskScore with a PaymentRisk and a tuple of texts")
    return {key: RiskScore(score.level, tuple(map(str, score.reasons))) for key, score in scores.items()}


def _is_score(score: object) -> bool:
    if not isinstance(score, RiskScore):
        return False
    level, reasons = cast("object", score.level), cast("object", score.reasons)
    return isinstance(level, PaymentRisk) and isinstance(reasons, tuple) and all(isinstance(reason, str) for reason in cast("tuple[object, ...]", reasons))


def _told(error: BaseException) -> str:
    """An error in words that give nothing away: its message may hold what the plugin keeps secret."""
    return str(error) if isinstance(error, _WrongAnswerError) else f"it failed with {type(error).__name__}"


def _place(error: BaseException) -> str | None:
    """Where in the code an error was raised, without its message."""
    frames = extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else None
