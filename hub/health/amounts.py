"""The kept amounts of one document, from its facts: pure, exact, and the same at import and after a settlement.

The definitions are B0, B4, B13 and B41 of the specification. Everything is in minor units; dates are business dates.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from hub.money import convert_minor
from hub.vocabulary import Lifecycle, PaymentState, SettlementKind


class Rate(Struct, frozen=True):
    """A rate in force: `amount × numerator ÷ denominator` takes minor units to minor units. `window_id` is where it came from, None for the base currency."""

    window_id: int | None
    numerator: int
    denominator: int


IDENTITY = Rate(None, 1, 1)


class Statement(Struct, frozen=True, gc=False):
    """What a source states of a document's settled amounts; None where it makes no statement."""

    paid_minor: int | None = None
    adjusted_minor: int | None = None
    write_off_minor: int | None = None
    balance_minor: int | None = None


class Residual(Struct, frozen=True, gc=False):
    """What a statement exceeds our dated settlements by: ONE settlement, dated `on`. All zero and None when there is none."""

    paid_minor: int = 0
    adjusted_minor: int = 0
    write_off_minor: int = 0
    on: date | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the statement is covered by dated settlements."""
        return not (self.paid_minor or self.adjusted_minor or self.write_off_minor)


NO_RESIDUAL = Residual()


class SettledSums(Struct, frozen=True, gc=False):
    """Sums of dated, counting settlements by what they lower: once over all dates, once up to the business date."""

    paid_minor: int = 0
    adjusted_minor: int = 0
    write_off_minor: int = 0


NOTHING_SETTLED = SettledSums()


class InvoiceAmounts(Struct, frozen=True, gc=False):
    """An invoice's amounts on one date: `due = total − paid − adjusted − written off`, negative when it is over-settled."""

    paid_minor: int
    adjusted_minor: int
    write_off_minor: int
    due_minor: int


def residual_of(
    total_minor: int,
    statement: Statement,
    settled: SettledSums,
    *,
    lifecycle: Lifecycle = Lifecycle.ISSUED,
) -> tuple[int, int, int]:
    """What the source states above our dated settlements, as (paid, adjusted, written off), never negative (B41).

    A stated balance stands in for a paid amount that is not stated; a written-off document without a stated write-off is written off
    by what would remain.
    """
    adjusted = max(0, (statement.adjusted_minor or 0) - settled.adjusted_minor)
    write_off = max(0, (statement.write_off_minor or 0) - settled.write_off_minor)
    paid_statement = statement.paid_minor
    if paid_statement is None and statement.balance_minor is not None and lifecycle is Lifecycle.ISSUED:
        other = settled.adjusted_minor + adjusted + settled.write_off_minor + write_off
        paid_statement = total_minor - statement.balance_minor - other
    paid = max(0, (paid_statement or 0) - settled.paid_minor)
    if lifecycle is Lifecycle.WRITTEN_OFF and statement.write_off_minor is None:
        remaining = total_minor - settled.paid_minor - paid - settled.adjusted_minor - adjusted - settled.write_off_minor
        write_off = max(0, remaining)
    return paid, adjusted, write_off


def date_residual(amounts: tuple[int, int, int], previous: Residual, *, paid_on: date | None, source_updated_on: date | None, today: date) -> Residual:
    """Date a residual: the paid-on date, else the source's update date, else the day first seen (B41).

    While its amounts stay the same it keeps the date that it was first given, unless the source states the paid-on date.
    """
    if not any(amounts):
        return NO_RESIDUAL
    unchanged = amounts == (previous.paid_minor, previous.adjusted_minor, previous.write_off_minor) and previous.on is not None
    on = paid_on or (previous.on if unchanged else None) or source_updated_on or today
    return Residual(*amounts, on)


def invoice_amounts(total_minor: int, settled: SettledSums, residual: Residual, *, today: date) -> InvoiceAmounts:
    """The kept amounts; `settled` covers settlements effective up to `today`, the residual counts from its own date."""
    paid, adjusted, write_off = settled.paid_minor, settled.adjusted_minor, settled.write_off_minor
    if residual.on is not None and residual.on <= today:
        paid += residual.paid_minor
        adjusted += residual.adjusted_minor
        write_off += residual.write_off_minor
    return InvoiceAmounts(paid, adjusted, write_off, total_minor - paid - adjusted - write_off)


def remaining_parts(parts: Sequence[int], due_minor: int) -> list[int]:
    """What remains of each due part, in order of due date, when `due_minor` remains of the whole: the earliest are covered first (B4).

    What is due above the total (money taken back that had never settled it) falls on the first part, so that the parts always add up.
    """
    settled = sum(parts) - due_minor
    remaining: list[int] = []
    for part in parts:
        covered = min(part, settled)
        settled -= covered
        remaining.append(part - covered)
    return remaining


def convert_parts(parts: Sequence[int], rate: Rate) -> list[int]:
    """Each part converted so that all together are the conversion of their sum: differences of converted running totals (B13)."""
    converted: list[int] = []
    running = before = 0
    for part in parts:
        running += part
        total = convert_minor(running, rate.numerator, rate.denominator)
        converted.append(total - before)
        before = total
    return converted


def convert(amount_minor: int, rate: Rate | None) -> int | None:
    """One amount in the workspace currency, half-even; None without a rate."""
    if rate is None:
        return None
    if rate.window_id is None:
        return amount_minor
    return convert_minor(amount_minor, rate.numerator, rate.denominator)


def convert_all(amounts: Sequence[int], rate: Rate | None) -> Sequence[int | None]:
    """Several amounts, each as `convert` does it."""
    if rate is None:
        return [None] * len(amounts)
    if rate.window_id is None:
        return amounts
    numerator, denominator = rate.numerator, rate.denominator
    return [amount and convert_minor(amount, numerator, denominator) for amount in amounts]


def payment_counts(state: PaymentState, *, payment_date: date, reversed_on: date | None, today: date) -> bool:
    """Whether a payment's money is there on a day: SETTLED from its date; RETURNED and CHARGED_BACK until the reversal (PY23)."""
    if payment_date > today:
        return False
    if state is PaymentState.SETTLED:
        return True
    return state in REVERSED_STATES and reversed_on is not None and today < reversed_on


REVERSED_STATES = frozenset({PaymentState.RETURNED, PaymentState.CHARGED_BACK})
"""States of money that was there and was taken back."""

SETTLING_STATES = REVERSED_STATES | {PaymentState.SETTLED}
"""States whose allocations are facts about invoices; in any other state nothing was settled."""

PAID_KINDS = frozenset({SettlementKind.PAYMENT})
ADJUSTED_KINDS = frozenset({SettlementKind.CREDIT_NOTE, SettlementKind.ADJUSTMENT})
