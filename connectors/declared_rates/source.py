"""The source of declared rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.plugins import ExchangeRateRecord, SourceContractError

NAME = "declared"


@dataclass(frozen=True, slots=True)
class DeclaredRates:
    """Gives the rates that the settings declare."""

    rates: Sequence[ExchangeRateRecord]

    @property
    def name(self) -> str:
        """Kept with every rate as its source."""
        return NAME

    async def fetch(self, *, base_currency: str, since: date | None) -> Sequence[ExchangeRateRecord]:
        """The declared rates from `since` on, that day included. Raises SourceContractError when they lead to another currency."""
        strangers = {rate.base_currency for rate in self.rates} - {base_currency}
        if strangers:
            message = f"the declared rates lead to {', '.join(sorted(strangers))}, not to {base_currency}: restart the hub after a change of currency"
            raise SourceContractError(message, connection=NAME)
        return [rate for rate in self.rates if since is None or rate.rate_date >= since]
