"""An audit of a world from its bodies alone: everything added up again from what the systems serve, in decimals."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from connectors.sandbox.world.world import World

PLACES = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0, "KWD": 3}


def minor(text: str, currency: str) -> int:
    """A decimal text as minor units; an AssertionError unless it has exactly the currency's places."""
    _, _, fraction = text.partition(".")
    assert len(fraction) == PLACES[currency], f"{text} {currency}"
    return int(Decimal(text).scaleb(PLACES[currency]))


class Audit:
    """The sums of what accounting serves; nothing may be poisoned."""

    def __init__(self, world: World) -> None:
        self._world = world
        assert not world.ledger.poisoned("accounting")
        self.today = world.now.date().isoformat()
        self.paid: defaultdict[str, int] = defaultdict(int)
        self.credited: defaultdict[str, int] = defaultdict(int)
        self.refunded: defaultdict[str, int] = defaultdict(int)
        self._add_up()

    def served(self, collection: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Living and visible objects of a collection by id."""
        for key, stored in self._world.accounting.collections.get(collection, {}).items():
            if stored.is_visible and not stored.is_deleted:
                yield key, stored.body

    def _add_up(self) -> None:
        for _, payment in self.served("payments"):
            if payment["status"] == "settled":
                self._allocate(payment, self.paid)
        for _, note in self.served("credit_notes"):
            if note["status"] != "void":
                self._allocate(note, self.credited)
        for _, refund in self.served("refunds"):
            if refund["status"] == "settled":
                self.refunded[refund["payment_id"] or refund["credit_note_id"]] += minor(refund["amount"], refund["currency"])

    @staticmethod
    def _allocate(source: dict[str, Any], sums: defaultdict[str, int]) -> None:
        for each in source["allocations"]:
            sums[each["invoice_id"]] += minor(each["amount"], source["currency"])

    def due(self, key: str, invoice: dict[str, Any]) -> int:
        """What remains of an invoice: nothing of one that was written off."""
        if invoice["status"] == "written_off":
            return 0
        return minor(invoice["total"], invoice["currency"]) - self.paid[key] - self.credited[key]

    def unused(self, key: str, source: dict[str, Any], amount: str) -> int:
        """What is left of a payment or credit note that counts."""
        allocated = sum(minor(each["amount"], source["currency"]) for each in source["allocations"])
        return minor(source[amount], source["currency"]) - allocated - self.refunded[key]

    def balances(self) -> dict[str, dict[str, int]]:
        """What each customer owes net of what is left, by currency, without zeros."""
        sums: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for key, invoice in self.served("invoices"):
            if invoice["status"] in {"open", "paid"} and invoice["date"] <= self.today:
                sums[invoice["customer_id"]][invoice["currency"]] += self.due(key, invoice)
        for key, payment in self.served("payments"):
            if payment["status"] == "settled":
                sums[payment["customer_id"]][payment["currency"]] -= self.unused(key, payment, "amount")
        for key, note in self.served("credit_notes"):
            if note["status"] != "void":
                sums[note["customer_id"]][note["currency"]] -= self.unused(key, note, "total")
        return {customer: {currency: amount for currency, amount in found.items() if amount} for customer, found in sums.items()}
