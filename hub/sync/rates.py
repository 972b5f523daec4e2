"""Rates that arrive within a page: their windows are derived, and what they convert is converted again, in the same transaction."""

from hub.health.rate_table import load_rate_table
from hub.health.rates import rebuild_rate_windows
from hub.health.refresh import reconvert
from hub.sync.context import PageWork


def apply_rates(work: PageWork) -> None:
    """Bring windows, converted amounts and the page's rate table in line with the exchange rates."""
    basis = work.run.basis
    changed = rebuild_rate_windows(work.connection, basis.base_currency)
    if not changed:
        return
    reconvert(work.connection, basis, changed)
    work.rates = load_rate_table(work.connection, basis.base_currency, basis.conversion_date)
