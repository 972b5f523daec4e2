"""The OAuth tokens of the accounting system: refresh tokens are single use and rotate, access tokens expire."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.plugins import Clock

ACCESS_SECONDS = 1800
FIRST_REFRESH_TOKEN = "rt-0"  # noqa: S105 - the fixed token of a sandbox
"""What a connection that was never used presents first."""

_NUMBERED = re.compile(r"(rt|at)-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What an exchange gives."""

    access_token: str
    refresh_token: str


@dataclass(slots=True)
class Tokens:
    """The tokens that are in force. Both tokens of one exchange have the same number, and later exchanges higher ones.

    `previous` is the refresh token that the last exchange took. It stays valid until anything of a later number has been used, so that an
    answer which got lost can be asked for again; the lost one is then worthless. Several processes may each have a server of the same
    sandbox, and share what it gives: a refresh token of a number that this server has not reached was given by another one of them, or
    before this one started, and is the last. An access token of another one is unknown here.
    """

    clock: Clock
    previous: int | None = None
    current: int | None = None
    _expiry: dict[int, datetime] = field(default_factory=dict[int, datetime])

    def exchange(self, refresh_token: str) -> TokenPair | None:
        """A new pair for a refresh token; None where it is not, or no longer, valid."""
        presented = _number(refresh_token, "rt")
        if presented is None or not self._is_valid(presented):
            return None
        number = max(presented, self.current or 0) + 1
        self.previous, self.current = presented, number
        now = self.clock.now()
        self._expiry = {given: expiry for given, expiry in self._expiry.items() if expiry > now}
        self._expiry[number] = now + timedelta(seconds=ACCESS_SECONDS)
        return TokenPair(f"at-{number}", f"rt-{number}")

    def accepts(self, access_token: str) -> bool:
        """Whether an access token is in force. Its use proves that the answer which gave it arrived."""
        number = _number(access_token, "at")
        if number is None or number not in self._expiry or self._expiry[number] <= self.clock.now():
            return False
        if self.previous is not None and number > self.previous:
            self.previous = None
        return True

    def _is_valid(self, presented: int) -> bool:
        return self.current is None or presented >= self.current or presented == self.previous


def _number(token: str, kind: str) -> int | None:
    found = _NUMBERED.fullmatch(token)
    return int(found[2]) if found and found[1] == kind else None
