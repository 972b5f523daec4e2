"""The streams that land, in the order in which a page is applied: parents first."""

from hub.sync.landing import (
    contacts,
    credit_notes,
    customers,
    exchange_rates,
    invoices,
    payment_attempts,
    payment_methods,
    payments,
    refunds,
    subscriptions,
)
from hub.sync.landing.frame import Landing
from hub.vocabulary import Stream

_IN_ORDER = (
    exchange_rates,
    customers,
    contacts,
    invoices,
    credit_notes,
    payments,
    refunds,
    payment_methods,
    payment_attempts,
    subscriptions,
)

LANDINGS: dict[Stream, Landing] = {module.LANDING.stream: module.LANDING for module in _IN_ORDER}
