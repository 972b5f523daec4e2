"""The books: the one way in which anything changes. Whoever posts here changes the ledger and what the systems serve, together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from connectors.sandbox.system import System
from connectors.sandbox.world.bodies import body_of
from connectors.sandbox.world.crm_postings import Company, Contact, Subscription
from connectors.sandbox.world.entries import Entries
from connectors.sandbox.world.faults import Break, Drift
from connectors.sandbox.world.gateway_postings import Charge, GatewayCustomer, PaymentMethod
from connectors.sandbox.world.ledger import Ledger
from connectors.sandbox.world.postings import CreditNote, Customer, Invoice, Payment, Place, Posting, Refund

_PREFIXES: Mapping[type[Posting], str] = {
    Customer: "cus-",
    Invoice: "inv-",
    CreditNote: "cn-",
    Payment: "pay-",
    Refund: "ref-",
    Company: "com-",
    Contact: "con-",
    Subscription: "sub-",
    GatewayCustomer: "gc_",
    PaymentMethod: "pm_",
    Charge: "ch_",
}


@dataclass(slots=True)
class Books:
    """The ledger and the three systems that serve it, on one instant.

    Attributes:
        now: up to when everything has happened; it never goes back.
        breaks: the broken value of each poisoned object.
        drifts: changes of the APIs, in the order in which they came.
        future: invoices dated after today, by the day from which they count.
    """

    ledger: Ledger
    systems: Mapping[str, System]
    now: datetime
    breaks: dict[Place, Break] = field(default_factory=dict[Place, Break])
    drifts: list[Drift] = field(default_factory=list[Drift])
    future: dict[str, date] = field(default_factory=dict[str, date])
    _counts: Counter[str] = field(default_factory=Counter[str])

    @property
    def entries(self) -> Entries:
        """The entries of the ledger."""
        return self.ledger.entries

    def next_id(self, kind: type[Posting]) -> str:
        """An id that no posting of the kind ever had; ids of a kind rise as text too."""
        prefix = _PREFIXES[kind]
        return f"{prefix}{self.next_number(prefix):06d}"

    def next_number(self, series: str) -> int:
        """The next number of a series, from 1."""
        self._counts[series] += 1
        return self._counts[series]

    def post(self, at: datetime, *postings: Posting) -> None:
        """Enter postings and serve all that changed with them, as one change at one instant."""
        for posting in postings:
            self.entries.put(posting)
            if isinstance(posting, Invoice) and posting.dated > self.entries.today:
                self.future[posting.id] = posting.dated
        self.publish(at)

    def publish(self, at: datetime) -> None:
        """Serve what changed in the entries. What is served as before stays as it is, version and all."""
        changed, self.entries.changed = self.entries.changed, {}
        for place in changed:
            posting = self.entries.at(place)
            if posting is not None:
                self.serve(posting, at)

    def serve(self, posting: Posting, at: datetime) -> None:
        """Bring one object of a system up to its posting."""
        place, system = posting.place, self.systems[posting.system]
        stored, body = system.find(place.collection, place.id), self.body(posting)
        if posting.is_deleted:
            if stored is not None and not stored.is_deleted:
                system.remove(place.collection, place.id, at=at, body=body)
        elif stored is None or stored.is_deleted or stored.body != body:
            system.put(place.collection, place.id, body, at=at)

    def body(self, posting: Posting) -> dict[str, Any]:
        """The body of a posting as it is served: with its broken value, if it has one, and as the API is now."""
        body = body_of(self.entries, posting)
        for drift in self.drifts:
            if (drift.system, drift.collection) == (posting.system, posting.collection):
                body = drift.apply(body)
        found = self.breaks.get(posting.place)
        return body if found is None else found.apply(body)

    def begin_drift(self, drift: Drift) -> None:
        """Serve all bodies of a collection in another way, without a new version of any."""
        self.drifts.append(drift)
        self._render_again(drift)

    def end_drift(self, drift: Drift) -> None:
        """Serve them again as before. Raises ValueError for a drift that has not begun."""
        self.drifts.remove(drift)
        self._render_again(drift)

    def _render_again(self, drift: Drift) -> None:
        for stored in self.systems[drift.system].collections.get(drift.collection, {}).values():
            place = Place(drift.system, drift.collection, stored.id)
            posting = self.ledger.held.get(place) or self.entries.at(place)
            if posting is not None:
                stored.body = self.body(posting)

    def turn_to(self, at: datetime) -> None:
        """Let time pass: on its day, at midnight, a future invoice begins to count. Raises ValueError for an instant before now."""
        if at < self.now:
            raise ValueError(f"it is {self.now} already, {at} is over")
        self.now = at
        if at.date() == self.entries.today:
            return
        for day in sorted({day for day in self.future.values() if day <= at.date()}):
            self.entries.today = day
            arrived = [key for key, on in self.future.items() if on == day]
            self.entries.note_customers([self.entries.of(Invoice)[key].customer_id for key in arrived])
            self.publish(datetime.combine(day, time(), tzinfo=UTC))
            for key in arrived:
                del self.future[key]
        self.entries.today = at.date()

    def is_sound(self, posting: Posting) -> bool:
        """Whether a posting may be changed: it is there, and neither it nor an invoice it is set against is poisoned.

        What is poisoned is left alone until it is mended, so that its last good version stays the truth.
        """
        if posting.is_deleted or posting.place in self.ledger.poison:
            return False
        if not isinstance(posting, Payment | CreditNote):
            return True
        invoices = self.entries.of(Invoice)
        return all(invoices[each.invoice_id].place not in self.ledger.poison for each in posting.allocations)
