"""The contract of a source of exchange rates."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from hub.plugins.records import ExchangeRateRecord


class RateSource(Protocol):
    """Gives dated rates to the workspace currency."""

    @property
    def name(self) -> str:
        """Kept with every rate as its source."""
        ...

    async def fetch(self, *, base_currency: str, since: date | None) -> Sequence[ExchangeRateRecord]:
        """The rates into `base_currency` from `since` on (None: all that there are). Raises SourceError when they cannot be had."""
        ...
