"""Explanations in words: values, what was counted, and what would turn a verdict."""

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal

from hub.evaluation.reading import Counted, Reading, Value
from hub.evaluation.scores import StoredScore
from hub.evaluation.turning import Change
from hub.money import Money
from hub.vocabulary import RuleChangeKind
from rules.model import Comparison, Leaf, Total
from rules.words import PLURALS

_DECIMALS = 4
_EXACT = Context(prec=100)
"""Room for every number that a field can have."""


def told_value(value: Value) -> str:  # noqa: PLR0911 - one a kind
    """A value for people; `not set` where it is missing."""
    match value:
        case None:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value) or "none"
        case Money():
            return f"{value.amount:,} {value.currency}"
        case Decimal():
            return f"{value.quantize(Decimal(1).scaleb(-_DECIMALS), context=_EXACT).normalize(_EXACT):f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def told_reading(leaf: Leaf, reading: Reading) -> str:
    """What is behind the verdict on one of the smallest parts of a rule."""
    if isinstance(leaf, Comparison):
        return f"{leaf.field} is {told_value(reading.value)}"
    counted = _counted(reading.counted)
    return f"{told_value(reading.value)}, over {counted}" if isinstance(leaf, Total) and leaf.field is not None else counted


def told_score(score: StoredScore | None) -> Sequence[str]:
    """Why the payment risk is what a scorer said, or why it is not known; None: there is no score of the day."""
    if score is None:
        return ["There is no score of this day: scores are kept for today alone."]
    if score.level is not None:
        return score.reasons
    return [score.problem or "The scorer has not been asked yet about the figures as they are now."]


def told_change(change: Change, *, holds: bool) -> str:
    """What would turn a verdict. `holds` is the verdict as it is."""
    becomes = "no longer holds" if holds else "holds"
    match change.kind:
        case RuleChangeKind.TIME:
            return f"It {becomes} by itself on {told_value(change.on)}, if nothing else happens."
        case RuleChangeKind.PAYMENT:
            return f"It {becomes} once this invoice is paid in full: {told_value(change.amount)}."
        case RuleChangeKind.VALUE:
            return f"It {becomes} when this is so: {change.condition}. Now it is {told_value(change.value)}."


def _counted(counted: Counted | None) -> str:
    if counted is None:
        return "nothing"
    return f"{counted.holding} of {counted.count} {PLURALS[counted.relation]}"
