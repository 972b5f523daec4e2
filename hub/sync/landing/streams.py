"""The streams that land, in the order in which a page is applied: parents first."""

from hub.sync.landing import contacts, credit_notes, customers, exchange_rates, invoices, payments
from hub.sync.landing.frame import Landing
from hub.vocabulary import Stream

LANDINGS: dict[Stream, Landing] = {module.LANDING.stream: module.LANDING for module in (exchange_rates, customers, contacts, invoices, credit_notes, payments)}
