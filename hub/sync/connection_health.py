"""How a connection fares, in one word and one sentence for people, from facts that are handed in."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.vocabulary import ConnectionState, ConnectionStatus, SyncRunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """What is known of a connection. Every fact that may be absent is None then: no run, no notice, no schedule.

    `takes_pushes`: integrators push to it, and nothing is read of it by itself. `stopped_at` is when it was told that the connection is
    stopped. `streak_since` is the end of the first of its latest runs that all ended alike. `data_as_of` is the instant up to which every
    feed is known; None: some feed was never read to its end. `history_from` is the first date of the documents that are known. The problem
    is that of the feed that has stood still longest; the notice is the gravest open one that tells more than status and runs.
    """

    name: str
    status: ConnectionStatus
    status_reason: str | None = None
    created_at: datetime
    takes_pushes: bool = False
    history_from: date | None = None
    stopped_at: datetime | None = None
    run_status: SyncRunStatus | None = None
    run_message: str | None = None
    run_started_at: datetime | None = None
    run_ended_at: datetime | None = None
    run_read_count: int | None = None
    waiting_until: datetime | None = None
    streak_since: datetime | None = None
    data_as_of: datetime | None = None
    feed: str | None = None
    problem: str | None = None
    problem_since: datetime | None = None
    notice_message: str | None = None
    notice_raised_at: datetime | None = None
    rejected_count: int = 0
    rejected_since: datetime | None = None
    next_slot_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """How a connection fares, what to know of it or do about it, and since when that has been so (None: it cannot be told)."""

    state: ConnectionState
    summary: str
    since: datetime | None


def connection_health(facts: ConnectionFacts, *, today: date, zone: ZoneInfo) -> ConnectionHealth:
    """The one thing that matters most now. Instants are told in the zone, those of `today` by their time alone."""
    teller = _Teller(facts, today, zone)
    return teller.stopped() or teller.going_on() or teller.in_trouble() or teller.well()


def reconnecting(name: str) -> str:
    """What a person does about a connection whose source refused our credentials."""
    return f"set its secret anew, then `dunwell connections resume {name}`"


@dataclass(frozen=True, slots=True)
class _Teller:
    """Puts facts into words; each method says None when it has nothing to say."""

    facts: ConnectionFacts
    today: date
    zone: ZoneInfo

    def stopped(self) -> ConnectionHealth | None:
        """Nothing runs before a person does something."""
        facts = self.facts
        since = f" since {self._time(facts.stopped_at)}" if facts.stopped_at else ""
        why = f" ({facts.status_reason})" if facts.status_reason else ""
        match facts.status:
            case ConnectionStatus.REMOVED:
                summary = "Configured no longer; what was read stays"
            case ConnectionStatus.NEEDS_AUTHORISATION:
                summary = f"Stopped{since}: the source refused our credentials{why}; {reconnecting(facts.name)}"
            case ConnectionStatus.PAUSED:
                summary = f"Paused{since}{why}; resume it with `dunwell connections resume {facts.name}`"
            case ConnectionStatus.ACTIVE:
                return None
        return ConnectionHealth(ConnectionState.STOPPED, summary, facts.stopped_at)

    def going_on(self) -> ConnectionHealth | None:
        """A run is under way, or none ever was."""
        facts = self.facts
        if facts.run_status is None:
            nothing = "Nothing was pushed yet" if facts.takes_pushes else "Never read"
            return ConnectionHealth(ConnectionState.NEVER_RUN, f"{nothing}{self._next_run()}", facts.created_at)
        if facts.run_status is not SyncRunStatus.RUNNING or facts.run_started_at is None:
            return None
        if facts.notice_message is not None and facts.notice_raised_at is not None and facts.notice_raised_at > facts.run_started_at:
            begun = f"the run that began at {self._time(facts.run_started_at)} has not ended"
            return self._attention(f"{_sentence(facts.notice_message).rstrip('.')}; {begun}", facts.notice_raised_at)
        if facts.waiting_until is not None:
            why = f": {facts.run_message}" if facts.run_message else ""
            return ConnectionHealth(ConnectionState.WAITING, f"Reading again at {self._time(facts.waiting_until)}{why}", facts.run_started_at)
        summary = f"Reading since {self._time(facts.run_started_at)}: {facts.run_read_count or 0:,} records so far"
        return ConnectionHealth(ConnectionState.SYNCING, summary, facts.run_started_at)

    def in_trouble(self) -> ConnectionHealth | None:
        """The last run did not go well, or something waits for a person."""
        facts = self.facts
        message = facts.run_message or "it did not say why"
        match facts.run_status:
            case SyncRunStatus.FAILED:
                return ConnectionHealth(ConnectionState.FAILING, f"The last run failed: {message}{self._known()}{self._next_run()}", facts.streak_since)
            case SyncRunStatus.HELD:
                return self._attention(f"Held: {message}", facts.streak_since)
            case SyncRunStatus.CANCELLED:
                return self._attention(f"The last run was stopped before its end{self._known()}{self._next_run()}", facts.run_ended_at)
            case _:
                return self._waits_for_a_person()

    def well(self) -> ConnectionHealth:
        """The last run succeeded, and nothing waits."""
        facts = self.facts
        if facts.data_as_of is not None:
            told = f"Up to date as of {self._time(facts.data_as_of)}"
        elif facts.takes_pushes and facts.run_ended_at is not None:
            told = f"Takes what is pushed; its last run ended at {self._time(facts.run_ended_at)}"
        else:
            told = "The last run went well; not every feed has been read to its end"
        return ConnectionHealth(ConnectionState.HEALTHY, f"{told}{self._next_run()}{self._history()}", facts.streak_since)

    def _waits_for_a_person(self) -> ConnectionHealth | None:
        facts = self.facts
        if facts.problem is not None:
            since = f" since {self._time(facts.problem_since)}" if facts.problem_since else ""
            return self._attention(f"{facts.feed} has stood still{since}: {facts.problem}", facts.problem_since)
        if facts.notice_message is not None:
            return self._attention(_sentence(facts.notice_message), facts.notice_raised_at)
        if facts.rejected_count:
            were = "record was" if facts.rejected_count == 1 else "records were"
            return self._attention(f"{facts.rejected_count:,} {were} refused (`dunwell rejected list`){self._known()}", facts.rejected_since)
        return None

    def _attention(self, summary: str, since: datetime | None) -> ConnectionHealth:
        return ConnectionHealth(ConnectionState.ATTENTION, f"{summary.rstrip('.')}{self._history()}", since)

    def _known(self) -> str:
        known = self.facts.data_as_of
        if known is None and self.facts.takes_pushes:
            return ""
        return "; nothing is known for certain yet" if known is None else f"; data as of {self._time(known)}"

    def _next_run(self) -> str:
        slot = self.facts.next_slot_at
        return "" if slot is None else f", next run at {self._time(slot)}"

    def _history(self) -> str:
        """What is missing by agreement is said, so that nobody takes it for nothing (ST10)."""
        start = self.facts.history_from
        return "" if start is None else f". Read from {start} on; what is older is not here"

    def _time(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        return f"{local:%H:%M}" if local.date() == self.today else f"{local:%Y-%m-%d %H:%M}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
